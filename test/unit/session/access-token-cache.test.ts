// What a session remembers of validated tokens never outlives a change of its grant.
import { expect, test, vi } from 'vitest';
import { AccessTokenCache } from '../../../src/session/access-token-cache';

const resource = 'https://gateway.example/mcp';
const valid = {
  audience: resource,
  expiresAt: 2_000_000,
  scopes: ['items:read'],
};

test('looks once, and again after it expired, for another resource, or after a change', async () => {
  const cache = new AccessTokenCache();
  let looks = 0;
  const ask = (now: number, at = resource) =>
    cache.validate('token', at, now, () => {
      looks += 1;
      return Promise.resolve(valid);
    });
  await ask(1_000);
  await ask(1_999_999);
  expect(looks).toBe(1);
  await ask(2_000_000);
  expect(looks).toBe(2);
  await ask(1_000, 'https://elsewhere.example/mcp');
  expect(looks).toBe(3);
  cache.clear();
  await ask(1_000);
  expect(looks).toBe(4);
});

test('looks again when the grant changed while it looked: a token revoked at that moment is revoked', async () => {
  const cache = new AccessTokenCache();
  const found = Promise.withResolvers<typeof valid | null>();
  const look = vi.fn<() => Promise<typeof valid | null>>(() => Promise.resolve(null));
  const early = cache.validate('token', resource, 1_000, look.mockReturnValueOnce(found.promise));
  cache.clear();
  found.resolve(valid);
  expect(await early).toBeNull();
  expect(await cache.validate('token', resource, 1_000, () => Promise.resolve(null))).toBeNull();
});

test('does not remember a refusal, and forgets rather than grows', async () => {
  const cache = new AccessTokenCache();
  expect(await cache.validate('token', resource, 1_000, () => Promise.resolve(null))).toBeNull();
  expect(await cache.validate('token', resource, 1_000, () => Promise.resolve(valid))).toEqual(valid);
  for (let count = 0; count < 100; count++)
    await cache.validate(`other-${count}`, resource, 1_000, () => Promise.resolve(valid));
  let looked = false;
  await cache.validate('token', resource, 1_000, () => {
    looked = true;
    return Promise.resolve(valid);
  });
  expect(looked).toBe(true);
});
