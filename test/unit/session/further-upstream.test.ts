// The manager of an upstream whose no doesn't end the session (session/credentials.ts).
import { beforeEach, expect, test } from 'vitest';
import type { CredentialManager } from '../../../src/session/credential-manager';
import { ids, MINUTE, settle, Surroundings } from './fakes';

let around: Surroundings;
let keeper: CredentialManager;
beforeEach(() => {
  around = new Surroundings();
  keeper = around.keeper(false);
});

test('a no is said at once to calls that follow, and asked again after a minute', async () => {
  const first = keeper.current(ids);
  await settle();
  around.verifies[0]!.answer({ kind: 'denied', reason: 'user_disabled' });
  const denied = { kind: 'denied', reason: 'user_disabled' };
  expect(await first).toEqual(denied);
  expect(await keeper.current(ids)).toEqual(denied);
  around.now += MINUTE;
  const again = keeper.current(ids);
  await settle();
  expect(around.verifies).toHaveLength(2);
  around.verifies[1]!.answer(around.verified('given meanwhile'));
  expect(await again).toMatchObject({ kind: 'ready', accessToken: 'given meanwhile' });
  expect(around.events).toEqual(['denied: user_disabled', 'renewed by verify']);
});

test('a no at a renewal stops what it has from being handed out', async () => {
  await keeper.store(around.credential('first'));
  around.now += 9 * MINUTE + 30_000;
  expect(await keeper.current(ids)).toMatchObject({ kind: 'ready' });
  await settle();
  around.refreshes[0]!.answer({ kind: 'failed', reason: 'http_400' });
  await settle();
  around.verifies[0]!.answer({ kind: 'denied', reason: 'user_disabled' });
  await settle();
  expect(await keeper.current(ids)).toEqual({ kind: 'denied', reason: 'user_disabled' });
});
