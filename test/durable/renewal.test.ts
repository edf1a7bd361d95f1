// Renewal of the upstream credential as callers see it: however many need it at once, the backend is asked once, nobody
// notices, and only a client that really has to sign in again is told so.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callTool, legacyMcp, mcp, type McpReply } from '../support/mcp-client';
import { bearersSeen, hold, leave, pass, stopClock, until } from '../support/session';
import { World } from '../support/world';

let world: World;
let token: string;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  token = (await world.signIn()).tokens.access_token;
});
afterEach(leave);

const getLead = (): Promise<McpReply> => callTool(token, 'get_item', { item_id: 'item_0001' });
const leadOf = (reply: McpReply): unknown => [reply.status, reply.body?.result?.structuredContent?.id];
const data = [200, 'item_0001'];

test('a hundred calls at expiry cause one refresh, and each gets data with the new credential', async () => {
  const seen = bearersSeen(world);
  await getLead();
  pass(61_000);
  const replies = await Promise.all(Array.from({ length: 100 }, getLead));
  expect(replies.map(leadOf)).toEqual(replies.map(() => data));
  expect(world.backend.counts()).toMatchObject({ verify: 1, refresh: 1, reuse_detected: 0, data: 101 });
  expect(new Set(seen.slice(1)).size).toBe(1);
  expect(seen[1]).not.toBe(seen[0]);
});

test.each(['revoke_access_tokens', 'expire_access_tokens'])(
  'a hundred calls that the upstream answers 401 (%s) cause one refresh, and each is repeated once',
  async (how) => {
    world.backend.set({ [how]: true });
    const replies = await Promise.all(Array.from({ length: 100 }, getLead));
    expect(replies.map(leadOf)).toEqual(replies.map(() => data));
    const counts = world.backend.counts();
    expect(counts).toMatchObject({ verify: 1, refresh: 1, reuse_detected: 0 });
    // Those that started late enough had the new credential from the beginning.
    expect(counts.data).toBeLessThanOrEqual(200);
  },
);

test('what the backend no longer allows at a renewal binds the tokens that are out', async () => {
  world.intercept = (request) =>
    request.url.endsWith('/auth/refresh')
      ? Response.json({ access_token: 'narrow', expires_in: 60, refresh_token: 'r', scopes: ['profile:read'] })
      : undefined;
  pass(61_000);
  // The very call that caused the renewal is held to it, too.
  const before = world.sent.length;
  expect((await getLead()).body.result).toMatchObject({ isError: true });
  expect(world.sent.slice(before)).toEqual(['POST api.example/auth/refresh']);
  expect((await mcp(token, 'tools/list')).body.result.tools.map(({ name }: { name: string }) => name)).toEqual([
    'whoami',
  ]);
  const refused = await getLead();
  expect(refused.status).toBe(200);
  expect(refused.body.result).toMatchObject({ isError: true });
});

test('in the margin a call goes out with the old credential and waits for nothing', async () => {
  pass(50_000);
  const refresh = hold(world, '/auth/refresh');
  const seen = bearersSeen(world);
  expect(leadOf(await getLead())).toEqual(data);
  await refresh.reached();
  expect(leadOf(await getLead())).toEqual(data);
  refresh.release();
  await until(async () => {
    await getLead();
    expect(new Set(seen).size).toBe(2);
  });
  expect(seen[0]).toBe(seen[1]);
  expect(world.backend.counts()).toMatchObject({ verify: 1, refresh: 1 });
});

test('before the margin nobody asks for anything', async () => {
  pass(44_000);
  await getLead();
  expect(world.backend.counts()).toMatchObject({ verify: 1, refresh: 0 });
});

describe('an upstream 401', () => {
  test('causes one renewal and one more try', async () => {
    world.backend.set({ revoke_access_tokens: true });
    expect(leadOf(await getLead())).toEqual(data);
    expect(world.backend.counts()).toMatchObject({ verify: 1, refresh: 1, data: 2 });
  });

  test('of a change is repeated too, since it changed nothing', async () => {
    world.backend.set({ revoke_access_tokens: true });
    const reply = await callTool(token, 'create_item', {
      name: 'Renewal Ltd',
      kind: 'book',
    });
    expect(reply.body.result.structuredContent).toMatchObject({ name: 'Renewal Ltd' });
    const found = await callTool(token, 'search_items', { query: 'Renewal Ltd' });
    expect(found.body.result.structuredContent.total).toBe(1);
  });

  const wires: [string, () => Promise<McpReply>][] = [
    ['2026-07-28', getLead],
    ['2025-11-25', () => legacyMcp(token, 'tools/call', { name: 'get_item', arguments: { item_id: 'item_0001' } })],
  ];
  test.each(wires)('that comes again with the new credential is a challenge (%s)', async (_wire, call) => {
    world.intercept = (request) =>
      new URL(request.url).pathname.startsWith('/v1/') ? new Response('no', { status: 401 }) : undefined;
    const reply = await call();
    expect(reply.status).toBe(401);
    const challenge = reply.headers.get('WWW-Authenticate') ?? '';
    expect(challenge).toMatch(/^Bearer /);
    expect(challenge).toContain('error="invalid_token"');
    expect(challenge).toContain('resource_metadata="https://gateway.example/.well-known/oauth-protected-resource/mcp"');
    expect(reply.body.result).toMatchObject({ isError: true, _meta: { 'mcp/www_authenticate': [challenge] } });
    expect(world.sent.filter((line) => line.includes('/v1/'))).toHaveLength(2);
    expect(world.backend.counts()).toMatchObject({ refresh: 1, data: 0 });
    // The upstream may have been wrong: the session lives, and the same token works once it comes to its senses.
    world.intercept = undefined;
    expect(leadOf(await getLead())).toEqual(data);
  });
});

test('a tool without an upstream never asks for a credential', async () => {
  pass(120_000);
  await callTool(token, 'whoami');
  expect(world.backend.counts()).toMatchObject({ verify: 1, refresh: 0, data: 0 });
});
