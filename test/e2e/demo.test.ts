// The demo's own promises: secrets are made once, the identity provider behaves like a real one, and what was started
// is gone after stop().
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScriptedBrowser, signIn } from '../../demo/browser.ts';
import { CookieJar } from '../../demo/cookies.ts';
import { ensureDevVars, generateDevVars, readDevVars } from '../../demo/dev-vars.ts';
import { exchangeLines } from '../../demo/exchange-text.ts';
import { formsOf, textOf } from '../../demo/html.ts';
import { type IdentityProvider, startIdentityProvider } from '../../demo/idp/index.ts';
import { connect } from '../../demo/oauth-client.ts';
import { columns, panel } from '../../demo/panel.ts';
import { inRepository } from '../../demo/paths.ts';
import { demoPeople } from '../../demo/people.ts';
import { freePorts, PortInUse, requireFree } from '../../demo/ports.ts';
import { type Neighbours, startNeighbours, startStack } from '../../demo/stack.ts';

describe('.dev.vars', () => {
  let directory: string;
  beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), 'dev-vars-'))));
  afterAll(() => rm(directory, { recursive: true }));

  test('is made once, for this user only, and reads back as it was meant', async () => {
    const file = join(directory, '.dev.vars');
    expect(await ensureDevVars(file)).toBe('created');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const first = await readDevVars(file);
    expect(Object.keys(first).sort()).toEqual(Object.keys(generateDevVars()).sort());
    expect(JSON.parse(first['CREDENTIAL_KEYS'] ?? '')).toMatchObject([{ id: 'k1', key: expect.any(String) }]);
    expect(await ensureDevVars(file)).toBe('kept');
    expect(await readDevVars(file)).toEqual(first);
  });

  test('of somebody else is left alone', async () => {
    const file = join(directory, 'theirs');
    await writeFile(file, 'PUBLIC_URL=https://mcp.example\n');
    expect(await ensureDevVars(file)).toBe('kept');
    expect(await readFile(file, 'utf8')).toBe('PUBLIC_URL=https://mcp.example\n');
  });
});

describe('the panel of npm start', () => {
  test('sets columns apart, however long a cell is', () => {
    const long = 'x'.repeat(80);
    expect(
      columns([
        ['a', 'b', 'c'],
        [long, 'bb', ''],
        ['aaa', long, 'ccc'],
      ]),
    ).toEqual([
      `a${' '.repeat(81)}b${' '.repeat(81)}c`,
      `${long}  bb${' '.repeat(80)}`,
      `aaa${' '.repeat(79)}${long}  ccc`,
    ]);
  });

  test('names everybody, each part a word of its own', () => {
    const shown = panel({ gatewayUrl: 'http://localhost:8787', ports: { gateway: 8787, crm: 8788, idp: 8789 } });
    for (const { name, email, shows } of demoPeople)
      expect(shown.split('\n').map((line) => line.trim().split(/ {2,}/))).toContainEqual([name, email, shows]);
  });
});

describe('the identity provider', () => {
  const redirectUri = 'http://localhost:1/callback';
  const clientSecret = randomBytes(24).toString('base64url');
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  let idp: IdentityProvider;
  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    idp = await startIdentityProvider({ port, clientSecret, redirectUris: [redirectUri] });
  });
  afterAll(() => idp.close());

  const request = (more: Record<string, string>): URL => {
    const url = new URL('/auth', idp.issuer);
    const fixed = {
      client_id: 'nexus-gateway',
      redirect_uri: redirectUri,
      response_type: 'code',
      state: 's',
      nonce: 'n',
    };
    url.search = new URLSearchParams({ ...fixed, scope: 'openid email profile', ...more }).toString();
    return url;
  };
  const withPkce = () => request({ code_challenge: challenge, code_challenge_method: 'S256' });

  async function claimsOf(browser: ScriptedBrowser, login: string): Promise<unknown> {
    const { url } = await signIn(browser, withPkce(), { login });
    const code = url.searchParams.get('code') ?? '';
    const response = await fetch(new URL('/token', idp.issuer), {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`nexus-gateway:${clientSecret}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      }),
    });
    const { id_token: idToken } = (await response.json()) as { id_token: string };
    return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
  }

  test('says who somebody is in the ID token, and forgets them for the next sign-in', async () => {
    const browser = new ScriptedBrowser(redirectUri);
    const ada = { email: 'ada@acme.example', email_verified: true, name: 'Ada Lovelace', hd: 'acme.example' };
    expect(await claimsOf(browser, 'ada@acme.example')).toMatchObject({ ...ada, iss: idp.issuer, nonce: 'n' });
    expect(await claimsOf(browser, 'grace@globex.example')).toMatchObject({ email: 'grace@globex.example' });
  });

  test('insists on PKCE', async () => {
    const { url } = await signIn(new ScriptedBrowser(redirectUri), request({}), { login: 'ada@acme.example' });
    expect(url.searchParams.get('error')).toBe('invalid_request');
  });

  test('sends back who cancels', async () => {
    const { url } = await signIn(new ScriptedBrowser(redirectUri), withPkce(), { login: 'cancel' });
    expect(url.searchParams.get('error')).toBe('access_denied');
  });

  test('sends codes to no other address, and shows no page to a browser that began nothing', async () => {
    const browser = new ScriptedBrowser(redirectUri);
    const stray = request({
      redirect_uri: 'http://evil.example/',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    expect((await browser.visit(stray)).status).toBe(400);
    expect((await browser.visit(new URL('/interaction/invented', idp.issuer))).status).toBe(400);
  });
});

describe('the stack', () => {
  test('says which port is taken, before anything starts', async () => {
    const [gateway = 0, crm = 0, idp = 0] = await freePorts(3);
    const squatter = createServer().listen(crm, '127.0.0.1');
    await expect(startStack({ ports: { gateway, crm, idp } })).rejects.toThrow(new PortInUse(crm));
    squatter.close();
  });

  test('leaves nothing listening and no secrets behind', async () => {
    const neighbours = await startNeighbours();
    expect((await fetch(`${neighbours.crmUrl}/healthz`)).status).toBe(200);
    expect((await fetch(`${neighbours.issuer}/.well-known/openid-configuration`)).status).toBe(200);
    await neighbours.stop();
    await requireFree(neighbours.ports.crm);
    await requireFree(neighbours.ports.idp);
    await expect(stat(neighbours.persistDir)).rejects.toThrow('ENOENT');
  });
});

/** Runs demo/client.ts to its end, with no gateway on the default URL. */
async function runDemo(...options: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [unused = 0] = await freePorts(1);
  const env = { ...process.env, PORT: String(unused), NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, [inRepository('demo/client.ts'), ...options], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });
}

/** What tokens, codes, states and verifiers look like. */
const secretLike = /[\w-]{36,}/;

describe('npm run demo', () => {
  test('without a gateway starts one, goes the whole way, says what it sent, and shows no secret', async () => {
    const { code, stdout, stderr } = await runDemo();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // In this order, each with the exchange that proves it.
    const story = [
      'so this starts one with fresh data',
      [
        'discovery',
        'POST http',
        '/mcp server/discover',
        '→ 401 WWW-Authenticate',
        '/.well-known/oauth-protected-resource/mcp',
      ],
      ['registration', '/oauth/register client_name="Nexus demo client"', '→ 201 client_id='],
      [
        'consent to reading only',
        'code_challenge_method=S256',
        'scope="profile:read leads:read customers:read',
        'decision=approve',
      ],
      ['sign-in as ada@acme.example', 'login=ada@acme.example', 'Location: http://127.0.0.1:33418/callback', 'code=…('],
      [
        'code exchanged',
        '/oauth/token grant_type=authorization_code',
        'code_verifier=…(43 characters)',
        'access_token=…(',
      ],
      ['connected, protocol', 'Authorization: Bearer …('],
      ['tools/list  →', 'search_leads {'],
      ['request_access {"scopes":["leads:write"]}'],
      ['refused: HTTP 403, insufficient_scope', '→ 403 WWW-Authenticate', 'error="insufficient_scope"', 'leads:write'],
      ['step-up', '/authorize response_type=code', 'leads:write', 'grant_type=authorization_code', 'leads:write'],
      ['tools/list  →', '✓', 'update_lead_stage {', '→ 200'],
      ['token refresh', '→ 401', 'grant_type=refresh_token refresh_token=…(', '→ 200'],
      [
        'sign-out',
        'token_type_hint=refresh_token',
        '→ 200',
        'refused: HTTP 401, invalid_token',
        'refused: invalid_grant',
      ],
      ['Grace Hopper', 'get_lead {', 'refused'],
      ['Katherine Johnson', 'choice of globex', 'in Globex Corporation', 'in Acme Industries'],
      ['Mallory Stranger', 'turned away', 'You don’t have an account here', 'Everything worked as it should.'],
    ].flat();
    let from = 0;
    for (const words of story) {
      const at = stdout.indexOf(words, from);
      expect(at, `“${words}” in its place`).toBeGreaterThanOrEqual(from);
      from = at + words.length;
    }
    expect(stdout).not.toMatch(secretLike);
  });

  test('with a URL where nothing answers fails, and starts nothing', async () => {
    const [unused = 0] = await freePorts(1);
    const { code, stdout, stderr } = await runDemo('--url', `http://localhost:${unused}/mcp`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('There is no gateway at');
    expect((await runDemo('--token')).code).toBe(1);
    expect((await runDemo('--nonsense')).code).toBe(1);
  });
});

describe('a gateway behind a tunnel', () => {
  const publicUrl = 'https://nexus-demo.example';
  let stack: Neighbours;
  beforeAll(async () => {
    stack = await startStack({ vars: { ...generateDevVars(), PUBLIC_URL: publicUrl } });
  });
  afterAll(() => stack?.stop());

  /** What a tunnel does: ends TLS, and passes the request on in clear with the Host that it came with. */
  const tunnel = (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input);
    if (url.origin !== publicUrl) return fetch(url, init);
    const body = typeof init.body === 'string' || init.body instanceof URLSearchParams ? init.body.toString() : '';
    const headers = { ...Object.fromEntries(new Request(url, init).headers), host: url.host };
    const options = { method: init.method ?? 'GET', headers: { ...headers, 'content-length': body.length } };
    return new Promise((resolve, reject) => {
      request(`http://localhost:${stack.ports.gateway}${url.pathname}${url.search}`, options, (incoming) => {
        const pairs = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        incoming
          .setEncoding('utf8')
          .reduce((text: string, chunk: string) => text + chunk, '')
          .then(
            (text) => resolve(new Response(text || null, { status: incoming.statusCode ?? 0, headers: pairs })),
            reject,
          );
      })
        .once('error', reject)
        .end(body);
    });
  };

  test('has its public address wherever it names itself, and people can sign in', async () => {
    const refusal = await tunnel(`${publicUrl}/mcp`, { method: 'POST' });
    const metadata = `${publicUrl}/.well-known/oauth-protected-resource/mcp`;
    expect(refusal.headers.get('WWW-Authenticate')).toContain(`resource_metadata="${metadata}"`);
    expect(await (await tunnel(metadata)).json()).toMatchObject({ resource: `${publicUrl}/mcp` });
    const ada = await connect({ url: `${publicUrl}/mcp`, login: 'ada@acme.example', fetch: tunnel });
    expect((await ada.client.listTools()).tools.length).toBeGreaterThan(0);
    await ada.close();
  });

  test('still answers to no other name', async () => {
    expect((await fetch(`http://localhost:${stack.ports.gateway}/mcp`, { method: 'POST' })).status).toBe(421);
  });
});

describe('what is printed of an exchange', () => {
  test('is public: every value that is not known to be harmless is masked', () => {
    const secret = 'S3cret-S3cret-S3cret-S3cret-S3cret-S3cret';
    const lines = exchangeLines(
      [
        {
          method: 'POST',
          url: new URL(`http://localhost:1/interaction/${secret}?code=${secret}&never_heard_of=${secret}&scope=a`),
          headers: new Headers({ Authorization: `Bearer ${secret}`, Cookie: `session=${secret}` }),
          body: `client_secret=${secret}&code_verifier=${secret}&grant_type=refresh_token&refresh_token=${secret}`,
          status: 302,
          answer: {
            headers: new Headers([
              ['Location', `/auth/${secret}?state=${secret}`],
              ['Set-Cookie', `session=${secret}; Path=/`],
            ]),
            body: JSON.stringify({ access_token: secret, id_token: secret, expires_in: 60 }),
          },
        },
      ],
      '',
    );
    const printed = lines.join('\n');
    expect(printed).not.toContain('S3cret');
    for (const words of ['code=…(41 characters)', 'scope=a', 'Authorization: Bearer …(', 'grant_type=refresh_token'])
      expect(printed).toContain(words);
    for (const words of ['1 cookie', '→ 302', 'Set-Cookie: session=…', 'access_token=…(', 'expires_in=60'])
      expect(printed).toContain(words);
  });
});

describe('the scripted browser', () => {
  test('sends what a browser would send of a form', () => {
    const [form] = formsOf(`<form method="post" action='/a?b=1&amp;c=2'>
      <input type="hidden" name="h" value="&quot;x&quot;"><input type=checkbox name=scope value=one checked>
      <input type="checkbox" name="scope" value="two"><input name="off" disabled><button name="go" value="yes">Go</button></form>`);
    expect(form).toEqual({
      action: '/a?b=1&c=2',
      method: 'POST',
      fields: [
        ['h', '"x"'],
        ['scope', 'one'],
      ],
      boxes: [
        ['scope', 'one'],
        ['scope', 'two'],
      ],
      buttons: [{ name: 'go', value: 'yes' }],
    });
    expect(textOf('<style>p{}</style><p>A &amp; <b>B</b></p>')).toBe('A & B');
  });

  test('keeps cookies by path, and drops those that are over', () => {
    const jar = new CookieJar();
    const url = new URL('http://localhost:1/a/b');
    const set = (...cookies: string[]): void =>
      jar.store(
        url,
        new Response(null, { headers: cookies.map((cookie) => ['Set-Cookie', cookie] as [string, string]) }),
      );
    set('__Host-x=1; Path=/; Secure; HttpOnly', 'deep=2; Path=/a/b', 'elsewhere=3; Path=/c');
    expect(jar.header(url)).toBe('deep=2; __Host-x=1');
    expect(jar.header(new URL('http://localhost:2/ab'))).toBe('__Host-x=1');
    set('__Host-x=; Path=/; Max-Age=0', 'deep=; Path=/a/b; Expires=Thu, 01 Jan 1970 00:00:00 GMT');
    expect(jar.header(url)).toBe('');
  });
});
