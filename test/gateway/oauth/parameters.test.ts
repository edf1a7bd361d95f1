// What a request to the authorization server may look like: each parameter once, in UTF-8, an empty one as if it weren't
// there; and that asking for headers alone changes nothing.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callTool } from '../../support/mcp-client';
import { objectsIn } from '../../support/objects';
import { Browser, gateway, gatewayUrl, OAuthClient, redirectUri } from '../../support/oauth-client';
import { recordsStored } from '../../support/oauth-records';
import { wayBack } from '../../support/pages';
import { World } from '../../support/world';

let world: World;
let client: OAuthClient;
beforeAll(async () => {
  world = await World.begin();
  client = await OAuthClient.register();
});
beforeEach(() => {
  world.sent.length = 0;
});

const open = (url: string): Promise<Response> => gateway(url, { headers: { Accept: 'text/html' } });

/** Where an error is told to the client: at once, or by the button of a page. */
async function toldTo(answer: Response): Promise<URLSearchParams | undefined> {
  const page = (await answer.text()).replaceAll('&amp;', '&');
  const href = answer.headers.get('Location') ?? /href="([^"]*[?&]error=[^"]*)"/.exec(page)?.[1];
  if (href === undefined) return undefined;
  expect(href.startsWith(`${redirectUri}?`)).toBe(true);
  expect(href).not.toContain('+');
  return new URL(href).searchParams;
}

async function asked(query: string, parameters: Record<string, string | undefined> = {}): Promise<string> {
  return `${await client.authorizationUrl(parameters)}&${query}`;
}

describe('/authorize', () => {
  test.each([
    'scope=items:read&scope=items:write',
    'state=other',
    'code_challenge=x',
    'response_type=token',
    'x=1&x=1',
  ])('refuses what stands there twice: %s', async (query) => {
    const told = await toldTo(await open(await asked(query)));
    expect(Object.fromEntries(told ?? [])).toEqual({
      error: 'invalid_request',
      error_description: 'A parameter is given more than once',
      iss: gatewayUrl,
      ...(query.startsWith('state') ? {} : { state: 'client-state' }),
    });
    expect(world.sent).toEqual([]);
  });

  test.each([
    ['redirect_uri', 'redirect_uri=https%3A%2F%2Fevil.example%2F'],
    ['the same redirect_uri', `redirect_uri=${encodeURIComponent(redirectUri)}`],
    ['client_id', 'client_id=another'],
    ['client_id, and another', 'client_id=another&scope=a&scope=b'],
    ['bytes that are not UTF-8', 'x=M%FCller'],
  ])('sends nobody anywhere for a repeated %s', async (_what, query) => {
    const answer = await open(await asked(query));
    expect(answer.status).toBe(400);
    expect(await toldTo(answer)).toBeUndefined();
  });

  test('sends nobody anywhere where the one redirect_uri is not the client’s', async () => {
    const answer = await open(await asked('x=1&x=2', { redirect_uri: 'https://evil.example/' }));
    expect(answer.status).toBe(400);
    expect(await toldTo(answer)).toBeUndefined();
  });

  test('takes an empty parameter for none', async () => {
    const told = await toldTo(await open(await client.authorizationUrl({ code_challenge: '', state: '' })));
    expect(told?.get('error')).toBe('invalid_request');
    expect(told?.has('state')).toBe(false);
    const page = await open(await asked('scope=&resource=&client_id=&redirect_uri='));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('name="handle"');
  });
});

describe('the token endpoint', () => {
  const post = (body: string | Uint8Array): Promise<Response> =>
    gateway('/oauth/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    });
  const form = (parameters: Record<string, string>): string =>
    new URLSearchParams({ client_id: client.clientId, ...parameters }).toString();
  const refused = async (answer: Response): Promise<void> => {
    expect(answer.status).toBe(400);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
  };

  test('refuses what stands there twice or doesn’t decode, and the code stays good; what is empty is not there', async () => {
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code') ?? '';
    const good = form({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: client.verifier,
      resource: client.resource,
    });
    const twice = ['grant_type=refresh_token', `code=${code}`, 'client_id=x', 'code_verifier=x', 'x=1&x=2'];
    for (const again of twice) {
      await refused(await post(`${good}&${again}`));
      await refused(await post(`${again}&${good}`));
    }
    await refused(await post(`${good}&x=M%FCller`));
    await refused(await post(new Uint8Array([...new TextEncoder().encode(`${good}&x=M`), 0xfc])));
    expect(world.sent.filter((line) => line.endsWith('/auth/verify'))).toEqual([]);

    const answer = await post(`${good}&client_assertion=&client_assertion_type=&client_secret=&code=&x=%EF%BF%BD`);
    expect(answer.status).toBe(200);
    const tokens = await answer.json<{ access_token: string; refresh_token: string }>();

    // The same address revokes (RFC 7009).
    const revoke = form({ token: tokens.access_token });
    await refused(await post(`${revoke}&token=${tokens.refresh_token}`));
    await refused(await post(`${revoke}&x=%C3`));
    expect((await callTool(tokens.access_token, 'whoami')).status).toBe(200);
    expect((await post(`${revoke}&token_type_hint=`)).status).toBe(200);
    expect((await callTool(tokens.access_token, 'whoami')).status).toBe(401);
  });
});

test('a registration that isn’t UTF-8 is refused, and nothing is stored', async () => {
  const [before, after] = JSON.stringify({ client_name: 'M|ller', redirect_uris: [redirectUri] }).split('|');
  const encoder = new TextEncoder();
  const body = new Uint8Array([...encoder.encode(before), 0xfc, ...encoder.encode(after)]);
  const stored = (await recordsStored()).length;
  const headers = { 'Content-Type': 'application/json' };
  const answer = await gateway('/oauth/register', { method: 'POST', headers, body });
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_client_metadata' }]);
  expect((await recordsStored()).length).toBe(stored);
});

test('a form of a page that isn’t UTF-8 is refused, and its question stays open', async () => {
  const browser = new Browser();
  const page = await (await browser.open(await client.authorizationUrl())).text();
  const handle = /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const send = (body: string): Promise<Response> =>
    browser.open('/authorize', {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
  const answer = await send(`handle=${handle}&decision=deny&x=%FF`);
  expect([answer.status, answer.headers.get('Location')]).toEqual([400, null]);
  expect((await browser.submit(page, 'approve')).headers.get('Location')).toContain('https://idp.example/');
});

test('every redirect writes a blank as %20, which all clients decode', async () => {
  const browser = new Browser();
  const url = await client.authorizationUrl({ state: 'a b+c' });
  const denied = await browser.submit(await (await browser.open(url)).text(), 'deny');
  const location = wayBack(await denied.text()).href;
  expect(location).toMatch(/[?&]error_description=The%20user%20/);
  expect(location).toContain('state=a%20b%2Bc');
  expect(location).not.toContain('+');
  const allowed = await browser.submit(await (await browser.open(url)).text(), 'approve');
  expect(allowed.headers.get('Location')).toContain('scope=openid%20email');
  const back = await browser.open(world.idp.signIn(allowed.headers.get('Location') ?? '', 'ada@acme.example'));
  expect(back.headers.get('Location')).toContain('state=a%20b%2Bc');
});

describe('HEAD', () => {
  const stored = async (): Promise<unknown> => [await recordsStored(), (await objectsIn(env.SESSIONS)).length];

  test('spends no state and opens no session at /callback', async () => {
    const browser = new Browser();
    const asking = await browser.submit(await (await browser.open(await client.authorizationUrl())).text(), 'approve');
    const callback = world.idp.signIn(asking.headers.get('Location') ?? '', 'ada@acme.example');
    world.sent.length = 0;
    const before = await stored();
    for (let times = 0; times < 2; times += 1) {
      const { status, headers } = await browser.open(callback, { method: 'HEAD' });
      expect([status, headers.get('Location'), headers.get('Set-Cookie')]).toEqual([200, null, null]);
    }
    expect(await stored()).toEqual(before);
    expect(world.sent).toEqual([]);
    const finished = await browser.open(callback);
    expect(new URL(finished.headers.get('Location') ?? '').searchParams.get('code')).toBeTruthy();
  });

  test('changes nothing on any route', async () => {
    const { tokens } = await world.signIn('ada@acme.example');
    world.sent.length = 0;
    const before = await stored();
    const paths = [
      '/',
      '/t/acme',
      '/healthz',
      '/landing.js',
      '/authorize/tenant',
      '/callback',
      '/oauth/token',
      '/oauth/register',
    ];
    const served = ['/mcp', '/t/acme/mcp', '/.well-known/oauth-authorization-server', await client.authorizationUrl()];
    for (const path of [...paths, '/.well-known/oauth-protected-resource/mcp', ...served]) {
      const headers = { Authorization: `Bearer ${tokens.access_token}` };
      const answer = await gateway(path, { method: 'HEAD', headers });
      expect(answer.status, path).toBeLessThan(500);
      expect(await answer.text(), path).toBe('');
      expect(answer.headers.get('Set-Cookie'), path).toBeNull();
    }
    expect(await stored()).toEqual(before);
    expect(world.sent).toEqual([]);
  });
});

test('the same host at another port is another host, on every route and for every client', async () => {
  const document = 'https://client.example/oauth/client.json';
  const ofDocument = new OAuthClient(document);
  const paths = ['/', '/callback?state=x', '/mcp', '/oauth/token', '/.well-known/oauth-authorization-server'];
  const authorize = [await client.authorizationUrl(), await ofDocument.authorizationUrl()];
  for (const path of [...paths, ...authorize.map((url) => url.slice(gatewayUrl.length))]) {
    const answer = await gateway(`${gatewayUrl}:8443${path}`, { headers: { Accept: 'text/html' } });
    expect(answer.status, path).toBe(421);
  }
  expect(world.sent).toEqual([]);
});
