// A refresh token that comes twice: windows of one client that refresh at once all end with a good token, and a thief
// is cut off as soon as either side of the stolen family shows up with a spent token.
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callTool } from '../support/mcp-client';
import type { OAuthClient, TokenSet } from '../support/oauth-client';
import { leave, pass, stopClock } from '../support/session';
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

const alive = async (token: string): Promise<boolean> => (await callTool(token, 'whoami')).status === 200;

test('twenty refreshes at once with one token: one answer for all, and all of it works', async () => {
  const verified = world.backend.counts().verify;
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.refresh(tokens.refresh_token)));
  expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
  expect(world.backend.counts().verify).toBe(verified + 1);
  const { access_token, refresh_token } = answers[7]!.body;
  expect(await alive(access_token)).toBe(true);
  expect((await client.refresh(refresh_token)).status).toBe(200);
});

test('a lost answer can be asked for again, with the life that is left', async () => {
  const first = await client.refresh(tokens.refresh_token);
  pass(20_000);
  const again = await client.refresh(tokens.refresh_token);
  expect(again.body).toMatchObject({ refresh_token: first.body.refresh_token, expires_in: 3580 });
});

test('a lost answer can be asked for again even when the object was evicted meanwhile', async () => {
  await client.refresh(tokens.refresh_token);
  await evictDurableObject(env.SESSIONS.get(env.SESSIONS.idFromName(sessionId)));
  const again = await client.refresh(tokens.refresh_token);
  expect(again.status).toBe(200);
  expect(await alive(again.body.access_token)).toBe(true);
});

test('a repeated answer is not one for an ended session', async () => {
  const first = await client.refresh(tokens.refresh_token);
  await client.revoke(first.body.refresh_token);
  expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

test('a token that comes back after its successor was used ends the session, and that is on record', async () => {
  const second = (await client.refresh(tokens.refresh_token)).body;
  const third = (await client.refresh(second.refresh_token)).body;
  expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect(await alive(third.access_token)).toBe(false);
  expect((await client.refresh(third.refresh_token)).body.error).toBe('invalid_grant');
  await runDurableObjectAlarm(env.SESSIONS.get(env.SESSIONS.idFromName(sessionId)));
  const row = await env.DB.prepare('SELECT status, end_reason FROM sessions WHERE session_id = ?')
    .bind(sessionId)
    .first();
  expect(row).toEqual({ status: 'ended', end_reason: 'refresh_token_reused' });
});

test('a thief who refreshed later than the client is cut off when the client comes back', async () => {
  const own = (await client.refresh(tokens.refresh_token)).body;
  pass(61_000);
  const stolen = (await client.refresh(tokens.refresh_token)).body;
  expect(stolen.refresh_token).not.toBe(own.refresh_token);
  expect((await client.refresh(own.refresh_token)).body.error).toBe('invalid_grant');
  expect(await alive(stolen.access_token)).toBe(false);
});

test('an invented token of the session ends nothing', async () => {
  const forged = `${tokens.refresh_token.slice(0, -4)}AAAA`;
  expect((await client.refresh(forged)).body.error).toBe('invalid_grant');
  expect(await alive(tokens.access_token)).toBe(true);
});
