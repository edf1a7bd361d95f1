// Revocation (RFC 7009) takes effect at the next call, and only for the client that the token belongs to.
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { OAuthClient } from '../../support/oauth-client';
import { auditEvents, sessionRow } from '../../support/records';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
});

const ok = async (token: string): Promise<number> => (await callTool(token, 'whoami')).status;

describe('of a refresh token', () => {
  test('ends the session: the next call is challenged, the next refresh says invalid_grant', async () => {
    const { client, tokens, sessionId } = await world.signIn();
    expect(await ok(tokens.access_token)).toBe(200);
    expect((await client.revoke(tokens.refresh_token)).status).toBe(200);
    const call = await callTool(tokens.access_token, 'whoami');
    expect(call.status).toBe(401);
    expect(call.headers.get('WWW-Authenticate')).toContain('error="invalid_token"');
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await sessionRow(sessionId)).toMatchObject({ status: 'ended', end_reason: 'revoked_by_client' });
    expect(await auditEvents({ action: 'session_end' })).toMatchObject([
      { reason: 'revoked_by_client', session_id: sessionId, tenant_id: 'acme', client_id: client.clientId },
    ]);
  });

  test('ends every access token of the session', async () => {
    const { client, tokens } = await world.signIn();
    const refreshed = await client.refresh(tokens.refresh_token);
    await client.revoke(refreshed.body.refresh_token);
    expect(await ok(tokens.access_token)).toBe(401);
    expect(await ok(refreshed.body.access_token)).toBe(401);
  });

  test.each(['refresh_token', 'access_token', 'made_up'])('whatever the hint says: %s (§2.1)', async (hint) => {
    const { client, tokens } = await world.signIn();
    expect((await client.token({ token: tokens.refresh_token, token_type_hint: hint })).status).toBe(200);
    expect(await ok(tokens.access_token)).toBe(401);
  });

  test('holds with stray parameters, which must not lead past the session', async () => {
    const { client, tokens } = await world.signIn();
    await client.token({ token: tokens.refresh_token, code: 'x', refresh_token: 'a:b:c' });
    expect(await ok(tokens.access_token)).toBe(401);
  });
});

describe('of an access token', () => {
  test('ends that token, and the session goes on', async () => {
    const { client, tokens } = await world.signIn();
    expect(await ok(tokens.access_token)).toBe(200);
    expect((await client.revoke(tokens.access_token)).status).toBe(200);
    expect(await ok(tokens.access_token)).toBe(401);
    const refreshed = await client.refresh(tokens.refresh_token);
    expect(refreshed.status).toBe(200);
    expect(await ok(refreshed.body.access_token)).toBe(200);
  });

  test('holds when calls are under way at that very moment, in every one of 20 rounds', async () => {
    const { client, tokens } = await world.signIn();
    let refreshToken = tokens.refresh_token;
    for (let round = 0; round < 20; round++) {
      const { body } = await client.refresh(refreshToken);
      refreshToken = body.refresh_token;
      const calls = Array.from({ length: 4 }, () => ok(body.access_token));
      await Promise.all([...calls, client.revoke(body.access_token)]);
      expect(await ok(body.access_token), `round ${round}`).toBe(401);
    }
  });
});

describe('by somebody else', () => {
  test('another client cannot revoke, and is not told whether the token exists (§2.2)', async () => {
    const { tokens } = await world.signIn();
    const other = await OAuthClient.register();
    for (const token of [tokens.refresh_token, tokens.access_token])
      expect((await other.revoke(token)).status).toBe(200);
    expect(await ok(tokens.access_token)).toBe(200);
  });

  test('an unknown client is refused', async () => {
    const { tokens } = await world.signIn();
    const answer = await new OAuthClient('nobody').revoke(tokens.refresh_token);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await ok(tokens.access_token)).toBe(200);
  });
});

test.each(['x', 'a:b:c', ''])('a token that does not exist (%j) is revoked already', async (token) => {
  const client = await OAuthClient.register();
  expect((await client.token({ token: token || 'never-issued' })).status).toBe(200);
});
