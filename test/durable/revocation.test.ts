// Revocation is immediate, and nothing that was under way when it came brings the session back.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionAt } from '../../src/session/stub';
import { callTool, mcp, type McpReply } from '../support/mcp-client';
import type { OAuthClient, TokenSet } from '../support/oauth-client';
import { takeDurations } from '../support/durations';
import { auditRows, hold, leave, pass, SessionProbe, stopClock, until } from '../support/session';
import { World } from '../support/world';

let world: World;
let client: OAuthClient;
let tokens: TokenSet;
let session: SessionProbe;
let sessionId: string;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  ({ client, tokens, sessionId } = await world.signIn());
  session = new SessionProbe(sessionId);
});
afterEach(leave);

const getLead = (): Promise<McpReply> => callTool(tokens.access_token, 'get_item', { item_id: 'item_0001' });
const revokeByOperator = (): Promise<void> =>
  sessionAt(env, sessionId).revoke('revoked_by_operator', { requestId: 'operator', traceId: 'operator' });
const row = () =>
  env.DB.prepare('SELECT status, end_reason FROM sessions WHERE session_id = ?').bind(sessionId).first();

/** Lets the alarm ring until nothing is left to do. */
async function settleSession(): Promise<void> {
  for (let rings = 0; rings < 5 && (await session.nextAlarm()); rings += 1);
}

describe('of the grant (RFC 7009)', () => {
  test('by its refresh token: the very next call is refused', async () => {
    await getLead();
    expect((await client.revoke(tokens.refresh_token)).status).toBe(200);
    expect((await getLead()).status).toBe(401);
    expect((await client.refresh(tokens.refresh_token)).body.error).toBe('invalid_grant');
    await settleSession();
    expect(await row()).toEqual({ status: 'ended', end_reason: 'revoked_by_client' });
    expect(await session.stored()).toEqual({});
  });

  test('leaves the same user at another client alone', async () => {
    const other = await world.signIn();
    await client.revoke(tokens.refresh_token);
    expect((await mcp(other.tokens.access_token, 'tools/list')).status).toBe(200);
  });

  test('by one access token: that one is refused, and its successor works', async () => {
    await getLead();
    await client.revoke(tokens.access_token);
    expect((await getLead()).status).toBe(401);
    tokens = (await client.refresh(tokens.refresh_token)).body;
    expect((await getLead()).status).toBe(200);
  });

  test('is refused to another client', async () => {
    const other = await world.signIn();
    await other.client.revoke(tokens.refresh_token);
    expect((await getLead()).status).toBe(200);
  });
});

describe('by an operator', () => {
  test('is immediate, and the row says so', async () => {
    await getLead();
    await revokeByOperator();
    expect((await getLead()).status).toBe(401);
    await settleSession();
    expect(await row()).toEqual({ status: 'ended', end_reason: 'revoked_by_operator' });
    expect(await session.stored()).toEqual({});
  });

  test('survives an eviction at once', async () => {
    await revokeByOperator();
    await session.evict();
    expect((await getLead()).status).toBe(401);
  });

  test('twice, or of a session that never was, does nothing more', async () => {
    await revokeByOperator();
    await revokeByOperator();
    await settleSession();
    await revokeByOperator();
    expect(await session.stored()).toEqual({});
    await sessionAt(env, 'no-such-session').revoke('x', { requestId: 'r', traceId: 't' });
    expect(await new SessionProbe('no-such-session').stored()).toEqual({});
  });
});

describe('while something is under way', () => {
  test('a renewal: its caller is refused, and no credential is kept', async () => {
    pass(61_000);
    const refresh = hold(world, '/auth/refresh');
    const call = getLead();
    await refresh.reached();
    await revokeByOperator();
    refresh.release();
    expect((await call).status).toBe(401);
    expect(world.backend.counts()).toMatchObject({ data: 0 });
    expect(await session.credential()).toBeUndefined();
    await settleSession();
    expect(await session.stored()).toEqual({});
  });

  test('a renewal, and the object was emptied before it came back', async () => {
    pass(61_000);
    const refresh = hold(world, '/auth/refresh');
    const call = getLead();
    await refresh.reached();
    await revokeByOperator();
    await settleSession();
    refresh.release();
    expect((await call).status).toBe(401);
    expect(await session.stored()).toEqual({});
  });

  test('a token refresh: no token comes of it, and the session stays ended', async () => {
    const verify = hold(world, '/auth/verify');
    const refreshing = client.refresh(tokens.refresh_token);
    await verify.reached();
    await revokeByOperator();
    verify.release();
    const answer = await refreshing;
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant']);
    expect((await getLead()).status).toBe(401);
    await settleSession();
    expect(await row()).toEqual({ status: 'ended', end_reason: 'revoked_by_operator' });
    expect(await session.stored()).toEqual({});
  });

  test('a token refresh, and the alarm rings before it comes back', async () => {
    const verify = hold(world, '/auth/verify');
    const refreshing = client.refresh(tokens.refresh_token);
    await verify.reached();
    await revokeByOperator();
    pass(2_000);
    const alarm = session.runAlarm();
    await until(async () => expect(await row()).toMatchObject({ status: 'ended' }));
    // D1 knows, and still the object is not emptied under the request.
    for (let turn = 0; turn < 10; turn += 1) expect(await session.stored()).toHaveProperty('session');
    verify.release();
    expect((await refreshing).body.error).toBe('invalid_grant');
    await alarm;
    await settleSession();
    expect(await session.stored()).toEqual({});
  });

  test('a call at the upstream: its outcome is on record, and its answer stays here', async () => {
    takeDurations();
    const upstream = hold(world, '/v1/items/item_0001');
    const call = getLead();
    await upstream.reached();
    await revokeByOperator();
    upstream.release();
    expect((await call).status).toBe(401);
    expect((await getLead()).status).toBe(401);
    await settleSession();
    expect(await session.stored()).toEqual({});
    const calls = (await auditRows()).filter(({ action }) => action === 'tool_call' || action === 'refusal');
    expect(calls.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual([
      ['tool_call', 'success', null],
      ['refusal', 'refused', 'answer_withheld'],
      ['refusal', 'refused', 'session_not_active'],
    ]);
  });

  test('a call whose outcome comes when the object is empty: it stays empty', async () => {
    await revokeByOperator();
    await settleSession();
    await sessionAt(env, sessionId).complete([
      { eventId: 'some-event', result: { outcome: 'success', reason: null, durationMs: 1 } },
    ]);
    expect(await session.stored()).toEqual({});
  });

  test('an upstream 401: the renewal says that the session has ended', async () => {
    const upstream = hold(world, '/v1/items/item_0001');
    world.backend.set({ revoke_access_tokens: true });
    const call = getLead();
    await upstream.reached();
    await revokeByOperator();
    upstream.release();
    expect((await call).status).toBe(401);
    expect(world.backend.counts()).toMatchObject({ refresh: 0, verify: 1 });
  });
});
