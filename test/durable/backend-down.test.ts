// The backend can't be asked when a credential has to be renewed: callers hear it in plain words and soon, the backend
// isn't hammered while it is down, and everything goes on by itself when it is back.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callTool, type McpReply } from '../support/mcp-client';
import type { OAuthClient, TokenSet } from '../support/oauth-client';
import { auditRows, leave, pass, SessionProbe, skipPauses, stopClock, until } from '../support/session';
import { World } from '../support/world';

let world: World;
let client: OAuthClient;
let tokens: TokenSet;
let session: SessionProbe;
let pauses: number[];
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  const signedIn = await world.signIn();
  ({ client, tokens } = signedIn);
  session = new SessionProbe(signedIn.sessionId);
  pauses = skipPauses();
  world.sent.length = 0;
});
afterEach(leave);

const getLead = (): Promise<McpReply> => callTool(tokens.access_token, 'get_item', { item_id: 'item_0001' });
const down = (): void => world.backend.set({ fail: { path: '/auth', status: 503, times: 1_000 } });
const up = (): void => world.backend.set({ fail: null });
const asked = (): string[] =>
  world.sent.filter((line) => line.includes('/auth/')).map((line) => line.split('/auth/')[1] ?? '');
const textOf = (reply: McpReply): string => reply.body.result.content[0].text;

function expectTurnedAway(reply: McpReply, seconds: number): void {
  expect(reply.status).toBe(200);
  expect(reply.body.result.isError).toBe(true);
  expect(textOf(reply)).toBe(`Shelf API could not be reached to confirm your access. Try again in ${seconds} seconds.`);
}

test('after a few attempts with pauses, callers are told when to come back', async () => {
  down();
  pass(61_000);
  expectTurnedAway(await getLead(), 2);
  expect(asked()).toEqual(['refresh', 'verify', 'verify', 'verify']);
  expect(pauses).toEqual([200, 800]);
});

test('fifty callers at once cause no more attempts than one', async () => {
  down();
  pass(61_000);
  for (const reply of await Promise.all(Array.from({ length: 50 }, getLead))) expectTurnedAway(reply, 2);
  expect(asked()).toHaveLength(4);
  expect(world.sent.filter((line) => line.includes('/v1/'))).toEqual([]);
});

test('in the cool-down nobody is asked, and the next attempts leave the refresh token alone', async () => {
  down();
  pass(61_000);
  await getLead();
  pass(500);
  for (const reply of await Promise.all(Array.from({ length: 20 }, getLead))) expectTurnedAway(reply, 2);
  pass(1_499);
  expectTurnedAway(await getLead(), 1);
  expect(asked()).toHaveLength(4);
  pass(1);
  expectTurnedAway(await getLead(), 4);
  expect(asked()).toEqual(['refresh', ...Array<string>(6).fill('verify')]);
});

test('it goes on by itself when the backend is back', async () => {
  down();
  pass(61_000);
  await getLead();
  up();
  pass(2_000);
  expect((await getLead()).body.result.structuredContent.id).toBe('item_0001');
  expect(world.backend.counts()).toMatchObject({ reuse_detected: 0 });
  expect(await session.credential()).toMatchObject({ version: 2, refreshTokenSpent: false });
});

describe('while the old credential lives', () => {
  test('it is used, and the backend is tried only now and then', async () => {
    down();
    pass(50_000);
    for (let call = 0; call < 10; call += 1) expect((await getLead()).body.result.isError).toBeUndefined();
    await until(() => expect(asked()).toHaveLength(4));
    for (let call = 0; call < 10; call += 1) expect((await getLead()).body.result.isError).toBeUndefined();
    expect(asked()).toHaveLength(4);
    pass(2_000);
    expect((await getLead()).body.result.isError).toBeUndefined();
    await until(() => expect(asked()).toHaveLength(7));
  });

  test('and the upstream refuses it, callers are turned away rather than sent to sign in', async () => {
    down();
    world.backend.set({ revoke_access_tokens: true });
    expectTurnedAway(await getLead(), 2);
    expect((await getLead()).status).toBe(200);
  });
});

test('a tool that needs no upstream works on', async () => {
  down();
  pass(61_000);
  expect((await callTool(tokens.access_token, 'whoami')).body.result.isError).toBeUndefined();
});

test.each([
  [
    'a timeout',
    (): never => {
      throw new DOMException('timed out', 'TimeoutError');
    },
  ],
  ['a page of a proxy', () => new Response('<h1>502</h1>', { status: 502 })],
  ["a 404 that is not the contract's", () => new Response('not found', { status: 404 })],
  ["a 403 that is not the contract's", () => Response.json({ error: 'forbidden' }, { status: 403 })],
  ['a 200 of another shape', () => Response.json({ ok: true })],
  ['a refused admin token', () => Response.json({ error: 'unauthorized' }, { status: 401 })],
  ['a redirect', () => new Response(null, { status: 302, headers: { Location: 'https://evil.example/' } })],
])("%s ends nobody's session", async (_what, answer) => {
  pass(61_000);
  world.intercept = (request) => (new URL(request.url).pathname.startsWith('/auth/') ? answer() : undefined);
  expectTurnedAway(await getLead(), 2);
  expect(world.sent.some((line) => line.includes('evil'))).toBe(false);
  world.intercept = undefined;
  pass(2_000);
  expect((await getLead()).body.result.isError).toBeUndefined();
});

test('a token request waits for the backend to come back, and the grant is still good then', async () => {
  down();
  const refused = await client.refresh(tokens.refresh_token);
  expect(refused.status).toBe(503);
  expect(refused.body.error).toBe('temporarily_unavailable');
  expect(refused.headers.get('Retry-After')).toBe('5');
  up();
  expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  expect((await getLead()).body.result.isError).toBeUndefined();
});

test('each failure is on record', async () => {
  down();
  pass(61_000);
  await getLead();
  await session.nextAlarm();
  expect(await auditRows('credential_refresh')).toMatchObject([
    { outcome: 'error', reason: 'http_503', upstream: 'shelf', tenant_id: 'acme' },
  ]);
  expect(await auditRows('tool_call')).toMatchObject([{ outcome: 'error', reason: 'upstream_unavailable' }]);
});
