// The demo's own promises: secrets are made once, the identity provider behaves like a real one, and what was started
// is gone after stop().
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScriptedBrowser, signIn } from '../../demo/browser.ts';
import { CookieJar } from '../../demo/cookies.ts';
import { ensureDevVars, generateDevVars, readDevVars } from '../../demo/dev-vars.ts';
import { formsOf, textOf } from '../../demo/html.ts';
import { type IdentityProvider, startIdentityProvider } from '../../demo/idp/index.ts';
import { freePorts, PortInUse, requireFree } from '../../demo/ports.ts';
import { startNeighbours, startStack } from '../../demo/stack.ts';

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
