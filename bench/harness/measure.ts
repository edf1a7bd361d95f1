// Runs a plan: warms every case up, then goes round by round, and reads the CPU time of the Worker's process around each
// turn. What a Worker does behind an answer (batches, alarms) counts as well: a turn's account is closed just before the
// same process gets its next turn, and at the end only after everything has come to rest.
import { load, type LoadResult } from './load.ts';
import type { Neighbours } from './neighbours-process.ts';
import { nameOf, type Case, type Plan } from './plan.ts';
import { mcpRequest, prove, type HttpRequest } from './requests.ts';
import type { OpenSubject, SubjectName } from './subjects.ts';

export interface Turn extends LoadResult {
  /** Of the Worker's process, in milliseconds per 1,000 requests. */
  readonly cpu: number;
}

export interface Measured {
  readonly case: Case;
  readonly turns: readonly Turn[];
}

export type Subjects = ReadonlyMap<SubjectName, OpenSubject>;

/** Longer than the gateway's batches wait (src/audit/outbox.ts), and their way to D1. */
const REST_MS = 3_000;
const WARM_UP_REQUESTS = 300;
const MAX_WARM_UP = 3_000;
/** Bounds of a turn; few requests leave more to chance than to the Worker. */
const MIN_REQUESTS = 200;
const MAX_REQUESTS = 20_000;

export async function measure(
  { cases, rounds, seconds, warmUpSeconds }: Plan,
  subjects: Subjects,
  neighbours: Neighbours,
  onTurn: (done: number, of: number) => void,
): Promise<Measured[]> {
  const prepared = [];
  const lists = new Map<string, number>();
  for (const one of cases) prepared.push(await prepare(one, subjects, { seconds, warmUpSeconds }, lists));
  await rest();
  const open = new Map<OpenSubject, (cpu: number) => void>();
  const close = (subject: OpenSubject): void => {
    open.get(subject)?.(subject.worker.cpu());
    open.delete(subject);
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { subject, request, amount, turns, one }] of prepared.entries()) {
      close(subject);
      const before = subject.worker.cpu();
      const reached = await neighbours.upstreamCalls();
      const result = await load(request, amount);
      check(one, result.requests, (await neighbours.upstreamCalls()) - reached);
      open.set(subject, (after) => turns.push({ ...result, cpu: ((after - before) / result.requests) * 1_000 }));
      onTurn(round * prepared.length + index + 1, rounds * prepared.length);
    }
  }
  await rest();
  for (const subject of subjects.values()) close(subject);
  return prepared.map(({ one, turns }) => ({ case: one, turns }));
}

/** Also proves that the subject does what is to be measured. */
async function prepare(
  one: Case,
  subjects: Subjects,
  { seconds, warmUpSeconds }: Pick<Plan, 'seconds' | 'warmUpSeconds'>,
  lists: Map<string, number>,
) {
  const subject = subjects.get(one.subject);
  if (!subject) throw new Error(`${one.subject} isn't running`);
  const listed = one.wire === null ? 0 : await prove(subject, one.wire, one.operation);
  if (one.operation === 'list') checkList(subject, listed, lists);
  const request: HttpRequest =
    one.wire === null
      ? { url: `${subject.url}/v1/customers/cus_0001`, method: 'GET', headers: {} }
      : mcpRequest(subject, one.wire, one.operation);
  const first = await load(request, WARM_UP_REQUESTS);
  const more = Math.min(Math.round(first.perSecond * warmUpSeconds), MAX_WARM_UP);
  const { perSecond } = more > WARM_UP_REQUESTS ? await load(request, more) : first;
  const amount = Math.round(Math.min(Math.max(perSecond * seconds, MIN_REQUESTS), MAX_REQUESTS));
  return { one, subject, request, amount, turns: [] as Turn[] };
}

/** What the gateway lists at once (src/mcp/calls/limits.ts). */
const PAGE_SIZE = 200;

/** All of one definition list the same. */
function checkList({ name, vars }: OpenSubject, listed: number, lists: Map<string, number>): void {
  const definition = vars?.['TOOL_COUNT'] ?? 'reference';
  const expected = lists.get(definition) ?? Math.min(Number(vars?.['TOOL_COUNT'] ?? listed), PAGE_SIZE);
  if (listed !== expected) throw new Error(`${name} lists ${listed} tools, not ${expected}`);
  lists.set(definition, expected);
}

/** Each call, and nothing else, has to reach the upstream: a cached answer would be another kind of work. */
function check(one: Case, requests: number, reached: number): void {
  const expected = one.operation === 'list' || one.subject === 'floor' ? 0 : requests;
  if (reached !== expected)
    throw new Error(`${nameOf(one)}: ${requests} requests made ${reached} upstream, not ${expected}`);
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}
