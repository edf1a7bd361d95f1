// How long a Worker takes from nothing to its first answer, over what an empty Worker takes: workerd starts anew each
// time, so this is the price of a bundle's size and of what it does before the first request and in it.
import { startWorker } from './workerd.ts';
import { mcpRequest, resultOf, send } from './requests.ts';
import { estimate, type Estimate } from './statistics.ts';
import type { OpenSubject, SubjectName } from './subjects.ts';
import type { Subjects } from './measure.ts';

export interface ColdStart {
  readonly subject: SubjectName;
  /** Milliseconds over the empty Worker, to the first answer to a plain GET. */
  readonly start: Estimate;
  /** The same to the first `tools/list`, with the token checked where there is one. */
  readonly firstList: Estimate;
  /** Each start: what two subjects took at the same time can be compared. */
  readonly starts: readonly number[];
}

/** Stops every subject first; each then starts again alone, from the state that it left. */
export async function coldStarts(
  subjects: Subjects,
  names: readonly SubjectName[],
  times: number,
): Promise<ColdStart[]> {
  for (const subject of subjects.values()) await subject.worker.stop();
  const floor = subjects.get('floor');
  const compared = names.flatMap((name) => {
    const subject = subjects.get(name);
    return subject ? [{ name, subject, start: [] as number[], firstList: [] as number[] }] : [];
  });
  if (!floor) throw new Error('nothing to compare a cold start with');
  for (let time = 0; time < times; time += 1) {
    const empty = await start(floor, plain);
    for (const { subject, start: starts, firstList } of compared) {
      starts.push((await start(subject, plain)) - empty);
      firstList.push((await start(subject, list)) - empty);
    }
  }
  return compared.map((one) => ({
    subject: one.name,
    start: estimate(one.start),
    firstList: estimate(one.firstList),
    starts: one.start,
  }));
}

async function start(subject: OpenSubject, ask: (subject: OpenSubject) => Promise<unknown>): Promise<number> {
  const worker = await startWorker(subject.options);
  try {
    await ask(subject);
    return performance.now() - worker.startedAt;
  } finally {
    await worker.stop();
  }
}

/** Any answer will do: the Worker has run. */
async function plain({ url }: OpenSubject): Promise<void> {
  await (await fetch(`${url}/healthz`)).text();
}

async function list(subject: OpenSubject): Promise<void> {
  await resultOf(await send(mcpRequest(subject, subject.wires[0] ?? '2026-07-28', 'list')));
}
