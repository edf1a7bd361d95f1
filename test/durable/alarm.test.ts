// The session's alarm: it rings when there is something to do and only then, and nothing that waits for it is lost.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callTool, mcp } from '../support/mcp-client';
import { OAuthClient, sessionIdOf } from '../support/oauth-client';
import { auditRows, captureLog, leave, pass, SessionProbe, stopClock } from '../support/session';
import { World } from '../support/world';

let world: World;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
});
afterEach(leave);

const DAY = 86_400_000;
const item = { item_id: 'item_0001' };

async function signIn(): Promise<Awaited<ReturnType<World['signIn']>> & { session: SessionProbe }> {
  const signedIn = await world.signIn();
  return { ...signedIn, session: new SessionProbe(signedIn.sessionId) };
}

describe('a code that nobody redeems', () => {
  test('leaves nothing but its audit event', async () => {
    const client = await OAuthClient.register();
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code')!;
    const session = new SessionProbe(sessionIdOf(code));
    expect(await session.alarmAt()).toBe(Date.now() + 660_000);
    await session.evict();
    await session.nextAlarm();
    await session.nextAlarm();
    expect(await session.stored()).toEqual({});
    expect(await session.alarmAt()).toBeNull();
    expect(await auditRows()).toMatchObject([
      { action: 'session_end', reason: 'code_not_redeemed', user_email: 'ada@acme.example', tenant_id: null },
    ]);
    expect(await env.DB.prepare('SELECT count(*) AS n FROM sessions').first('n')).toBe(0);
    expect((await client.redeem(code)).body.error).toBe('invalid_grant');
    expect(await session.stored()).toEqual({});
  });

  test('since the backend turned its user away, leaves as little', async () => {
    const client = await OAuthClient.register();
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code')!;
    world.backend.set({ disable_user: 'ada@acme.example' });
    const session = new SessionProbe(sessionIdOf(code));
    expect((await client.redeem(code)).body.error).toBe('access_denied');
    for (let rings = 0; rings < 5 && (await session.nextAlarm()); rings += 1);
    expect(await session.stored()).toEqual({});
    expect((await auditRows('credential_exchange')).map(({ reason }) => reason)).toEqual(['user_disabled']);
  });

  test('is redeemed as long as it is good, however often the alarm rings', async () => {
    const client = await OAuthClient.register();
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code')!;
    world.backend.set({ fail: { path: '/auth', status: 503, times: 3 } });
    const session = new SessionProbe(sessionIdOf(code));
    expect((await client.redeem(code)).status).toBe(503);
    await session.nextAlarm();
    expect((await client.redeem(code)).status).toBe(200);
  });
});

describe('a grant that runs out', () => {
  test('ends its session', async () => {
    const { tokens, session } = await signIn();
    await session.nextAlarm();
    expect(await session.alarmAt()).toBe(Date.UTC(2035, 0, 1) + 30 * DAY + 1_000);
    await session.nextAlarm();
    expect((await mcp(tokens.access_token, 'tools/list')).status).toBe(401);
    await session.nextAlarm();
    expect(await env.DB.prepare('SELECT status, end_reason FROM sessions').first()).toEqual({
      status: 'ended',
      end_reason: 'expired',
    });
    expect(await session.stored()).toEqual({});
    expect(await session.alarmAt()).toBeNull();
  });

  test('runs out later after each refresh, and the alarm moves with it', async () => {
    const { client, tokens, session } = await signIn();
    await session.nextAlarm();
    pass(20 * DAY);
    const refreshed = Date.now();
    await client.refresh(tokens.refresh_token);
    await session.nextAlarm();
    // What may be asked for again for a minute goes first.
    expect(await session.alarmAt()).toBe(refreshed + 60_000);
    expect(await session.stored()).toHaveProperty('refresh-answer');
    await session.nextAlarm();
    expect(await session.stored()).not.toHaveProperty('refresh-answer');
    expect(await session.alarmAt()).toBe(refreshed + 30 * DAY + 1_000);
  });
});

describe('an idle session costs nothing', () => {
  test('once D1 has everything, the alarm rings no more before the grant runs out', async () => {
    const { tokens, session } = await signIn();
    await callTool(tokens.access_token, 'get_item', item);
    await session.nextAlarm();
    expect(await session.outbox()).toEqual([]);
    expect(await session.alarmAt()).toBe(Date.UTC(2035, 0, 1) + 30 * DAY + 1_000);
    await session.evict();
    await mcp(tokens.access_token, 'tools/list');
    expect(await session.alarmAt()).toBe(Date.UTC(2035, 0, 1) + 30 * DAY + 1_000);
  });

  test('a steady stream of calls makes one batch per two seconds, not one per call', async () => {
    const { tokens, session } = await signIn();
    await session.nextAlarm();
    let rings = 0;
    for (let call = 0; call < 20; call += 1) {
      await callTool(tokens.access_token, 'whoami');
      await session.answered();
      pass(250);
      const due = await session.alarmAt();
      if (due !== null && due <= Date.now() && (await session.runAlarm())) rings += 1;
    }
    expect(rings).toBeLessThanOrEqual(3);
    await session.nextAlarm();
    expect(await auditRows('tool_call')).toHaveLength(20);
  });
});

describe('while D1 is out of order', () => {
  const breakD1 = (): Promise<unknown> => env.DB.prepare('ALTER TABLE audit_events RENAME TO gone').run();
  const repairD1 = (): Promise<unknown> => env.DB.prepare('ALTER TABLE gone RENAME TO audit_events').run();

  test('the alarm comes back later and later, up to five minutes', async () => {
    const { session } = await signIn();
    await breakD1();
    const waits: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      await session.nextAlarm();
      waits.push((await session.alarmAt())! - Date.now());
    }
    expect(waits).toEqual([4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map((seconds) => seconds * 1_000));
    await repairD1();
    await session.nextAlarm();
    expect(await auditRows()).toHaveLength(2);
    expect(await session.alarmAt()).toBe(Date.UTC(2035, 0, 1) + 30 * DAY + 1_000);
  });

  test('an eviction leaves the alarm set', async () => {
    const { session } = await signIn();
    await breakD1();
    await session.nextAlarm();
    const due = await session.alarmAt();
    await session.evict();
    expect(await session.alarmAt()).toBe(due);
    await repairD1();
    await session.nextAlarm();
    expect(await auditRows()).toHaveLength(2);
  });

  test('an ended session is kept until D1 knows', async () => {
    const { client, tokens, session } = await signIn();
    await breakD1();
    await client.revoke(tokens.refresh_token);
    await session.nextAlarm();
    await session.nextAlarm();
    expect(await session.outbox()).toHaveLength(3);
    await repairD1();
    await session.nextAlarm();
    expect(await session.stored()).toEqual({});
    expect((await auditRows()).map(({ action }) => action)).toContain('session_end');
  });
});

test('an alarm that fails altogether is set again, however often', async () => {
  const { session } = await signIn();
  await session.evict();
  const healthy = await session.look((_state, instance) => {
    const { env: before } = instance as { env: object };
    Object.assign(instance, { env: { ...before, CREDENTIAL_KEYS: 'broken' } });
    return before;
  });
  const lines = captureLog();
  for (let round = 0; round < 10; round += 1) {
    await expect(session.nextAlarm()).resolves.toBe(true);
    expect(await session.alarmAt()).toBe(Date.now() + 300_000);
  }
  expect(lines.filter((line) => line.includes('session.alarm_failed'))).toHaveLength(10);
  await session.look((_state, instance) => Object.assign(instance, { env: healthy }) && undefined);
  await session.nextAlarm();
  expect(await auditRows()).toHaveLength(2);
});
