// How a client becomes known: dynamic registration (RFC 7591), or the operator's list. Those that are known by a document
// of their own are in oauth-client-metadata.test.ts.
import { beforeEach, describe, expect, test } from 'vitest';
import { basic, expectInvalidClient, redeemAs, register, type Registration } from '../../support/clients';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { Browser, gateway, OAuthClient, redirectUri, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { expectPage } from '../../support/pages';
import { attemptSignIn, openConsent } from '../../support/sign-in';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

describe('dynamic registration', () => {
  test('of a public client', async () => {
    const answer = await register({
      client_name: 'Claude',
      redirect_uris: [redirectUri, 'http://127.0.0.1/callback'],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'items:read',
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
    ['file:', { redirect_uris: [redirectUri, ' file:///etc/passwd'] }],
    ['http on another host', { redirect_uris: ['http://client.example/callback'] }],
    ['a host that only looks like loopback', { redirect_uris: ['http://localhost.evil.example/callback'] }],
    ['an address that only looks like loopback', { redirect_uris: ['http://127.0.0.1.evil.example/callback'] }],
    ['an app’s own scheme alone', { redirect_uris: ['cursor://callback'] }],
    ['a fragment', { redirect_uris: [`${redirectUri}#x`] }],
    ['an empty fragment', { redirect_uris: [`${redirectUri}#`] }],
    ['a password', { redirect_uris: ['https://user:pass@client.example/callback'] }],
    ['no absolute URI', { redirect_uris: ['/callback'] }],
    ['a line break', { redirect_uris: ['https://client.example/\r\nSet-Cookie: x=y'] }],
    ['a list of something else', { redirect_uris: [{ uri: redirectUri }] }],
    ['a text in place of a list', { redirect_uris: redirectUri }],
    ['one that is much too long', { redirect_uris: [`${redirectUri}/${'x'.repeat(500)}`] }],
    ['eleven of them', { redirect_uris: Array.from({ length: 11 }, (_, n) => `${redirectUri}/${n}`) }],
  ])('says of a redirect URI that it is refused: %s (RFC 7591 §3.2.2)', async (_name, metadata) => {
    const answer = await register(metadata, { Origin: 'https://gateway.example' });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://gateway.example');
    expect(await answer.json()).toEqual({ error: 'invalid_redirect_uri', error_description: expect.any(String) });
  });

  // As Gemini CLI 0.61.0 answers a challenge for more scopes: its model reads the refusal, and nothing of the challenge.
  test('without a redirect URI is refused with words for whoever wanted more access', async () => {
    const answer = await register({
      client_name: 'Gemini CLI (Stored OAuth)',
      redirect_uris: [],
      grant_types: [],
      response_types: [],
      token_endpoint_auth_method: 'none',
    });
    expect((await answer.json<{ error_description: string }>()).error_description).toMatch(
      /needs more access.*disconnect, connect again, and tick/,
    );
  });

  test.each([
    ['the implicit grant', { redirect_uris: [redirectUri], grant_types: ['implicit'] }],
    ['the implicit response', { redirect_uris: [redirectUri], response_types: ['token'] }],
    ['a logo by javascript:', { redirect_uris: [redirectUri], logo_uri: 'javascript:alert(1)' }],
    ['no JSON', '{'],
    ['no object', '[]'],
  ])('refuses %s', async (_name, metadata) => {
    const answer = await register(metadata);
    expect(answer.status).toBe(400);
    expect((await answer.json<{ error: string }>()).error).toMatch(/^invalid_(client_metadata|request)$/);
  });

  test('leaves out the grant and response types that are not served here, as of a document (§2)', async () => {
    const offered = { grant_types: ['authorization_code', 'refresh_token', 'implicit', 'client_credentials'] };
    const answer = await register({ redirect_uris: [redirectUri], ...offered, response_types: ['code', 'id_token'] });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    });
  });

  test.each([
    ['/oauth/register', 'invalid_client_metadata'],
    ['/oauth/token', 'invalid_request'],
  ])('refuses a body at %s that is no UTF-8', async (path, error) => {
    const body = new Uint8Array([0x7b, 0x22, 0xfc, 0x22, 0x3a, 0x31, 0x7d]);
    const answer = await gateway(path, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error, error_description: 'The request is not UTF-8.' });
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
    const answer = await redeemAs(world, client, { client_id: '' }, basic(client.clientId, secret));
    expect(answer.status).toBe(200);
    expect((await callTool(answer.body.access_token, 'whoami')).status).toBe(200);
  });

  test('authenticates by post', async () => {
    const { client, secret } = await secretClient('client_secret_post');
    expect((await redeemAs(world, client, { client_secret: secret })).status).toBe(200);
  });

  test.each(['client_secret_basic', 'client_secret_post'])('%s: a wrong secret, or none', async (method) => {
    const { client, secret } = await secretClient(method);
    expectInvalidClient(await redeemAs(world, client, {}));
    expectInvalidClient(await redeemAs(world, client, { client_secret: `${secret}x` }));
    const wrong = await redeemAs(world, client, { client_id: '' }, basic(client.clientId, 'wrong'));
    expectInvalidClient(wrong);
    expect(wrong.headers.get('WWW-Authenticate')).toMatch(/^Basic/);
    expect(logs.text()).not.toContain(secret);
  });

  test('cannot refresh or revoke without it either', async () => {
    const { client, secret } = await secretClient('client_secret_basic');
    const { body } = await redeemAs(world, client, { client_id: '' }, basic(client.clientId, secret));
    expectInvalidClient(await client.refresh(body.refresh_token));
    expectInvalidClient(await client.revoke(body.refresh_token));
    expect((await callTool(body.access_token, 'whoami')).status).toBe(200);
  });

  test('may name itself in the body as well, as the Python SDK does, to redeem, refresh and revoke (§3.2.1)', async () => {
    const { client, secret } = await secretClient('client_secret_basic');
    const by = basic(client.clientId, secret);
    const { status, body } = await redeemAs(world, client, {}, by);
    expect(status).toBe(200);
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    const renewed = await client.token(refresh, by);
    expect(renewed.status).toBe(200);
    const next = { ...refresh, refresh_token: renewed.body.refresh_token };
    expectInvalidClient(await client.token(next, basic(client.clientId, 'wrong')));
    expect((await client.token({ token: renewed.body.refresh_token }, by)).status).toBe(200);
    expect((await callTool(renewed.body.access_token, 'whoami')).status).toBe(401);
  });

  test('must not name another client in the body, nor an assertion beside', async () => {
    const { client, secret } = await secretClient('client_secret_basic');
    const other = await OAuthClient.register();
    const by = basic(client.clientId, secret);
    const { body } = await redeemAs(world, client, {}, by);
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    const invalid = { status: 400, body: { error: 'invalid_request' } };
    for (const client_id of [other.clientId, 'https://app.example/client.json', `${client.clientId} `])
      expect(await client.token({ ...refresh, client_id }, by)).toMatchObject(invalid);
    expect(await client.token({ ...refresh, client_assertion: 'x.y.z' }, by)).toMatchObject(invalid);
    expect((await client.token(refresh, by)).status).toBe(200);
  });

  test('must not authenticate in two ways at once (RFC 6749 §2.3)', async () => {
    const { client, secret } = await secretClient('client_secret_basic');
    const answer = await redeemAs(world, client, { client_secret: secret }, basic(client.clientId, secret));
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
    const answer = await redeemAs(world, client, {});
    expect(answer.status).toBe(200);
    expect((await callTool(answer.body.access_token, 'whoami')).status).toBe(200);
    expect((await client.refresh(answer.body.refresh_token)).status).toBe(200);
  });

  test('one with a secret needs it, by either method', async () => {
    const client = new OAuthClient('backend');
    expect((await redeemAs(world, client, { client_id: '' }, basic('backend', secret))).status).toBe(200);
    expect((await redeemAs(world, client, { client_secret: secret })).status).toBe(200);
    expectInvalidClient(await redeemAs(world, client, {}));
    expectInvalidClient(await redeemAs(world, client, { client_secret: 'wrong-secret-wrong-secret' }));
    expectInvalidClient(
      await redeemAs(world, client, { client_id: '' }, basic('backend', 'wrong-secret-wrong-secret')),
    );
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
    ['a name in another language that no page shows', { 'client_name#de': 'x'.repeat(201) }],
    ['a logo at a very long address', { logo_uri: `https://app.example/${'x'.repeat(500)}` }],
    ['fifty kilobytes of contacts', { contacts: Array.from({ length: 1_000 }, (_, n) => `${n}@${'x'.repeat(40)}`) }],
    ['six kilobytes, in whatever member', { contacts: Array.from({ length: 12 }, () => 'x'.repeat(499)) }],
    ['a megabyte', { client_name: 'x'.repeat(1_000_000) }],
  ])('is not %s', async (_what, metadata) => {
    await expect(OAuthClient.register(metadata)).rejects.toThrow(/registration answered (400|413)/);
  });
});
