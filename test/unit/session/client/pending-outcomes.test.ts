// How outcomes travel from an isolate to the objects of their sessions: together, never lost, and without piling up.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../../src/audit/event';
import { OUTCOME_WAIT_MS, PendingOutcomes } from '../../../../src/session/client/pending-outcomes';
import { settle } from '../fakes';

interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

let outcomes: PendingOutcomes;
let now: number;
let timers: Timer[];
beforeEach(() => {
  now = 0;
  timers = [];
  outcomes = new PendingOutcomes((ms) => new Promise((ring) => timers.push({ at: now + ms, ring })));
});

/** Lets time pass, timer by timer. */
async function pass(milliseconds: number): Promise<void> {
  const until = now + milliseconds;
  await settle();
  for (;;) {
    const next = timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
    if (!next) break;
    timers.splice(timers.indexOf(next), 1);
    now = next.at;
    next.ring();
    await settle();
  }
  now = until;
}

/** An object that is sent outcomes. */
class Session {
  readonly received: string[][] = [];
  answer: () => Promise<void> = () => Promise.resolve();

  readonly take = (ended: readonly Outcome[]): Promise<void> => {
    this.received.push(ended.map(({ eventId }) => eventId));
    return this.answer();
  };

  deliver(...eventIds: string[]): Promise<PromiseSettledResult<void>[]> {
    return Promise.allSettled(eventIds.map(async (eventId) => outcomes.deliver('session', ended(eventId), this.take)));
  }
}

const ended = (eventId: string): Outcome => ({ eventId, result: { outcome: 'success', reason: null, durationMs: 1 } });
const unreachable = () => Promise.reject(new Error('unreachable'));
const delivered = { status: 'fulfilled', value: undefined };

test('one that nothing follows is sent by itself a second later', async () => {
  const session = new Session();
  const done = session.deliver('a');
  await pass(OUTCOME_WAIT_MS - 1);
  expect(session.received).toEqual([]);
  await pass(1);
  expect(session.received).toEqual([['a']]);
  expect(await done).toEqual([delivered]);
});

test('those of a burst are sent in one request', async () => {
  const session = new Session();
  const first = session.deliver('a', 'b');
  await pass(500);
  const last = session.deliver('c');
  await pass(500);
  expect(session.received).toEqual([['a', 'b', 'c']]);
  await pass(1_000);
  expect([...(await first), ...(await last)]).toEqual([delivered, delivered, delivered]);
  expect(session.received).toHaveLength(1);
});

test('one that is followed by a request travels with it, and is not sent again', async () => {
  const session = new Session();
  const done = session.deliver('a');
  await pass(500);
  await expect(outcomes.withPending('session', (aboard) => Promise.resolve(aboard))).resolves.toEqual([ended('a')]);
  await expect(outcomes.withPending('session', (aboard) => Promise.resolve(aboard))).resolves.toEqual([]);
  await pass(500);
  expect(await done).toEqual([delivered]);
  expect(session.received).toEqual([]);
});

test("one travels with no other session's request", async () => {
  const session = new Session();
  const done = session.deliver('a');
  await settle();
  await expect(outcomes.withPending('other', (aboard) => Promise.resolve(aboard))).resolves.toEqual([]);
  await pass(OUTCOME_WAIT_MS);
  await done;
  expect(session.received).toEqual([['a']]);
});

describe('a request that takes one along', () => {
  test('and fails, leaves it to the next', async () => {
    const session = new Session();
    const done = session.deliver('a');
    await settle();
    await expect(outcomes.withPending('session', unreachable)).rejects.toThrow('unreachable');
    await expect(outcomes.withPending('session', (aboard) => Promise.resolve(aboard))).resolves.toEqual([ended('a')]);
    await pass(OUTCOME_WAIT_MS);
    expect(await done).toEqual([delivered]);
    expect(session.received).toEqual([]);
  });

  test('and fails, with none after it, leaves it to be sent by itself', async () => {
    const session = new Session();
    const done = session.deliver('a');
    await settle();
    await expect(outcomes.withPending('session', unreachable)).rejects.toThrow('unreachable');
    await pass(OUTCOME_WAIT_MS);
    expect(session.received).toEqual([['a']]);
    expect(await done).toEqual([delivered]);
  });

  test('keeps it from another that is made meanwhile', async () => {
    const done = new Session().deliver('a');
    await settle();
    const gate = Promise.withResolvers<void>();
    const first = outcomes.withPending('session', () => gate.promise);
    await expect(outcomes.withPending('session', (aboard) => Promise.resolve(aboard))).resolves.toEqual([]);
    gate.resolve();
    await first;
    await pass(OUTCOME_WAIT_MS);
    expect(await done).toEqual([delivered]);
  });

  test('and is never heard of again, loses none', async () => {
    const session = new Session();
    const done = session.deliver('a');
    await settle();
    void outcomes.withPending('session', () => new Promise(() => undefined));
    await pass(2 * OUTCOME_WAIT_MS - 1);
    expect(session.received).toEqual([]);
    await pass(1);
    expect(session.received).toEqual([['a']]);
    expect(await done).toEqual([delivered]);
  });
});

test('what cannot be sent is told, with how much it was', async () => {
  const session = new Session();
  session.answer = unreachable;
  const done = session.deliver('a', 'b');
  await pass(OUTCOME_WAIT_MS);
  const [first, second] = await done;
  expect(first).toMatchObject({ reason: { message: '2 outcomes could not be brought to their session' } });
  expect(second).toEqual(delivered);
  expect(session.received).toEqual([['a', 'b']]);
});

test('in a row of calls, one request waits for all', async () => {
  const session = new Session();
  const done = [];
  for (let count = 0; count < 30; count += 1) {
    await outcomes.withPending('session', () => Promise.resolve());
    done.push(session.deliver(`event-${count}`));
    await settle();
  }
  expect(timers).toHaveLength(1);
  await pass(OUTCOME_WAIT_MS);
  await Promise.all(done);
  expect(session.received).toEqual([['event-29']]);
});

describe('nothing piles up', () => {
  test('a session is known only while somebody waits', async () => {
    const session = new Session();
    const done = session.deliver('a', 'b');
    expect(outcomes.sessions).toBe(1);
    await outcomes.withPending('session', () => Promise.resolve());
    await pass(OUTCOME_WAIT_MS);
    await done;
    expect(outcomes.sessions).toBe(0);
    expect(session.received).toEqual([]);
  });

  test('a flood of one session goes in several requests of a bounded size', async () => {
    const session = new Session();
    const eventIds = Array.from({ length: 120 }, (_, index) => `event-${index}`);
    const done = session.deliver(...eventIds);
    await pass(2 * OUTCOME_WAIT_MS);
    expect(await done).toEqual(eventIds.map(() => delivered));
    expect(session.received.map(({ length }) => length)).toEqual([50, 50, 20]);
    expect(session.received.flat().toSorted()).toEqual(eventIds.toSorted());
    expect(outcomes.sessions).toBe(0);
  });

  test('a flood of sessions is bounded, and what it pushes out is still sent', async () => {
    const session = new Session();
    const sessionIds = Array.from({ length: 1_200 }, (_, index) => `session-${index}`);
    const done = Promise.all(sessionIds.map(async (id) => outcomes.deliver(id, ended(id), session.take)));
    expect(outcomes.sessions).toBe(1_000);
    await settle();
    for (const { ring } of timers.splice(0)) ring();
    await done;
    expect(session.received.flat().toSorted()).toEqual(sessionIds.toSorted());
    expect(outcomes.sessions).toBe(0);
  });
});
