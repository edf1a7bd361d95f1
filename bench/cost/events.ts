// What a session's events use: each is let happen on the watched Worker, and everything counted until all is at rest.
import type { Counts } from '../instrument/counts.ts';
import { watched } from '../harness/hops.ts';
import { prove } from '../harness/requests.ts';
import { bundler, open, type OpenSubject, type Place, type SubjectName } from '../harness/subjects.ts';
import { startMiniflare } from './miniflare.ts';
import { share, type Usage } from './usage.ts';

export interface Events {
  readonly subject: SubjectName;
  readonly signIn: Usage;
  /** A call with nothing before or after it. */
  readonly call: Usage;
  /** One of many in a row. */
  readonly callInBurst: Usage;
  readonly list: Usage;
  readonly refresh: Usage;
  /** Alarms that are due within a day of a session that nobody uses. */
  readonly alarmsPerIdleDay: number;
}

const BURST = 100;
const DAY_MS = 86_400_000;
/** Longer than batches wait (src/audit/outbox.ts) and what follows them. */
const REST_MS = 5_000;
/** How long every answer from elsewhere (KV, D1, an object, the upstream) takes: an object is billed while it waits. */
export const ASSUMED_HOP_MS = 50;

export async function countEvents(name: SubjectName, place: Place): Promise<Events> {
  const definition = watched[name];
  if (!definition) throw new Error(`${name} can't be watched`);
  // The wire that it is made for, and nothing of another, such as a session.
  const [wire = '2025-11-25'] = definition.wires;
  const only = { ...definition, wires: [wire] };
  const subject = await open(only, await bundler(place)(only), { ...place, start: startMiniflare });
  try {
    const signIn = await takeCounts(subject);
    await fetch(`${subject.url}/bench/delay?ms=${ASSUMED_HOP_MS}`);
    const counted = async (event: () => Promise<unknown>, times = 1): Promise<Usage> => {
      await event();
      return share(await takeCounts(subject), times);
    };
    // The first call may find something to set up.
    await counted(() => prove(subject, wire, 'call'));
    const call = await counted(() => prove(subject, wire, 'call'));
    const callInBurst = await counted(async () => {
      for (let count = 0; count < BURST; count += 1) await prove(subject, wire, 'call');
    }, BURST);
    const list = await counted(() => prove(subject, wire, 'list'));
    const refresh = await counted(() => refreshTokens(subject));
    const due = await fetch(`${subject.url}/bench/alarms?ms=${DAY_MS}`);
    const alarmsPerIdleDay = (await due.json()) as number;
    return { subject: name, signIn: share(signIn, 1), call, callInBurst, list, refresh, alarmsPerIdleDay };
  } finally {
    await subject.worker.stop();
  }
}

/** What was counted since it was last asked, once everything is at rest. */
async function takeCounts({ url }: OpenSubject): Promise<Counts> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  return (await (await fetch(`${url}/bench/counts`)).json()) as Counts;
}

/** RFC 6749 §6. */
async function refreshTokens({ url, oauth }: OpenSubject): Promise<void> {
  const metadata = oauth?.discoveryState()?.authorizationServerMetadata;
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: oauth?.tokens()?.refresh_token ?? '',
    client_id: oauth?.clientInformation()?.client_id ?? '',
    resource: `${url}/mcp`,
  });
  const response = await fetch(metadata?.token_endpoint ?? '', { method: 'POST', body });
  if (!response.ok) throw new Error(`a refresh was answered ${response.status}: ${await response.text()}`);
  await response.text();
}
