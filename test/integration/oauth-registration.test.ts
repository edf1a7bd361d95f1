// How a client becomes known: dynamic registration (RFC 7591), the operator's list, or a metadata document of its own.
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs, type Logs } from '../support/logs';
import { callTool } from '../support/mcp-client';
import { Browser, gateway, OAuthClient, redirectUri, useGateway, type TokenAnswer } from '../support/oauth-client';
import { otherGateway } from '../support/other-gateway';
import { expectPage } from '../support/pages';
import { anythingGranted } from '../support/records';
import { allow, attemptSignIn, openConsent } from '../support/sign-in';
import { World } from '../support/world';

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

type Registration = Record<string, unknown> & { client_id: string; client_secret?: string };

function register(metadata: Record<string, unknown> | string, headers: Record<string, string> = {}): Promise<Response> {
  const body = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
  return gateway('/oauth/register', {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

const basic = (id: string, secret: string): { Authorization: string } => ({
  Authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
});

/** A token request of a fresh code by a client that authenticates itself. */
async function redeemAs(
  client: OAuthClient,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code') ?? '';
  const request = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: client.verifier };
  return client.token({ ...request, ...form }, headers);
}

function expectInvalidClient(answer: TokenAnswer): void {
  expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(answer.body.access_token).toBeUndefined();
}

describe('dynamic registration', () => {
  test('of a public client', async () => {
    const answer = await register({
      client_name: 'Claude',
      redirect_uris: [redirectUri, 'http://127.0.0.1/callback'],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'leads:read',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const client = await answer.json<Registration>();
    expect(client).toMatchObject({
      client_name: 'Claude',
      redirect_uris: [redirectUri, 'http://127.0.0.1/callback'],
      token_endpoint_auth_method: 'none',
    });
    expect(client.client_id).toBeTruthy();
    expect(client).not.toHaveProperty('client_secret');
  });

  test('of a client that lists a private-use URI beside, as Cursor does, which then gets no code', async () => {
    const cursor = 'cursor://anysphere.cursor-mcp/oauth/callback';
    const client = await OAuthClient.register({ redirect_uris: [cursor, redirectUri] });
    expect((await attemptSignIn(world, { client })).headers.get('Location')).toContain(redirectUri);
    await expectPage(
      await new Browser().open(await client.authorizationUrl({ redirect_uri: cursor })),
      'redirect_uri_invalid',
    );
  });

  test.each([
    ['no redirect URI', { redirect_uris: [] }],
    ['no list of them', { client_name: 'x' }],
    ['javascript:', { redirect_uris: ['javascript:alert(1)'] }],
    ['javascript: beside a good one', { redirect_uris: [redirectUri, 'JavaScript:alert(1)'] }],
    ['data:', { redirect_uris: ['data:text/html,x'] }],
    ['http on another host', { redirect_uris: ['http://client.example/callback'] }],
    ['a host that only looks like loopback', { redirect_uris: ['http://localhost.evil.example/callback'] }],
    ['a fragment', { redirect_uris: [`${redirectUri}#x`] }],
    ['a password', { redirect_uris: ['https://user:pass@client.example/callback'] }],
    ['no absolute URI', { redirect_uris: ['/callback'] }],
    ['a line break', { redirect_uris: ['https://client.example/\r\nSet-Cookie: x=y'] }],
    ['a list of something else', { redirect_uris: [{ uri: redirectUri }] }],
    ['the implicit grant', { redirect_uris: [redirectUri], grant_types: ['implicit'] }],
    ['the implicit response', { redirect_uris: [redirectUri], response_types: ['token'] }],
    ['a logo by javascript:', { redirect_uris: [redirectUri], logo_uri: 'javascript:alert(1)' }],
    ['no JSON', '{'],
    ['no object', '[]'],
  ])('refuses %s', async (_name, metadata) => {
    const answer = await register(metadata);
    expect(answer.status).toBe(400);
    expect((await answer.json<{ error: string }>()).error).toMatch(/^invalid_(client_metadata|redirect_uri|request)$/);
  });

  test('refuses what is much too large', async () => {
    const answer = await register({ redirect_uris: [redirectUri], client_name: 'x'.repeat(1_100_000) });
    expect(answer.status).toBe(413);
  });

  test('refuses a foreign web page, and answers one of ours (DNS rebinding, drive-by registration)', async () => {
    const metadata = { redirect_uris: [redirectUri] };
    expect((await register(metadata, { Origin: 'https://evil.example' })).status).toBe(403);
    expect((await register(metadata, { Origin: 'null' })).status).toBe(403);
    const own = await register(metadata, { Origin: 'https://gateway.example' });
    expect(own.status).toBe(201);
    expect(own.headers.get('Access-Control-Allow-Origin')).toBe('https://gateway.example');
  });

  test('does not let anyone look up, change or delete a client', async () => {
    const client = await (await register({ redirect_uris: [redirectUri] })).json<Registration>();
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await gateway(`/oauth/register/${client.client_id}`, { method })).status).toBe(404);
    expect((await gateway('/oauth/register')).status).toBe(405);
  });
});

describe('a client with a secret', () => {
  async function secretClient(method: string): Promise<{ client: OAuthClient; secret: string }> {
    const answer = await register({ redirect_uris: [redirectUri], token_endpoint_auth_method: method });
    const { client_id: id, client_secret: secret = '', ...rest } = await answer.json<Registration>();
    expect(rest).toMatchObject({ client_secret_expires_at: expect.any(Number) });
    return { client: new OAuthClient(id), secret };
  }

  test('authenticates by Basic', async () => {
    const { client, secret } = await secretClient('client_secret_basic');
    const answer = await redeemAs(client, { client_id: '' }, basic(client.clientId, secret));
    expect(answer.status).toBe(200);
    expect((await callTool(answer.body.access_token, 'whoami')).status).toBe(200);
  });

  test('authenticates by post', async () => {
    const { client, secret } = await secretClient('client_secret_post');
    expect((await redeemAs(client, { client_secret: secret })).status).toBe(200);
  });

  test.each(['client_secret_basic', 'client_secret_post'])('%s: a wrong secret, or none', async (method) => {
    const { client, secret } = await secretClient(method);
    expectInvalidClient(await redeemAs(client, {}));
    expectInvalidClient(await redeemAs(client, { client_secret: `${secret}x` }));
    const wrong = await redeemAs(client, { client_id: '' }, basic(client.clientId, 'wrong'));
    expectInvalidClient(wrong);
    expect(wrong.headers.get('WWW-Authenticate')).toMatch(/^Basic/);
    expect(logs.text()).not.toContain(secret);
  });

  test('cannot refresh or revoke without it either', async () => {
    const { client, secret } = await secretClient('client_secret_basic');
    const { body } = await redeemAs(client, { client_id: '' }, basic(client.clientId, secret));
    expectInvalidClient(await client.refresh(body.refresh_token));
    expectInvalidClient(await client.revoke(body.refresh_token));
    expect((await callTool(body.access_token, 'whoami')).status).toBe(200);
  });

  test('must not authenticate in two ways at once (RFC 6749 §2.3)', async () => {
    const { client, secret } = await secretClient('client_secret_basic');
    const answer = await redeemAs(client, { client_secret: secret }, basic(client.clientId, secret));
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

describe('clients of the operator (OAUTH_CLIENTS)', () => {
  const secret = 'a-secret-of-the-operators-client';
  beforeEach(() => {
    const clients = [
      { client_id: 'cursor', client_name: 'Cursor of Acme', redirect_uris: [redirectUri] },
      { client_id: 'backend', client_name: 'Backend', redirect_uris: [redirectUri], client_secret: secret },
    ];
    useGateway(otherGateway({ OAUTH_CLIENTS: JSON.stringify(clients) }));
  });

  test('a public one signs in without having registered', async () => {
    const client = new OAuthClient('cursor');
    expect(await openConsent(new Browser(), await client.authorizationUrl())).toContain('Cursor of Acme');
    const answer = await redeemAs(client, {});
    expect(answer.status).toBe(200);
    expect((await callTool(answer.body.access_token, 'whoami')).status).toBe(200);
    expect((await client.refresh(answer.body.refresh_token)).status).toBe(200);
  });

  test('one with a secret needs it, by either method', async () => {
    const client = new OAuthClient('backend');
    expect((await redeemAs(client, { client_id: '' }, basic('backend', secret))).status).toBe(200);
    expect((await redeemAs(client, { client_secret: secret })).status).toBe(200);
    expectInvalidClient(await redeemAs(client, {}));
    expectInvalidClient(await redeemAs(client, { client_secret: 'wrong-secret-wrong-secret' }));
    expectInvalidClient(await redeemAs(client, { client_id: '' }, basic('backend', 'wrong-secret-wrong-secret')));
  });

  test('is held to its redirect URIs', async () => {
    expect.hasAssertions();
    const url = await new OAuthClient('cursor').authorizationUrl({ redirect_uri: 'https://evil.example/callback' });
    await expectPage(await new Browser().open(url), 'redirect_uri_invalid');
  });

  test('is unknown to a deployment that does not list it', async () => {
    expect.hasAssertions();
    useGateway();
    await expectPage(await new Browser().open(await new OAuthClient('cursor').authorizationUrl()), 'client_unknown');
  });
});

describe('a client id metadata document', () => {
  const id = 'https://app.example/oauth/client.json';
  const document = { client_id: id, client_name: 'The App', redirect_uris: [redirectUri] };
  const serve = (answer: () => Response | Promise<Response>): void => {
    world.intercept = (request) => (request.url === id ? answer() : undefined);
  };

  test('makes a client known, and its host is shown as verified', async () => {
    serve(() => Response.json(document));
    const page = await openConsent(new Browser(), await new OAuthClient(id).authorizationUrl());
    expect(page).toContain('app.example');
    expect(page).toContain('Verified address');
    const answer = await redeemAs(new OAuthClient(id), {});
    expect(answer.status).toBe(200);
    expect((await callTool(answer.body.access_token, 'whoami')).body.result.isError).toBeUndefined();
  });

  test.each<[string, () => Response | Promise<Response>]>([
    ['answers 500', () => new Response('x', { status: 500 })],
    ['is not there', () => new Response('x', { status: 404 })],
    ['cannot be reached', () => Promise.reject(new TypeError('network'))],
  ])('%s: the page says that it could not be checked', async (_name, answer) => {
    serve(answer);
    await expectPage(await new Browser().open(await new OAuthClient(id).authorizationUrl()), 'client_unreachable');
    expect(logs.of('client.metadata_refused')).toMatchObject([{ clientId: id }]);
    expect(await anythingGranted()).toBe(false);
  });

  test.each<[string, () => Response | Promise<Response>]>([
    ['is no JSON', () => new Response('<html>')],
    ['is JSON by another name', () => new Response(JSON.stringify(document))],
    ['is of another client', () => Response.json({ ...document, client_id: 'https://evil.example/client.json' })],
    ['is endless', () => new Response('x'.repeat(100_000))],
    ['has no redirect URI', () => Response.json({ ...document, redirect_uris: undefined })],
    ['holds a secret', () => Response.json({ ...document, client_secret: 'x' })],
  ])('%s: the page says that it is not valid', async (_name, answer) => {
    serve(answer);
    await expectPage(await new Browser().open(await new OAuthClient(id).authorizationUrl()), 'client_invalid');
    expect(await anythingGranted()).toBe(false);
  });

  test('that redirects vouches for nobody, and is not followed', async () => {
    const elsewhere = 'https://evil.example/client.json';
    world.intercept = (request) => {
      if (request.url === id) return new Response(null, { status: 302, headers: { Location: elsewhere } });
      return request.url === elsewhere ? Response.json(document) : undefined;
    };
    await expectPage(await new Browser().open(await new OAuthClient(id).authorizationUrl()), 'client_invalid');
    expect(world.sent).toEqual(['GET app.example/oauth/client.json']);
  });

  test.each([
    'https://app.example/a/../client.json',
    'https://user:pass@app.example/c.json',
    'https://app.example/c#x',
    'https://app.example/redirect?to=https://evil.example/c.json',
    'https://app.example/',
    'https://app.example:8443/c.json',
    'http://app.example/c.json',
    'https://127.0.0.1/c.json',
    'https://2130706433/c.json',
    'https://0x7f.1/c.json',
    'https://[::1]/c.json',
    'https://localhost/c.json',
    'https://intranet/c.json',
    'https://db.internal/c.json',
    'https://printer.local/c.json',
  ])('is not even asked for at %s', async (clientId) => {
    await expectPage(await new Browser().open(await new OAuthClient(clientId).authorizationUrl()), 'client_invalid');
    expect(world.sent).toEqual([]);
  });

  test('that does not list the redirect URI gets no redirect', async () => {
    expect.hasAssertions();
    serve(() => Response.json(document));
    const url = await new OAuthClient(id).authorizationUrl({ redirect_uri: 'https://evil.example/callback' });
    await expectPage(await new Browser().open(url), 'redirect_uri_invalid');
  });

  test('that goes away during the sign-in ends on a page that says so', async () => {
    expect.hasAssertions();
    serve(() => Response.json(document));
    const browser = new Browser();
    const atProvider = (await allow({ client: new OAuthClient(id), browser })).headers.get('Location') ?? '';
    serve(() => new Response('x', { status: 500 }));
    await expectPage(await browser.open(world.idp.signIn(atProvider, 'ada@acme.example')), 'client_unreachable');
  });

  test('that goes away later does not turn into an unknown client: the client is to come back, its token stays good', async () => {
    serve(() => Response.json(document));
    const client = new OAuthClient(id);
    const { body } = await redeemAs(client, {});
    serve(() => new Response('x', { status: 500 }));
    const answer = await client.refresh(body.refresh_token);
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    serve(() => Response.json(document));
    expect((await client.refresh(body.refresh_token)).status).toBe(200);
  });
});

describe('an authorization request by nobody we know', () => {
  test.each([
    ['an unknown client', { client_id: 'nobody' }, 'client_unknown'],
    ['another redirect URI', { redirect_uri: 'https://evil.example/callback' }, 'redirect_uri_invalid'],
    ['a longer redirect URI', { redirect_uri: `${redirectUri}/more` }, 'redirect_uri_invalid'],
    ['an added query', { redirect_uri: `${redirectUri}?x=y` }, 'redirect_uri_invalid'],
    ['no client', { client_id: undefined }, 'request_invalid'],
    ['no redirect URI', { redirect_uri: undefined }, 'request_invalid'],
  ] as const)('%s is told so here, and sent nowhere', async (_name, parameters, code) => {
    const client = await OAuthClient.register();
    const answer = await new Browser().open(await client.authorizationUrl(parameters));
    const page = await expectPage(answer, code);
    expect(answer.headers.get('Location')).toBeNull();
    expect(answer.headers.get('Refresh')).toBeNull();
    expect(page).not.toContain('evil.example');
    expect(logs.of('authorization_request.refused')).toHaveLength(1);
  });

  test('any port will do on loopback, but nothing else may differ (RFC 8252 §7.3)', async () => {
    const client = await OAuthClient.register({ redirect_uris: ['http://127.0.0.1:1000/callback'] });
    const open = async (uri: string): Promise<number> =>
      (await new Browser().open(await client.authorizationUrl({ redirect_uri: uri }))).status;
    expect(await open('http://127.0.0.1:54321/callback')).toBe(200);
    for (const uri of ['http://127.0.0.1:1000/other', 'http://localhost:1000/callback', 'https://127.0.0.1/callback'])
      expect(await open(uri)).toBe(400);
  });
});

describe('what a stranger may store', () => {
  test.each([
    ['a name that no page shows', { client_name: 'x'.repeat(201) }],
    [
      'more redirect URIs than a client has',
      { redirect_uris: Array.from({ length: 11 }, (_, n) => `${redirectUri}/${n}`) },
    ],
    ['a megabyte', { client_name: 'x'.repeat(1_000_000) }],
  ])('is not %s', async (_what, metadata) => {
    await expect(OAuthClient.register(metadata)).rejects.toThrow(/registration answered (400|413)/);
  });
});

describe('a code that was never issued', () => {
  test('is refused without asking the address that a client id names', async () => {
    const answer = await new OAuthClient('https://victim.example/client.json').redeem('a:b:c');
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(world.sent).toEqual([]);
  });

  test('and one of another client’s session neither', async () => {
    const { tokens } = await world.signIn();
    world.sent.length = 0;
    const answer = await new OAuthClient('https://victim.example/client.json').refresh(tokens.refresh_token);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(world.sent).toEqual([]);
  });
});
