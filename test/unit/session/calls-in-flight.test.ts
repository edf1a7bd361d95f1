// When nothing of a session can leave any more, and how long a yes of its object is relied on.
import { expect, test, vi } from 'vitest';
import { Standing, YES_HOLDS_MS } from '../../../src/session/standing';
import { LEAVES_WITHIN_MS, CallsInFlight } from '../../../src/session/calls-in-flight';

let clock = 0;
const now = (): number => clock;

test('it is quiet when the last yes is over, however many there were', async () => {
  const slept: number[] = [];
  const underWay = new CallsInFlight(now, async (ms) => void slept.push(ms));
  await underWay.quiet();
  underWay.granted('a');
  clock += 600;
  underWay.granted('b');
  clock += 100;
  await underWay.quiet();
  clock += LEAVES_WITHIN_MS;
  await underWay.quiet();
  expect(slept).toEqual([LEAVES_WITHIN_MS - 100]);
});

test('it is quiet as soon as all answers have left; one whose call has merely ended may still be on its way', async () => {
  const underWay = new CallsInFlight(now, () => new Promise(() => undefined));
  underWay.granted('a');
  underWay.granted('b');
  const quiet = vi.fn<() => void>();
  const waiting = underWay.quiet().then(quiet);
  underWay.ended([{ eventId: 'a', left: true }, { eventId: 'b' }]);
  // Granted later, and so none of those that are waited for.
  underWay.granted('c');
  await Promise.resolve();
  expect(quiet).not.toHaveBeenCalled();
  underWay.ended([{ eventId: 'b', left: true }]);
  await waiting;
});

const ids = { requestId: 'request', traceId: 'trace' };

test('a yes holds for less than what the object waits, counted from the question', async () => {
  expect(YES_HOLDS_MS).toBeLessThan(LEAVES_WITHIN_MS);
  const stands = vi.fn<() => Promise<boolean>>(async () => true);
  const standing = Standing.begin('token', { stands }, ids, now);
  clock += YES_HOLDS_MS - 1;
  expect([standing.isFresh, await standing.holds(), stands.mock.calls.length]).toEqual([true, true, 0]);
  clock += 1;
  expect([standing.isFresh, await standing.holds(), stands.mock.calls.length]).toEqual([false, true, 1]);
  expect(standing.carry().age).toBe(0);
});

test('a yes that came too late to rely on is asked for again, three times at most', async () => {
  const slow = vi.fn<() => Promise<boolean>>(async () => {
    clock += YES_HOLDS_MS;
    return true;
  });
  const standing = Standing.goOn({ age: YES_HOLDS_MS, tokenDigest: 'digest' }, { stands: slow }, ids, now);
  await expect(standing.holds()).rejects.toThrow('too slowly');
  expect(slow.mock.calls).toEqual([
    ['digest', ids],
    ['digest', ids],
    ['digest', ids],
  ]);
});

test('a no is final', async () => {
  const stands = vi.fn<() => Promise<boolean>>(async () => false);
  const standing = Standing.goOn({ age: YES_HOLDS_MS, tokenDigest: 'digest' }, { stands }, ids, now);
  expect([await standing.holds(), await standing.holds(), standing.isFresh]).toEqual([false, false, false]);
  expect(stands).toHaveBeenCalledOnce();
});
