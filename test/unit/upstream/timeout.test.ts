// An upstream that never answers: the client gives up by itself. Apart, since it replaces the clock of AbortSignal.
import { expect, test, vi } from 'vitest';
import { path } from '../../../src/define/api';
import { rejection, scripted, thing } from './api-client';

test.each([
  ['get', /took too long to answer\. Try again, or ask for less\./],
  ['post', /took too long to answer\. The change may or may not have been made: check before you repeat it\./],
] as const)('a %s is given up after its time', async (method, words) => {
  const clock = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(clock.signal);
  const { api, sent } = scripted([
    () =>
      new Promise((_resolve, reject) => {
        sent[0]?.signal.addEventListener('abort', () => reject(new DOMException('timed out', 'TimeoutError')));
        clock.abort(new DOMException('timed out', 'TimeoutError'));
      }),
  ]);
  const call = method === 'get' ? api.get(path`/things`, thing) : api.post(path`/things`, thing, {});
  const error = await rejection(call);
  expect(error).toMatchObject({ code: 'upstream_timeout' });
  expect(error['publicMessage']).toMatch(words);
  expect(sent).toHaveLength(1);
  // Less than the minute that a client waits, so that three attempts fit.
  expect(timeout.mock.calls[0]?.[0]).toBeGreaterThanOrEqual(1_000);
  expect(timeout.mock.calls[0]?.[0]).toBeLessThanOrEqual(20_000);
  timeout.mockRestore();
});
