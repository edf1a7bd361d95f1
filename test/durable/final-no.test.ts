// The backend's final no: the session ends at once and everywhere, the client is told to sign in again by status code,
// and nothing of the session stays behind but its row and its audit trail.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callTool, legacyMcp, mcp, type McpReply } from '../support/mcp-client';
import type { OAuthClient, TokenSet } from '../support/oauth-client';
import { auditRows, leave, pass, SessionProbe, stopClock } from '../support/session';
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
  await session.nextAlarm();
  world.backend.set({ disable_user: 'ada@acme.example' });
});
afterEach(leave);

const getLead = (): Promise<McpReply> => callTool(tokens.access_token, 'get_item', { item_id: 'item_0001' });

function expectChallenge(reply: McpReply): void {
  expect(reply.status).toBe(401);
  const challenge = reply.headers.get('WWW-Authenticate') ?? '';
  expect(challenge).toContain('error="invalid_token"');
  expect(challenge).toContain('resource_metadata="https://gateway.example/.well-known/oauth-protected-resource/mcp"');
  // What is read by clients that look for the challenge in a result (ChatGPT), and nothing of the upstream's.
  const { result } = reply.body ?? {};
  if (result) expect(result).toMatchObject({ isError: true, _meta: { 'mcp/www_authenticate': [challenge] } });
  expect(result?.structuredContent).toBeUndefined();
}

const rowOf = (table: string) => env.DB.prepare(`SELECT * FROM ${table} WHERE session_id = ?`).bind(sessionId).first();

const wires: [string, () => Promise<McpReply>][] = [
  ['2026-07-28', getLead],
  [
    '2025-11-25',
    () => legacyMcp(tokens.access_token, 'tools/call', { name: 'get_item', arguments: { item_id: 'item_0001' } }),
  ],
];

describe.each(wires)('on the %s wire', (_wire, call) => {
  test('a call whose credential the upstream no longer takes is answered with a challenge', async () => {
    expectChallenge(await call());
    expectChallenge(await call());
    // The second one was refused by the session, without a word to the upstream.
    expect(world.backend.counts()).toMatchObject({ data: 1, refresh: 1, verify: 2 });
  });

  test('a call whose credential has run out is answered with a challenge', async () => {
    pass(61_000);
    expectChallenge(await call());
    expect(world.backend.counts()).toMatchObject({ data: 0 });
  });
});

test('a hundred calls at that moment all get a challenge, and the backend is asked once', async () => {
  pass(61_000);
  for (const reply of await Promise.all(Array.from({ length: 100 }, getLead))) expectChallenge(reply);
  expect(world.backend.counts()).toMatchObject({ data: 0, refresh: 1, verify: 2 });
});

test('whatever the token was good for, it is good for nothing now', async () => {
  await getLead();
  expectChallenge(await mcp(tokens.access_token, 'tools/list'));
  expectChallenge(await callTool(tokens.access_token, 'whoami'));
  const refreshed = await client.refresh(tokens.refresh_token);
  expect([refreshed.status, refreshed.body.error]).toEqual([400, 'invalid_grant']);
});

test('a token request finds out as well, and ends the session for every token of it', async () => {
  const refreshed = await client.refresh(tokens.refresh_token);
  expect([refreshed.status, refreshed.body.error]).toEqual([400, 'invalid_grant']);
  expect(refreshed.body.error_description).toContain('Sign in again');
  expectChallenge(await mcp(tokens.access_token, 'tools/list'));
});

test('the row says why, the credential is gone from everywhere, and the object is empty after the last batch', async () => {
  expect(await rowOf('credentials')).not.toBeNull();
  await getLead();
  expect(await session.credential()).toBeUndefined();
  await session.nextAlarm();
  expect(await rowOf('sessions')).toMatchObject({
    status: 'ended',
    end_reason: 'user_disabled',
    ended_at: Date.now() - 2_000,
  });
  expect(await rowOf('credentials')).toBeNull();
  expect(await session.stored()).toEqual({});
  expect(await session.alarmAt()).toBeNull();
  expect((await env.OAUTH_KV.list({ prefix: 'grant:' })).keys).toEqual([]);
});

test('the trail tells the story', async () => {
  await getLead();
  await session.nextAlarm();
  const rows = (await auditRows()).map((row) => [row.action, row.outcome, row.reason]);
  expect(rows.slice(2).sort()).toEqual([
    ['credential_refresh', 'refused', 'user_disabled'],
    ['session_end', 'success', 'user_disabled'],
    ['tool_call', 'refused', 'upstream_unauthorized'],
  ]);
});

test('a call refused because of it is on record as a refusal of that tool', async () => {
  pass(61_000);
  await getLead();
  await session.nextAlarm();
  expect(await auditRows('refusal')).toMatchObject([
    { outcome: 'refused', reason: 'session_ended', tool: 'get_item', upstream: 'shelf', tenant_id: 'acme' },
  ]);
  expect(await auditRows('tool_call')).toEqual([]);
});

test('the object stays empty whatever comes for it later', async () => {
  await getLead();
  await session.nextAlarm();
  expectChallenge(await getLead());
  expectChallenge(await mcp(tokens.access_token, 'tools/list'));
  expect((await client.refresh(tokens.refresh_token)).body.error).toBe('invalid_grant');
  await client.revoke(tokens.access_token);
  expect(await session.stored()).toEqual({});
  expect(await session.alarmAt()).toBeNull();
});

test("another user's session is none the wiser", async () => {
  const grace = await world.signIn('grace@globex.example');
  await getLead();
  const reply = await callTool(grace.tokens.access_token, 'search_items');
  expect([reply.status, reply.body.result.isError]).toEqual([200, undefined]);
});

test('the user signs in again once they are enabled', async () => {
  await getLead();
  world.backend.set({ enable_user: 'ada@acme.example' });
  expectChallenge(await getLead());
  ({ tokens } = await world.signIn());
  expect((await getLead()).body.result.structuredContent.id).toBe('item_0001');
});
