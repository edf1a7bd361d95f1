// A question to an upstream's backend is asked again, with bounded pauses, while the answer is "not now".
import type { ObtainResult } from '../upstream/credential';

/** Pauses between attempts, and how long after the first attempt another one may begin. */
const PAUSES_MS = [200, 800];
const PATIENCE_MS = 4_000;

/** Repeats a question that is safe to repeat, until it is answered or about 9 s have passed (with the last attempt). */
export async function persistently<Result extends ObtainResult>(
  ask: () => Promise<Result>,
  now: () => number,
  sleep: (ms: number) => Promise<void>,
): Promise<Result> {
  const started = now();
  let result = await ask();
  for (const wait of PAUSES_MS) {
    if (result.kind !== 'unavailable' || now() - started > PATIENCE_MS) break;
    await sleep(wait);
    result = await ask();
  }
  return result;
}
