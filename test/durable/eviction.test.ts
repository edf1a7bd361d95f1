// Everything that decides is in the object's storage: it may be evicted between any two steps of a session's life, or
// crash in the middle of one, and nobody notices.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { product } from '../product/definition';
import { callTool, mcp } from '../support/mcp-client';
import { OAuthClient, sessionIdOf } from '../support/oauth-client';
import { auditRows, hold, leave, pass, SessionProbe, stopClock } from '../support/session';
import { World } from '../support/world';

let world: World;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
});
afterEach(leave);

const item = { item_id: 'item_0001' };

test('an eviction between any two steps of a session loses nothing', async () => {
  const client = await OAuthClient.register();
  const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code')!;
  const session = new SessionProbe(sessionIdOf(code));
  const evicted = async <Result>(step: Promise<Result>): Promise<Result> => {
    const result = await step;
    await session.answered();
    await session.evict();
    return result;
  };
  await evicted(Promise.resolve());
  let tokens = (await evicted(client.redeem(code))).body;
  expect((await evicted(mcp(tokens.access_token, 'tools/list'))).body.result.tools).toHaveLength(product.tools.length);
  expect((await evicted(callTool(tokens.access_token, 'get_item', item))).body.result.structuredContent.id).toBe(
    'item_0001',
  );
  pass(61_000);
  expect((await evicted(callTool(tokens.access_token, 'get_item', item))).body.result.structuredContent.id).toBe(
    'item_0001',
  );
  world.backend.set({ revoke_access_tokens: true });
  expect((await evicted(callTool(tokens.access_token, 'get_item', item))).body.result.structuredContent.id).toBe(
    'item_0001',
  );
  await evicted(session.nextAlarm());
  const first = tokens;
  tokens = (await evicted(client.refresh(tokens.refresh_token))).body;
  expect((await evicted(callTool(tokens.access_token, 'get_item', item))).status).toBe(200);
  // The answer is kept for a minute, in case it got lost.
  tokens = (await evicted(client.refresh(first.refresh_token))).body;
  expect((await evicted(callTool(tokens.access_token, 'get_item', item))).status).toBe(200);
  await evicted(client.revoke(tokens.refresh_token));
  expect((await evicted(callTool(tokens.access_token, 'get_item', item))).status).toBe(401);
  await evicted(session.nextAlarm());

  expect(world.backend.counts()).toMatchObject({ verify: 2, refresh: 2, reuse_detected: 0 });
  const actions = (await auditRows()).map(({ action, outcome, reason }) => [action, outcome, reason].join(' ').trim());
  expect(actions.sort()).toEqual(
    [
      'sign_in success',
      'credential_exchange success',
      'token_refresh success',
      'token_refresh success repeated',
      ...Array.from({ length: 5 }, () => 'tool_call success'),
      'credential_refresh success refresh',
      'credential_refresh success refresh',
      'session_end success revoked_by_client',
      'refusal refused session_not_active',
    ].sort(),
  );
  const row = await env.DB.prepare('SELECT status FROM sessions').first();
  expect(row).toEqual({ status: 'ended' });
});

test('what was asked of the backend leaves no timer behind: an idle object can be evicted at once', async () => {
  const { tokens, sessionId } = await world.signIn();
  pass(61_000);
  await callTool(tokens.access_token, 'get_item', item);
  const session = new SessionProbe(sessionId);
  await session.answered();
  const began = performance.now();
  await session.evict();
  // With a timer pending, the runtime waits five seconds for it.
  expect(performance.now() - began).toBeLessThan(3_000);
});

describe('a crash in the middle of', () => {
  test('a code redemption: the same code is redeemed again', async () => {
    const client = await OAuthClient.register();
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code')!;
    const session = new SessionProbe(sessionIdOf(code));
    const verify = hold(world, '/auth/verify');
    const redeeming = client.redeem(code);
    await verify.reached();
    session.crash();
    expect((await redeeming).status).toBeGreaterThanOrEqual(500);
    const again = await client.redeem(code);
    expect(again.status).toBe(200);
    expect((await callTool(again.body.access_token, 'get_item', item)).status).toBe(200);
  });

  test('a token refresh: the same refresh token works again', async () => {
    const { client, tokens, sessionId } = await world.signIn();
    const verify = hold(world, '/auth/verify');
    const refreshing = client.refresh(tokens.refresh_token);
    await verify.reached();
    new SessionProbe(sessionId).crash();
    expect((await refreshing).status).toBeGreaterThanOrEqual(500);
    expect((await callTool(tokens.access_token, 'get_item', item)).status).toBe(200);
    const again = await client.refresh(tokens.refresh_token);
    expect(again.status).toBe(200);
    expect((await callTool(again.body.access_token, 'get_item', item)).status).toBe(200);
  });

  test('a call at the upstream: the call ends as it would have, and its outcome is on record', async () => {
    const { tokens, sessionId } = await world.signIn();
    const session = new SessionProbe(sessionId);
    const upstream = hold(world, '/v1/items/item_0001');
    const call = callTool(tokens.access_token, 'get_item', item);
    await upstream.reached();
    session.crash();
    upstream.release();
    expect((await call).body.result.structuredContent.id).toBe('item_0001');
    await session.nextAlarm();
    expect(await auditRows('tool_call')).toMatchObject([{ outcome: 'success' }]);
  });

  test('a renewal after an upstream 401: it is asked for once more, and the call goes on', async () => {
    const { tokens, sessionId } = await world.signIn();
    world.backend.set({ revoke_access_tokens: true });
    const refresh = hold(world, '/auth/refresh');
    const call = callTool(tokens.access_token, 'get_item', item);
    await refresh.reached();
    new SessionProbe(sessionId).crash();
    expect((await call).body.result.structuredContent.id).toBe('item_0001');
    expect(world.backend.counts()).toMatchObject({ refresh: 1, verify: 2, reuse_detected: 0 });
  });
});
