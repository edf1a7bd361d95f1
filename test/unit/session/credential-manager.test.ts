// What the keeper of a session's credential decides: who waits, who asks the backend, and how often.
import { beforeEach, describe, expect, test } from 'vitest';
import type { CredentialManager } from '../../../src/session/credential-manager';
import { ids, key, MINUTE, settle, Surroundings } from './fakes';

let around: Surroundings;
let keeper: CredentialManager;
beforeEach(async () => {
  around = new Surroundings();
  keeper = around.keeper();
  await keeper.store(around.credential('first'));
});

const ready = (accessToken: string, version: number) => ({
  kind: 'ready',
  accessToken,
  version,
  expiresAt: expect.any(Number) as number,
});

describe('while the credential lives', () => {
  test('it is handed out, and nobody is asked', async () => {
    await expect(keeper.current(ids)).resolves.toEqual(ready('first', 1));
    expect([around.refreshes, around.verifies]).toEqual([[], []]);
  });

  test('it is handed out after an eviction, too', async () => {
    await expect(around.keeper().current(ids)).resolves.toEqual(ready('first', 1));
  });

  test('with the time when it runs out, before an eviction and after', async () => {
    const expiresAt = around.now + 10 * MINUTE;
    await expect(keeper.current(ids)).resolves.toMatchObject({ expiresAt });
    await expect(around.keeper().current(ids)).resolves.toMatchObject({ expiresAt });
  });

  test('in the margin it is handed out at once, and renewed behind the answer, once', async () => {
    around.now += 9 * MINUTE;
    const answers = await Promise.all([keeper.current(ids), keeper.current(ids), keeper.current(ids)]);
    expect(answers).toEqual(Array(3).fill(ready('first', 1)));
    await settle();
    expect(around.refreshes).toHaveLength(1);
    around.refreshes[0]!.answer(around.granted('second'));
    await settle();
    await expect(keeper.current(ids)).resolves.toEqual(ready('second', 2));
    expect(around.refreshes).toHaveLength(1);
  });

  test('a millisecond before the margin nobody is asked', async () => {
    around.now += 9 * MINUTE - 1;
    await keeper.current(ids);
    await settle();
    expect(around.refreshes).toEqual([]);
  });

  test('the margin of a short life is its last quarter', async () => {
    await keeper.store(around.credential('short', MINUTE));
    around.now += 44_999;
    await keeper.current(ids);
    await settle();
    expect(around.refreshes).toEqual([]);
    around.now += 1;
    await keeper.current(ids);
    await settle();
    expect(around.refreshes).toHaveLength(1);
  });
});

describe('when it has run out', () => {
  test('a hundred callers cause one refresh, and each gets the new one', async () => {
    around.now += 10 * MINUTE;
    const callers = Array.from({ length: 100 }, () => keeper.current(ids));
    await settle();
    expect(around.refreshes.map(({ refreshToken }) => refreshToken)).toEqual(['refresh-first']);
    around.refreshes[0]!.answer(around.granted('second'));
    expect(await Promise.all(callers)).toEqual(Array(100).fill(ready('second', 2)));
    expect(around.events).toEqual(['renewed by refresh']);
  });

  test('a hundred callers whom the upstream refused cause one refresh, late ones included', async () => {
    const callers = Array.from({ length: 99 }, () => keeper.current(ids, 1));
    await settle();
    around.refreshes[0]!.answer(around.granted('second'));
    await Promise.all(callers);
    await expect(keeper.current(ids, 1)).resolves.toEqual(ready('second', 2));
    expect(around.refreshes).toHaveLength(1);
  });

  test('one without a refresh token is replaced by asking for the user again', async () => {
    await keeper.store(around.credential('bare', MINUTE, null));
    around.now += MINUTE;
    const caller = keeper.current(ids);
    await settle();
    expect(around.refreshes).toEqual([]);
    around.verifies[0]!.answer(around.verified('third'));
    await expect(caller).resolves.toEqual(ready('third', 3));
  });

  test('a task of the token endpoint and a renewal never overlap', async () => {
    around.now += 10 * MINUTE;
    const end = Promise.withResolvers<void>();
    const task = keeper.exclusive(async () => {
      await end.promise;
      await keeper.store(around.credential('exchanged'));
    });
    const caller = keeper.current(ids);
    await settle();
    expect(around.refreshes).toEqual([]);
    end.resolve();
    await task;
    await expect(caller).resolves.toEqual(ready('exchanged', 2));
    expect(around.refreshes).toEqual([]);
  });
});

describe('a refresh token is sent at most once', () => {
  beforeEach(() => {
    around.now += 10 * MINUTE;
  });

  test('that it is spent is stored before it is sent', async () => {
    void keeper.current(ids);
    await settle();
    expect(around.refreshes).toHaveLength(1);
    expect(around.kv.get('credential:shelf')).toMatchObject({ refreshTokenSpent: true, version: 1 });
  });

  test('the keeper that follows an eviction in mid-refresh asks for the user instead', async () => {
    void keeper.current(ids);
    await settle();
    const next = around.keeper();
    const caller = next.current(ids);
    await settle();
    expect(around.refreshes).toHaveLength(1);
    around.verifies[0]!.answer(around.verified('second'));
    await expect(caller).resolves.toEqual(ready('second', 2));
    expect(around.kv.get('credential:shelf')).toMatchObject({ refreshTokenSpent: false });
  });

  test('after a lost answer the user is asked for, and after that fails, too, still not the refresh token', async () => {
    const caller = keeper.current(ids);
    await settle();
    around.refreshes[0]!.answer({ kind: 'failed', reason: 'network' });
    await settle();
    around.verifies[0]!.answer({ kind: 'unavailable', reason: 'http_503' });
    await expect(caller).resolves.toMatchObject({ kind: 'unavailable' });
    around.now += MINUTE;
    const second = keeper.current(ids);
    await settle();
    around.verifies[1]!.answer(around.verified('second'));
    await expect(second).resolves.toEqual(ready('second', 2));
    expect(around.refreshes).toHaveLength(1);
  });
});

describe('when the backend is down', () => {
  /** One round of refresh and verify that both fail. */
  async function failOnce(staleVersion?: number) {
    const caller = keeper.current(ids, staleVersion);
    await settle();
    around.refreshes.at(-1)?.answer({ kind: 'failed', reason: 'network' });
    await settle();
    around.verifies.at(-1)?.answer({ kind: 'unavailable', reason: 'http_503' });
    return caller;
  }

  test('callers are turned away for longer each time, up to half a minute, and nobody is asked meanwhile', async () => {
    around.now += 10 * MINUTE;
    const waits: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const answer = await failOnce();
      expect(answer.kind).toBe('unavailable');
      const wait = answer.kind === 'unavailable' ? answer.retryAfterSeconds : 0;
      waits.push(wait);
      around.now += wait * 1000 - 1;
      await expect(keeper.current(ids)).resolves.toEqual({ kind: 'unavailable', retryAfterSeconds: 1 });
      expect(around.verifies).toHaveLength(round + 1);
      around.now += 1;
    }
    expect(waits).toEqual([2, 4, 8, 16, 30, 30, 30]);
  });

  test('a success starts the pauses over', async () => {
    around.now += 10 * MINUTE;
    await failOnce();
    around.now += 2_000;
    const caller = keeper.current(ids);
    await settle();
    around.verifies.at(-1)!.answer(around.verified('second'));
    await caller;
    around.now += 10 * MINUTE;
    await expect(failOnce()).resolves.toEqual({ kind: 'unavailable', retryAfterSeconds: 2 });
  });

  test('the old credential is used while it lives, and the backend is left alone meanwhile', async () => {
    around.now += 9 * MINUTE;
    await expect(keeper.current(ids)).resolves.toEqual(ready('first', 1));
    await settle();
    around.refreshes[0]!.answer({ kind: 'failed', reason: 'network' });
    await settle();
    around.verifies[0]!.answer({ kind: 'unavailable', reason: 'http_503' });
    await settle();
    for (let call = 0; call < 50; call += 1) await expect(keeper.current(ids)).resolves.toEqual(ready('first', 1));
    await settle();
    expect([around.refreshes.length, around.verifies.length]).toEqual([1, 1]);
    expect(around.events).toEqual(['failed: http_503']);
  });

  test('one that the upstream refused is not handed out again in the cool-down', async () => {
    await failOnce(1);
    await expect(keeper.current(ids, 1)).resolves.toMatchObject({ kind: 'unavailable' });
  });
});

test('the final no ends the session', async () => {
  around.now += 10 * MINUTE;
  const caller = keeper.current(ids);
  await settle();
  around.refreshes[0]!.answer({ kind: 'failed', reason: 'http_400' });
  await settle();
  around.verifies[0]!.answer({ kind: 'denied', reason: 'user_disabled' });
  await expect(caller).resolves.toEqual({ kind: 'ended', reason: 'user_disabled' });
  expect(around.events).toEqual(['denied: user_disabled']);
});

test('an unexpected failure reaches the caller, and the next one tries again', async () => {
  around.now += 10 * MINUTE;
  around.keys = [{ id: 'broken', bytes: new Uint8Array(5) }];
  const broken = around.keeper();
  const caller = broken.current(ids);
  await settle();
  around.verifies[0]!.answer(around.verified('second'));
  await expect(caller).rejects.toThrow();
  void broken.current(ids).catch(() => undefined);
  await settle();
  expect(around.verifies).toHaveLength(2);
});

test('an unexpected failure behind an answer is on record, and starts the cool-down', async () => {
  around.now += 9 * MINUTE;
  await keeper.current(ids);
  await settle();
  around.refreshes[0]!.answer({ kind: 'failed', reason: 'network' });
  await settle();
  around.verifies[0]!.answer(undefined as never);
  await settle();
  expect(around.events).toEqual(['failed: internal_error']);
  for (let call = 0; call < 10; call += 1) await keeper.current(ids);
  await settle();
  expect(around.verifies).toHaveLength(1);
});

describe('keys', () => {
  test('a credential whose key is still configured opens', async () => {
    around.keys = [key('k2'), key('k1')];
    await expect(around.keeper().current(ids)).resolves.toEqual(ready('first', 1));
  });

  test('one whose key was removed is obtained anew, and sealed with the first key', async () => {
    around.keys = [key('k2')];
    const caller = around.keeper().current(ids);
    await settle();
    expect(around.refreshes).toEqual([]);
    around.verifies[0]!.answer(around.verified('second'));
    await expect(caller).resolves.toEqual(ready('second', 2));
    expect(around.events).toContain('unopenable');
    expect(around.kv.get<{ envelope: string }>('credential:shelf')?.envelope).toMatch(/^v1\.k2\./);
  });

  test('a plaintext token is nowhere in storage', () => {
    expect(JSON.stringify([...around.kv.list()])).not.toMatch(/first/);
  });
});

describe('when the session ends', () => {
  beforeEach(() => {
    around.now += 10 * MINUTE;
  });

  const ended = { kind: 'ended', reason: 'session_ended' };

  test('the credential is forgotten, and none is fetched any more', async () => {
    keeper.clear();
    expect([...around.kv.list()]).toEqual([]);
    await expect(keeper.current(ids)).resolves.toEqual(ended);
    expect([around.refreshes, around.verifies]).toEqual([[], []]);
  });

  test('during a refresh, its result comes to nothing', async () => {
    const caller = keeper.current(ids);
    await settle();
    keeper.clear();
    around.refreshes[0]!.answer(around.granted('second'));
    await expect(caller).resolves.toEqual(ended);
    expect([...around.kv.list()]).toEqual([]);
    expect(around.events).toEqual([]);
  });

  test('during a refresh that fails, the user is not asked for', async () => {
    const caller = keeper.current(ids);
    await settle();
    keeper.clear();
    around.refreshes[0]!.answer({ kind: 'failed', reason: 'network' });
    await expect(caller).resolves.toEqual(ended);
    expect(around.verifies).toEqual([]);
  });

  test.each([
    ['granted', () => around.verified('second')],
    ['denied', () => ({ kind: 'denied', reason: 'user_disabled' }) as const],
    ['unavailable', () => ({ kind: 'unavailable', reason: 'http_503' }) as const],
  ])('while the user is asked for, the answer (%s) comes to nothing', async (_what, answer) => {
    const caller = keeper.current(ids);
    await settle();
    around.refreshes[0]!.answer({ kind: 'failed', reason: 'network' });
    await settle();
    keeper.clear();
    around.verifies[0]!.answer(answer());
    await expect(caller).resolves.toEqual(ended);
    expect([...around.kv.list()]).toEqual([]);
    expect(around.events).toEqual([]);
  });

  test('while a credential is being sealed, it is not stored', async () => {
    const storing = keeper.store(around.credential('second'));
    keeper.clear();
    await expect(storing).resolves.toBeUndefined();
    expect([...around.kv.list()]).toEqual([]);
  });

  test('while it is being opened for a renewal, no refresh token is sent or marked', async () => {
    const fresh = around.keeper();
    const caller = fresh.current(ids);
    fresh.clear();
    await expect(caller).resolves.toEqual(ended);
    expect([around.refreshes, [...around.kv.list()]]).toEqual([[], []]);
  });
});
