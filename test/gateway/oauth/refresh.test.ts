// Refresh tokens: rotation, what they are bound to, how long they last, and what a retry may do (OAuth 2.1 §4.3).
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { OAuthClient, useGateway, resource } from '../../support/oauth-client';
import { removeClient } from '../../support/oauth-records';
import { otherGateway } from '../../support/other-gateway';
import { World } from '../../support/world';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
});

const ok = async (token: string): Promise<number> => (await callTool(token, 'whoami')).status;

describe('a refresh', () => {
  test('brings a new pair, and the first access token keeps working until it expires', async () => {
    const { client, tokens } = await world.signIn();
    const answer = await client.refresh(tokens.refresh_token);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token_type: 'bearer', expires_in: 3600, resource, scope: tokens.scope });
    expect(answer.body.access_token).not.toBe(tokens.access_token);
    expect(answer.body.refresh_token).not.toBe(tokens.refresh_token);
    expect(await ok(answer.body.access_token)).toBe(200);
    expect(await ok(tokens.access_token)).toBe(200);
  });

  test('may be repeated when its answer was lost: the token before the last still works', async () => {
    const { client, tokens } = await world.signIn();
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
    const again = await client.refresh(tokens.refresh_token);
    expect(again.status).toBe(200);
    expect(await ok(again.body.access_token)).toBe(200);
    expect((await client.refresh(again.body.refresh_token)).status).toBe(200);
  });

  test('ends the token before the last one', async () => {
    const { client, tokens } = await world.signIn();
    const second = await client.refresh(tokens.refresh_token);
    expect((await client.refresh(second.body.refresh_token)).status).toBe(200);
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('eight at once all succeed, each access token works, and the last refresh token does', async () => {
    const { client, tokens } = await world.signIn();
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.refresh(tokens.refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    for (const answer of answers) expect(await ok(answer.body.access_token)).toBe(200);
    const refreshed = await Promise.all(answers.slice(-1).map((answer) => client.refresh(answer.body.refresh_token)));
    expect(refreshed.map(({ status }) => status)).toEqual([200]);
  });
});

describe('a refresh token is refused', () => {
  test('from another client', async () => {
    const { client, tokens } = await world.signIn();
    const other = await OAuthClient.register();
    expect(await other.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  });

  test('for another resource', async () => {
    const { client, tokens } = await world.signIn();
    expect(await client.refresh(tokens.refresh_token, { resource: 'https://elsewhere.example/mcp' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    });
    expect((await client.refresh(tokens.refresh_token, { resource })).status).toBe(200);
  });

  test('when it was never issued, in any shape', async () => {
    const { client, tokens } = await world.signIn();
    const [subject, grant] = tokens.refresh_token.split(':');
    for (const invented of ['x', 'a:b:c', `${subject}:${grant}:${'s'.repeat(32)}`, tokens.access_token])
      expect(await client.refresh(invented)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await ok(tokens.access_token)).toBe(200);
  });

  test('as an authorization code', async () => {
    const { client, tokens } = await world.signIn();
    expect(await client.redeem(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('by invalid_grant, so that the client signs in again, after the session key was replaced', async () => {
    const { client, tokens } = await world.signIn();
    useGateway(otherGateway({ SESSION_KEY: 'YW5vdGhlci1zZXNzaW9uLWtleS1mb3ItdGVzdHMtMDEyMzQ1' }));
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('by invalid_client, so that it registers anew, after the client was deleted', async () => {
    const { client, tokens } = await world.signIn();
    await removeClient(client.clientId);
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  test('by its session alone: a stray parameter does not take it past the session (and to a copy of its grant)', async () => {
    const { client, tokens } = await world.signIn();
    expect((await client.refresh(tokens.refresh_token, { code: 'x' })).status).toBe(200);
    expect((await client.refresh(tokens.refresh_token, { token: 'a:b:c' })).status).toBe(200);
  });
});

describe('scope on refresh', () => {
  test('narrows the one access token, and the next refresh has everything again (RFC 6749 §6)', async () => {
    const { client, tokens } = await world.signIn();
    const narrow = await client.refresh(tokens.refresh_token, { scope: 'items:read' });
    expect(narrow.body.scope).toBe('items:read');
    expect((await callTool(narrow.body.access_token, 'search_notes')).status).toBe(403);
    const wide = await client.refresh(narrow.body.refresh_token);
    expect(wide.body.scope).toBe(tokens.scope);
  });

  test('never exceeds what was consented to', async () => {
    const { client, tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    expect(tokens.scope).toBe('profile:read items:read');
    const answer = await client.refresh(tokens.refresh_token, { scope: 'items:read items:write' });
    expect(answer.body.scope).toBe('items:read');
    expect(await client.refresh(answer.body.refresh_token, { scope: 'items:write' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
  });

  test('that the role does not allow is refused by invalid_scope, and the session lives on', async () => {
    const { client, tokens } = await world.signIn('alan@acme.example');
    expect(await client.refresh(tokens.refresh_token, { scope: 'items:write' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
    expect(await ok(tokens.access_token)).toBe(200);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  });
});

describe('lifetimes', () => {
  test('an access token works for its hour and not a second longer', async () => {
    const { tokens } = await world.signIn();
    world.advance(HOUR - 5_000);
    expect(await ok(tokens.access_token)).toBe(200);
    world.advance(6_000);
    expect(await ok(tokens.access_token)).toBe(401);
  });

  test('a refresh token slides: each use starts its 30 days anew', async () => {
    const { client, tokens } = await world.signIn();
    let { refresh_token: refreshToken } = tokens;
    for (let times = 0; times < 3; times++) {
      world.advance(29 * DAY);
      const answer = await client.refresh(refreshToken);
      expect(answer.status).toBe(200);
      refreshToken = answer.body.refresh_token;
    }
    world.advance(31 * DAY);
    expect(await client.refresh(refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('both are the operator’s to choose', async () => {
    useGateway(otherGateway({ ACCESS_TOKEN_TTL: '120', REFRESH_TOKEN_TTL: '7200' }));
    const { client, tokens } = await world.signIn();
    expect(tokens.expires_in).toBe(120);
    world.advance(121_000);
    expect(await ok(tokens.access_token)).toBe(401);
    const answer = await client.refresh(tokens.refresh_token);
    expect(answer.body.expires_in).toBe(120);
    world.advance(3 * HOUR);
    expect(await client.refresh(answer.body.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });
});

describe('sessions of the same user and client', () => {
  test('a new sign-in in one window does not end another window’s session', async () => {
    const { client, tokens } = await world.signIn();
    const second = await client.redeem(
      (await world.authorize(client, 'ada@acme.example')).searchParams.get('code') ?? '',
    );
    expect(second.status).toBe(200);
    expect(await ok(tokens.access_token)).toBe(200);
    expect(await ok(second.body.access_token)).toBe(200);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
    // And each ends alone.
    await client.revoke(second.body.refresh_token);
    expect(await ok(second.body.access_token)).toBe(401);
    expect(await ok(tokens.access_token)).toBe(200);
  });
});
