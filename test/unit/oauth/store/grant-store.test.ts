// When a session's grant ends, which every call asks: from memory, and right after every way to change what is stored.
import { beforeEach, expect, test, vi } from 'vitest';
import { World } from '../../../support/world';
import { SessionProbe } from '../../../support/session';
import { GrantShard } from '../../../../src/oauth/store/grant-store';
import type { OAuthStore } from '../../../../src/oauth/store/kv-store';

const KEY = 'grant:user:grant';
const edge: OAuthStore = {
  get: () => Promise.resolve(null),
  put: () => Promise.resolve(),
  delete: () => Promise.resolve(),
  list: () => Promise.resolve({ keys: [], list_complete: true }),
};

let now: number;
beforeEach(async () => {
  await World.begin();
  now = 1_000_000_000_000;
});

/** Runs with a shard over an object's storage; `again` is what one finds that was built after an eviction. */
function within(run: (shard: GrantShard, again: () => GrantShard, sql: SqlStorage) => Promise<void>): Promise<void> {
  return new SessionProbe('shard').look(async ({ storage: { sql } }) => {
    const build = () =>
      new GrantShard(
        sql,
        edge,
        () => now,
        (copy) => void copy,
      );
    await run(build(), build, sql);
  });
}

test('is known after each change, to whoever made it and to who comes after', () =>
  within(async (shard, again) => {
    const is = (expected: number | undefined) => {
      expect([shard.grantExpiresAt(), again().grantExpiresAt()]).toEqual([expected, expected]);
    };
    is(undefined);
    await shard.put(KEY, '{}', { expirationTtl: 600 });
    is(now + 600_000);
    await shard.put(KEY, '{}', { expirationTtl: 6_000 });
    is(now + 6_000_000);
    await shard.put(KEY, '{}');
    is(Number.MAX_SAFE_INTEGER);
    await shard.delete(KEY);
    is(undefined);
    await shard.put(KEY, '{}', { expirationTtl: 600 });
    is(now + 600_000);
    shard.clear();
    is(undefined);
  }));

test('a grant has ended when its time has come, and is none once it is swept', () =>
  within(async (shard, again) => {
    await shard.put(KEY, '{}', { expirationTtl: 600 });
    now += 599_999;
    expect(shard.grantExpiresAt()).toBe(now + 1);
    now += 1;
    expect(shard.grantExpiresAt()).toBeUndefined();
    shard.sweep();
    now -= 600_000;
    expect([shard.grantExpiresAt(), again().grantExpiresAt()]).toEqual([undefined, undefined]);
  }));

test('tokens say nothing of it', () =>
  within(async (shard) => {
    await shard.put('token:user:grant:token', '{}', { expirationTtl: 60 });
    expect(shard.grantExpiresAt()).toBeUndefined();
  }));

test('is looked up once between changes', () =>
  within(async (shard, _again, sql) => {
    await shard.put(KEY, '{}', { expirationTtl: 600 });
    const exec = vi.spyOn(sql, 'exec');
    for (let count = 0; count < 100; count += 1) shard.grantExpiresAt();
    expect(exec).toHaveBeenCalledTimes(1);
    exec.mockRestore();
  }));
