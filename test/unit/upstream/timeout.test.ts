// An upstream that never answers, or never ends its answer: the client gives up by itself. On a clock of its own.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { path } from '../../../src/define/api';
import { ok, rejection, scripted, thing, type Scripted } from './api-client';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Fails when the request is aborted, as fetch does, and never else. */
const untilAborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  });

test.each([
  ['get', /took too long to answer\. Try again, or ask for less\./],
  ['post', /took too long to answer\. The change may or may not have been made: check before you repeat it\./],
] as const)('a %s is given up after its time, and not repeated', async (method, words) => {
  const { api, sent }: Scripted = scripted([() => untilAborted(sent[0]?.signal)]);
  const failure = rejection(method === 'get' ? api.get(path`/things`, thing) : api.post(path`/things`, thing, {}));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent[0]?.signal.aborted).toBe(false);
  // Less than the minute that a client waits, so that three attempts fit.
  await vi.advanceTimersByTimeAsync(10_000);
  const error = await failure;
  expect(error).toMatchObject({ code: 'upstream_timeout' });
  expect(error['publicMessage']).toMatch(words);
  expect(sent).toHaveLength(1);
});

test('an answer that drips is given up, too', async () => {
  const { api, sent }: Scripted = scripted([
    () => new Response(new ReadableStream({ pull: () => untilAborted(sent[0]?.signal) })),
  ]);
  const failure = rejection(api.get(path`/things`, thing));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await failure).toMatchObject({ code: 'upstream_timeout' });
});

test('an answer in time leaves no timer behind', async () => {
  await scripted([ok()]).api.get(path`/things`, thing);
  expect(vi.getTimerCount()).toBe(0);
});
