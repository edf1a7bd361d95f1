// A session without an OAuth grant lives by its own rule: its alarm doesn't end it for the missing grant, and ends it when
// the rule says so.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sessionAt, type AuthorizeResult } from '../../src/session/stub';
import { openForeignSession } from '../support/foreign-session';
import { resource } from '../support/oauth-client';
import { auditRows, leave, pass, stopClock, type SessionProbe } from '../support/session';
import { World } from '../support/world';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SESSION = 'foreign-session-000001';
const ids = { requestId: 'request', traceId: '0af7651916cd43dd8448eb211c80319c' };

let session: SessionProbe;
beforeEach(async () => {
  await World.begin();
  stopClock();
  session = await openForeignSession(SESSION, { kind: 'idle', idleMs: HOUR, endsAt: Date.now() + 3 * HOUR });
});
afterEach(leave);

const ask = (verified?: { audience?: string; expiresAt?: number }): Promise<AuthorizeResult> =>
  sessionAt(env, SESSION).authorize({
    token: 'their-token',
    verified: { scopes: ['items:read'], audience: resource, expiresAt: Date.now() + MINUTE, ...verified },
    resource,
    ...ids,
  });
/** The object is empty once D1 has its last event. */
const ends = async (): Promise<unknown> => (await auditRows('session_end')).map(({ reason }) => reason);
const stored = async (): Promise<unknown> => (await session.stored())['session'];

test('its alarm does not end it for want of a grant', async () => {
  expect(await ask()).toMatchObject({ kind: 'granted', ours: false });
  pass(30 * MINUTE);
  await session.runAlarm();
  expect(await stored()).toMatchObject({ status: 'active' });
  expect(await ask()).toMatchObject({ kind: 'granted' });
});

test('it ends when nobody has used it for as long as its rule says', async () => {
  await ask();
  pass(40 * MINUTE);
  await ask();
  pass(59 * MINUTE);
  expect(await ask()).toMatchObject({ kind: 'granted' });
  pass(HOUR);
  // Before its alarm has come, too.
  expect(await ask()).toEqual({ kind: 'refused', reason: 'session_not_active' });
  await session.runAlarm();
  expect(await ends()).toEqual(['idle']);
});

test('it ends at its latest time, however much it is used', async () => {
  for (let used = 0; used < 5; used += 1) {
    expect(await ask()).toMatchObject({ kind: 'granted' });
    pass(35 * MINUTE);
  }
  expect(await ask()).toMatchObject({ kind: 'granted' });
  pass(5 * MINUTE);
  expect(await ask()).toEqual({ kind: 'refused', reason: 'session_not_active' });
  await session.runAlarm();
  expect(await ends()).toEqual(['expired']);
});

test('its alarm is set for its end, and its last use outlives an eviction', async () => {
  await ask();
  pass(30 * MINUTE);
  await ask();
  await session.evict();
  await ask();
  expect(await session.alarmAt()).toBeLessThanOrEqual(Date.now() + HOUR);
  pass(50 * MINUTE);
  await session.evict();
  expect(await ask()).toMatchObject({ kind: 'granted' });
});

test.each([
  ['for another resource', { audience: 'https://elsewhere.example/mcp' }],
  ['that has expired', { expiresAt: 0 }],
])('it refuses a token %s', async (_what, verified) => {
  expect(await ask(verified)).toEqual({ kind: 'refused', reason: 'invalid_token' });
});

test('it refuses a token that nobody has verified', async () => {
  const asked = sessionAt(env, SESSION).authorize({ token: 'their-token', resource, ...ids });
  expect(await asked).toEqual({ kind: 'refused', reason: 'invalid_token' });
});
