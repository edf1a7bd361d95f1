// Revocation waits for nothing that a session's object has under way, and what was under way comes to nothing. The queue
// of token requests, which a slow backend makes long, is bounded in length and in time.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionAt } from '../../src/session/stub';
import { MAX_PENDING } from '../../src/session/token-requests';
import { holdCrypto } from '../support/crypto-hold';
import { takeDurations } from '../support/durations';
import { legacyMcp, mcp } from '../support/mcp-client';
import type { OAuthClient, TokenAnswer, TokenSet } from '../support/oauth-client';
import { hold, leave, pass, SessionProbe, stopClock } from '../support/session';
import { aWhile } from '../support/timeline';
import { World } from '../support/world';

let world: World;
let client: OAuthClient;
let tokens: TokenSet;
let sessionId: string;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  ({ client, tokens, sessionId } = await world.signIn());
});
afterEach(leave);

const revoke = (): Promise<TokenAnswer> => client.revoke(tokens.refresh_token);
const refreshes = (count: number): Promise<TokenAnswer>[] =>
  Array.from({ length: count }, () => client.refresh(tokens.refresh_token));

function expectInvalidGrant(answers: TokenAnswer[]): void {
  expect(answers.map(({ status, body }) => [status, body.error])).toEqual(answers.map(() => [400, 'invalid_grant']));
}

describe('revocation', () => {
  test('is answered while the backend hangs and forty refreshes wait, and none of them brings a token', async () => {
    const verify = hold(world, '/auth/verify');
    const waiting = refreshes(40);
    await verify.reached();
    expect((await revoke()).status).toBe(200);
    expect((await mcp(tokens.access_token, 'tools/list')).status).toBe(401);
    verify.release();
    expectInvalidGrant(await Promise.all(waiting));
  });

  test('leaves nothing of a refresh that the backend has granted, and whose tokens are being written', async () => {
    const write = holdCrypto('wrapKey');
    const refreshing = client.refresh(tokens.refresh_token);
    await write.reached();
    expect((await revoke()).status).toBe(200);
    write.release();
    expectInvalidGrant([await refreshing]);
    const { oauth_records: records } = await new SessionProbe(sessionId).stored();
    expect(records).toEqual([]);
  });

  test('of an access token is answered as soon, and the refresh goes on', async () => {
    const verify = hold(world, '/auth/verify');
    const refreshing = client.refresh(tokens.refresh_token);
    await verify.reached();
    expect((await client.revoke(tokens.access_token)).status).toBe(200);
    expect((await mcp(tokens.access_token, 'tools/list')).status).toBe(401);
    verify.release();
    expect((await mcp((await refreshing).body.access_token, 'tools/list')).status).toBe(200);
  });

  test('of a spent refresh token’s session does not wait either: reuse ends it while the backend hangs', async () => {
    const second = (await client.refresh(tokens.refresh_token)).body;
    const third = (await client.refresh(second.refresh_token)).body;
    const verify = hold(world, '/auth/verify');
    const refreshing = client.refresh(third.refresh_token);
    await verify.reached();
    const reuse = client.refresh(tokens.refresh_token);
    await expect.poll(async () => (await mcp(third.access_token, 'tools/list')).status).toBe(401);
    verify.release();
    expectInvalidGrant(await Promise.all([refreshing, reuse]));
  });
});

describe('the queue of token requests', () => {
  test('holds so many; the next is told to come back, and loses nothing', async () => {
    const verify = hold(world, '/auth/verify');
    const waiting = refreshes(MAX_PENDING);
    await verify.reached();
    const [turnedAway] = await Promise.all(refreshes(1));
    expect(turnedAway).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(Number(turnedAway?.headers.get('Retry-After'))).toBeGreaterThan(0);
    verify.release();
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const [again] = await Promise.all(refreshes(1));
    expect(again?.body.refresh_token).toBe(answers[0]?.body.refresh_token);
  });

  test('keeps nobody for longer than clients wait, and asks the backend for no one who has gone', async () => {
    const down = Promise.withResolvers<void>();
    world.intercept = async () => {
      await down.promise;
      return new Response(null, { status: 503 });
    };
    const before = world.sent.length;
    const waiting = refreshes(3);
    await expect.poll(() => world.sent.length).toBeGreaterThan(before);
    await aWhile();
    pass(10_000);
    const asked = world.sent.length;
    down.resolve();
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(world.sent.slice(asked)).toEqual([]);
    world.intercept = undefined;
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  });
});

describe('what was asked before the session ended, and looked at while it did, is refused', () => {
  test.each([
    ['tools/list on 2026-07-28', () => mcp(tokens.access_token, 'tools/list')],
    ['tools/list on 2025-11-25', () => legacyMcp(tokens.access_token, 'tools/list')],
    [
      'initialize',
      () =>
        legacyMcp(tokens.access_token, 'initialize', {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'test', version: '1' },
        }),
    ],
  ])('%s', async (_name, ask) => {
    const look = holdCrypto('decrypt');
    const asked = ask();
    await look.reached();
    await sessionAt(env, sessionId).revoke('revoked_by_operator', { requestId: 'operator', traceId: 'operator' });
    look.release();
    const { status, body } = await asked;
    expect(status).toBe(401);
    expect(JSON.stringify([body])).not.toContain('result');
  });

  test('a call whose own token was revoked while its credential was renewed', async () => {
    takeDurations();
    pass(61_000);
    const refresh = hold(world, '/auth/refresh');
    const call = mcp(tokens.access_token, 'tools/call', { name: 'get_item', arguments: { item_id: 'item_0001' } });
    await refresh.reached();
    expect((await client.revoke(tokens.access_token)).status).toBe(200);
    refresh.release();
    expect((await call).status).toBe(401);
    expect(world.backend.counts()).toMatchObject({ data: 0 });
  });

  test('a renewal, whose credential was opened while the session ended', async () => {
    await new SessionProbe(sessionId).evict();
    const open = holdCrypto('decrypt');
    const ids = { requestId: 'request', traceId: 'trace' };
    const renewal = sessionAt(env, sessionId).renew('shelf', 0, ids);
    await open.reached();
    await sessionAt(env, sessionId).revoke('revoked_by_operator', ids);
    open.release();
    expect(await renewal).toEqual({ kind: 'ended', reason: 'session_ended' });
  });
});
