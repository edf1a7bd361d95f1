// Repeating a question to the backend: only what may be repeated, a bounded number of times, for a bounded time.
import { expect, test } from 'vitest';
import { persistently } from '../../../src/session/persistently';
import type { VerifyResult } from '../../../src/upstream/credential';

const unavailable: VerifyResult = { kind: 'unavailable', reason: 'http_503' };
const denied: VerifyResult = { kind: 'denied', reason: 'user_disabled' };

/** Asks with a clock that moves by each pause and by `takes` milliseconds for each question. */
async function ask(answers: VerifyResult[], takes = 0) {
  let now = 0;
  let asked = 0;
  const pauses: number[] = [];
  const result = await persistently(
    async () => {
      now += takes;
      asked += 1;
      return answers[asked - 1] ?? unavailable;
    },
    () => now,
    async (ms) => {
      pauses.push(ms);
      now += ms;
    },
  );
  return { result, asked, pauses };
}

test('an answer is final', async () => {
  await expect(ask([denied])).resolves.toEqual({ result: denied, asked: 1, pauses: [] });
});

test('a failure for now is repeated twice, with growing pauses', async () => {
  await expect(ask([])).resolves.toEqual({ result: unavailable, asked: 3, pauses: [200, 800] });
});

test('the first answer among them is taken', async () => {
  await expect(ask([unavailable, denied])).resolves.toEqual({ result: denied, asked: 2, pauses: [200] });
});

test('a backend that takes its time over failing is not asked again', async () => {
  await expect(ask([], 5_000)).resolves.toMatchObject({ asked: 1, pauses: [] });
  await expect(ask([], 2_000)).resolves.toMatchObject({ asked: 2, pauses: [200] });
});
