// What users of other servers complain about most, a test or more for each, in their words. Here: signing in and staying
// so. Calling tools is in complaints-calling.test.ts, and what each is proved by in depth is in docs/clients.md.
import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import gatewayWorker from '../../product/worker';
import { challengeOf } from '../../support/challenge';
import { catchLogs, type Logs } from '../../support/logs';
import { lieAboutKv, type LyingKv } from '../../support/lying-kv';
import { callTool, mcp, wires, type McpReply } from '../../support/mcp-client';
import { Browser, gateway, OAuthClient, redirectUri, type TokenSet } from '../../support/oauth-client';
import { expectPage } from '../../support/pages';
import { leave, SessionProbe } from '../../support/session';
import { World } from '../../support/world';

const DAY = 86_400_000;

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});
afterEach(leave);

const item = (tokens: TokenSet): Promise<McpReply> =>
  callTool(tokens.access_token, 'get_item', { item_id: 'item_0001' });
const clientsOnRecord = async (): Promise<number> => (await env.OAUTH_KV.list({ prefix: 'client:' })).keys.length;

describe('complaint 1: token issued, first call refused', () => {
  let kv: LyingKv;
  beforeEach(() => {
    kv = lieAboutKv();
  });
  afterEach(() => kv.stop());

  test.each(wires)('not by a KV that shows nothing for a minute ($revision)', async ({ send }) => {
    for (let times = 0; times < 3; times += 1) {
      const { client, tokens, sessionId } = await world.signIn();
      expect((await send(tokens.access_token, 'tools/list')).status).toBe(200);
      // Another location has none of this one's memory.
      await new SessionProbe(sessionId).evict();
      expect((await item(tokens)).status).toBe(200);
      const renewed = await client.refresh(tokens.refresh_token);
      expect((await item(renewed.body)).status).toBe(200);
      // The other half of the promise: what was revoked is refused at once, although KV still shows it.
      await client.revoke(renewed.body.refresh_token);
      expect((await item(renewed.body)).status).toBe(401);
      // KV was really lying: it has not heard of this client yet.
      expect(await env.OAUTH_KV.get(`client:${client.clientId}`)).toBeNull();
    }
  });
});

describe('complaint 2: concurrent or lost refresh → invalid_grant storms; daily re-login', () => {
  test('windows that refresh at the same moment all go on', async () => {
    const { client, tokens } = await world.signIn();
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.refresh(tokens.refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    for (const { body } of answers) expect((await item(body)).status).toBe(200);
  });

  test('a client that never got the answer tries again, and goes on', async () => {
    const { client, tokens, sessionId } = await world.signIn();
    await client.refresh(tokens.refresh_token);
    await new SessionProbe(sessionId).evict();
    const again = await client.refresh(tokens.refresh_token);
    expect(again.status).toBe(200);
    expect((await item(again.body)).status).toBe(200);
  });

  test('nobody signs in daily: a month of daily use, one sign-in', async () => {
    const signedIn = await world.signIn();
    let { tokens } = signedIn;
    for (let day = 0; day < 31; day += 1) {
      world.advance(DAY);
      const { status, body } = await signedIn.client.refresh(tokens.refresh_token);
      expect(status).toBe(200);
      tokens = body;
    }
    expect((await item(tokens)).status).toBe(200);
    expect(world.sent.filter((line) => line === 'POST idp.example/token')).toHaveLength(1);
  });

  test('a hundred calls at the moment the upstream token expires cost one refresh there, and none fails', async () => {
    const { tokens } = await world.signIn();
    world.backend.set({ expire_access_tokens: true });
    const replies = await Promise.all(Array.from({ length: 100 }, () => item(tokens)));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(world.backend.counts()).toMatchObject({ refresh: 1, reuse_detected: 0 });
  });
});

test('complaint 3: one window’s new sign-in kills another window’s session', async () => {
  const { client, tokens: first } = await world.signIn();
  const location = await world.authorize(client, 'ada@acme.example');
  const { body: second } = await client.redeem(location.searchParams.get('code') ?? '');
  expect((await item(first)).status).toBe(200);
  expect((await item(second)).status).toBe(200);
  const renewed = await client.refresh(first.refresh_token);
  expect(renewed.status).toBe(200);
  // Nor does one that signs out.
  await client.revoke(second.refresh_token);
  expect((await item(renewed.body)).status).toBe(200);
});

describe('complaint 4: an upstream 401 hidden in a 200 tool result: the client never re-authorizes', () => {
  test.each(wires)('it is a 401 with a challenge, and re-authorizing helps ($revision)', async ({ send }) => {
    const { client, tokens } = await world.signIn();
    world.backend.set({ fail: { path: '/v1', status: 401, times: 5 } });
    const reply = await send(tokens.access_token, 'tools/call', {
      name: 'get_item',
      arguments: { item_id: 'item_0001' },
    });
    expect(reply.status).toBe(401);
    const challenge = reply.headers.get('WWW-Authenticate') ?? '';
    expect(challenge).toContain('error="invalid_token"');
    const { resource_metadata: metadata = '' } = challengeOf(reply);
    expect((await gateway(metadata)).status).toBe(200);

    world.backend.set({ fail: null });
    const location = await world.authorize(client, 'ada@acme.example');
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    expect((await item(body)).status).toBe(200);
  });
});

describe('complaint 5: DCR sprawl: thousands of orphaned clients', () => {
  const sweep = (): Promise<void> =>
    gatewayWorker.scheduled(createScheduledController({ scheduledTime: new Date(Date.now()) }), env);

  test('registrations that nobody used for 90 days are gone, and those in use stay', async () => {
    const { client, tokens } = await world.signIn();
    await Promise.all(Array.from({ length: 50 }, () => OAuthClient.register()));
    expect(await clientsOnRecord()).toBe(51);
    let refreshToken = tokens.refresh_token;
    for (let month = 0; month < 4; month += 1) {
      world.advance(25 * DAY);
      refreshToken = (await client.refresh(refreshToken)).body.refresh_token;
    }
    await sweep();
    expect(await clientsOnRecord()).toBe(1);
    expect((await client.refresh(refreshToken)).status).toBe(200);
  });

  test('who was swept is told that it has to register anew, rather than left with an error', async () => {
    const client = await OAuthClient.register();
    world.advance(91 * DAY);
    await sweep();
    expect(await client.redeem('a:b:c')).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    await expectPage(await new Browser().open(await client.authorizationUrl()), 'client_unknown');
  });

  test('an address that registers one after the other is told to wait', async () => {
    const register = () =>
      gateway('/oauth/register', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'CF-Connecting-IP': '203.0.113.7' },
        body: JSON.stringify({ redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }),
      });
    let answer = await register();
    for (let times = 0; times < 300 && answer.status === 201; times += 1) answer = await register();
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    // Nobody else is held up.
    expect((await OAuthClient.register()).clientId).not.toBe('');
  });
});

describe('complaint 6: a CIMD fetch that fails for a moment is reported as “unknown client”', () => {
  const url = 'https://assistant.example/oauth/client.json';
  const document = {
    client_id: url,
    client_name: 'Assistant',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  };
  const origin = (answer: () => Response): void => {
    world.intercept = (request) => (request.url === url ? answer() : undefined);
  };
  const client = new OAuthClient(url);
  const open = async (): Promise<Response> => new Browser().open(await client.authorizationUrl());

  test.each([
    ['is down', () => new Response('unwell', { status: 503 })],
    [
      'does not answer',
      () => {
        throw new TypeError('connection lost');
      },
    ],
  ])('an origin that %s locks nobody out who was here before', async (_how, failing) => {
    origin(() => Response.json(document));
    const location = await world.authorize(client, 'ada@acme.example');
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    world.advance(DAY);
    origin(failing);
    const renewed = await client.refresh(body.refresh_token);
    expect(renewed.status).toBe(200);
    expect((await mcp(renewed.body.access_token, 'tools/list')).status).toBe(200);
    const page = await open();
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Assistant');
    expect(logs.of('client.document_stale').length).toBeGreaterThan(0);
  });

  test('“could not be fetched”, “not valid” and “unknown” are three pages', async () => {
    origin(() => Response.json({ ...document, client_id: 'https://assistant.example/another.json' }));
    const invalid = await expectPage(await open(), 'client_invalid');
    origin(() => new Response(null, { status: 404 }));
    const unknown = await expectPage(await open(), 'client_unknown');
    // Last, since a host that fails isn't asked again for a while.
    origin(() => new Response('unwell', { status: 503 }));
    const unreachable = await expectPage(await open(), 'client_unreachable');
    const titles = [unreachable, invalid, unknown].map((page) => /<h1>(.*?)<\/h1>/.exec(page)?.[1]);
    expect(new Set(titles).size).toBe(3);
  });
});
