// Whose consent it is: what one person allowed in a browser counts for that person alone, a client gets more only after a
// page of its own, and nobody connects without having seen as whom, with a way to take another account.
import { beforeEach, describe, expect, test } from 'vitest';
import { lastSessionOf } from '../../../src/oauth/sign-in/browser';
import { shelfScopes } from '../../product/definition';
import { catchLogs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { Browser, OAuthClient, redirectUri, resource, scopesOf, sessionIdOf } from '../../support/oauth-client';
import { expectPage } from '../../support/pages';
import { anythingGranted } from '../../support/records';
import { attemptSignIn, openConsent } from '../../support/sign-in';
import { callAt, choose, tenantUrl } from '../../support/tenants';
import { testVars } from '../../support/vars';
import { World } from '../../support/world';

const ada = 'ada@acme.example';
const grace = 'grace@globex.example';
const loopback = 'http://127.0.0.1/callback';

let world: World;
let browser: Browser;
let client: OAuthClient;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  browser = new Browser();
  client = await OAuthClient.register({ redirect_uris: [redirectUri, loopback] });
});

const locationOf = (answer: Response): URL => new URL(answer.headers.get('Location') ?? 'none:');
const granted = async (location: URL, uri = redirectUri): Promise<string> =>
  (await client.redeem(location.searchParams.get('code') ?? '', { redirect_uri: uri })).body.scope;
/** The boxes that are ticked, and hidden fields. */
const tickedOn = (page: string): string[] =>
  [...page.matchAll(/<input[^>]*name="scope"[^>]*>/g)]
    .filter(([box]) => box.includes('hidden') || box.includes('checked'))
    .map(([box]) => /value="([^"]+)"/.exec(box)?.[1] ?? '');
/** What stands in the folded list of what was allowed before. */
const beforeOn = (page: string): string[] => scopesOf(page.split('Allowed before').slice(1).join(''));

/** Ada allows the client all of the scopes asked for, and is back at it. */
async function adaAllows(parameters: Record<string, string> = {}): Promise<URL> {
  const answer = await attemptSignIn(world, { client, browser, email: ada, parameters });
  expect(answer.status).toBe(302);
  return locationOf(answer);
}

/** Asks without a page, and signs in. @returns the answer of the callback */
async function unasked(email: string, parameters: Record<string, string> = {}): Promise<Response> {
  const first = await browser.open(await client.authorizationUrl(parameters));
  expect(locationOf(first).origin).toBe(testVars.IDP_ISSUER);
  return browser.open(world.idp.signIn(locationOf(first).href, email));
}

describe('remembered consent is of the person who signed in', () => {
  test('another person in the same browser is asked before a code is made, and gets what they tick', async () => {
    await adaAllows();
    const answer = await unasked(grace);
    expect(answer.status).toBe(200);
    const page = await answer.text();
    expect(page).toContain('You are signed in as');
    expect(page).toContain(grace);
    expect(beforeOn(page)).toEqual([]);
    const allowed = await browser.submit(page, 'approve', ['profile:read', 'items:read']);
    const { body } = await client.redeem(locationOf(allowed).searchParams.get('code') ?? '');
    expect(body.scope).toBe('profile:read items:read');
    expect((await callTool(body.access_token, 'whoami')).body.result.structuredContent.email).toBe(grace);
  });

  test('another person who says no is connected with nothing', async () => {
    const adasClient = client;
    await browser.open(await client.authorizationUrl());
    await adaAllows();
    client = adasClient;
    const page = await (await unasked(grace)).text();
    await expectPage(await browser.submit(page, 'deny'), 'consent_denied');
    expect(await (await unasked(grace)).text()).toContain('You are signed in as');
  });

  test('a browser that lost its memory in between is asked again', async () => {
    await adaAllows();
    const first = await browser.open(await client.authorizationUrl());
    for (const name of browser.cookies.keys()) if (name.includes('approvals')) browser.cookies.delete(name);
    const answer = await browser.open(world.idp.signIn(locationOf(first).href, ada));
    expect(await answer.text()).toContain('name="handle"');
  });

  test('any program may listen on a loopback port: the page comes each time', async () => {
    const uri = loopback;
    await adaAllows({ redirect_uri: uri, scope: 'items:read notes:write' });
    const page = await openConsent(
      browser,
      await client.authorizationUrl({ redirect_uri: uri, scope: 'items:read notes:write' }),
    );
    expect(beforeOn(page)).toEqual(['profile:read', 'items:read', 'notes:write']);
    expect(tickedOn(page)).toEqual(['profile:read', 'items:read', 'notes:write']);
  });

  test('a loopback port that changes is the same program', async () => {
    await adaAllows({ redirect_uri: 'http://127.0.0.1:1111/callback', scope: 'items:read' });
    const page = await openConsent(
      browser,
      await client.authorizationUrl({ redirect_uri: 'http://127.0.0.1:2222/callback', scope: 'items:read' }),
    );
    expect(beforeOn(page)).toEqual(['profile:read', 'items:read']);
  });

  test('a client that insists on the page gets it (prompt=consent)', async () => {
    expect.hasAssertions();
    await adaAllows({ scope: 'items:read' });
    await openConsent(browser, await client.authorizationUrl({ scope: 'items:read', prompt: 'consent' }));
  });
});

describe('more than was allowed before', () => {
  const held = 'profile:read items:read items:write';

  test('is a page that offers what is added, irreversible scopes unticked, and keeps the rest', async () => {
    await adaAllows({ scope: held });
    const url = await client.authorizationUrl({ scope: `${held} reports:read messages:send` });
    const page = await openConsent(browser, url);
    expect(beforeOn(page)).toEqual(['profile:read', 'items:read', 'items:write']);
    expect(scopesOf(page.split('Allowed before')[0] ?? '')).toEqual(['reports:read', 'messages:send']);
    expect(tickedOn(page)).toEqual(['reports:read', 'profile:read', 'items:read', 'items:write']);
    expect(page).toContain(ada);
    const answer = await browser.submit(page, 'approve', [...tickedOn(page), 'messages:send']);
    const back = await browser.open(world.idp.signIn(locationOf(answer).href, ada));
    expect(await granted(locationOf(back))).toBe('profile:read items:read items:write reports:read messages:send');
  });

  test('what one person allowed before is not taken over by another who signs in', async () => {
    await adaAllows({ scope: held });
    const page = await openConsent(browser, await client.authorizationUrl({ scope: `${held} reports:read` }));
    const answer = await browser.submit(page, 'approve');
    const asked = await browser.open(world.idp.signIn(locationOf(answer).href, grace));
    expect(asked.status).toBe(200);
    const again = await asked.text();
    expect(beforeOn(again)).toEqual([]);
    expect(tickedOn(again)).toEqual(['profile:read', 'items:read', 'reports:read']);
  });

  test('marks what cannot be undone on any page, and leaves it to be ticked', async () => {
    const page = await openConsent(browser, await client.authorizationUrl());
    const irreversible = Object.entries(shelfScopes).filter(([, scope]) => 'irreversible' in scope);
    expect(page.match(/Can’t be undone/g)).toHaveLength(irreversible.length);
    for (const [name] of irreversible) expect(tickedOn(page)).not.toContain(name);
    expect(tickedOn(page)).toHaveLength(Object.keys(shelfScopes).length - irreversible.length);
  });
});

describe('as whom', () => {
  test('a person who saw no page sees it before a code is made, and goes on', async () => {
    await adaAllows({ scope: 'items:read' });
    const answer = await unasked(ada, { scope: 'items:read' });
    expect(answer.status).toBe(200);
    const page = await answer.text();
    for (const text of [ada, 'Acme Industries', 'client.example', '“<bdi title="Test Client">Test Client</bdi>”'])
      expect(page).toContain(text);
    const back = locationOf(await choose(browser, page, { decision: 'connect' }));
    expect(await granted(back)).toBe('profile:read items:read');
  });

  test('or leaves: the client is told, and nothing is granted', async () => {
    await adaAllows();
    const page = await (await unasked(ada)).text();
    const back = locationOf(await choose(browser, page, { decision: 'deny' }));
    expect(back.searchParams.get('error')).toBe('access_denied');
    await expectPage(await choose(browser, page, { decision: 'connect' }), 'sign_in_expired');
  });

  test('or takes another account, of which nothing is remembered', async () => {
    await adaAllows();
    const page = await (await unasked(ada)).text();
    const toProvider = locationOf(await choose(browser, page, { decision: 'switch' }));
    expect(toProvider.searchParams.get('prompt')).toBe('select_account');
    const asked = await browser.open(world.idp.signIn(toProvider.href, grace));
    expect(await asked.text()).toContain('You are signed in as');
  });

  test('the page of somebody who has signed in leads to another account, too', async () => {
    await adaAllows();
    const page = await (await unasked(grace)).text();
    const handle = /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const answer = await browser.open('/authorize', {
      method: 'POST',
      body: new URLSearchParams({ handle, decision: 'switch', scope: 'items:write' }),
    });
    expect(locationOf(answer).searchParams.get('prompt')).toBe('select_account');
    const asked = await browser.open(world.idp.signIn(locationOf(answer).href, 'alan@acme.example'));
    expect(await asked.text()).toContain('You are signed in as');
  });

  test('is asked where another account was used in this browser, for whatever client', async () => {
    await adaAllows();
    client = await OAuthClient.register();
    const answer = await attemptSignIn(world, { client, browser, email: grace });
    const page = await answer.text();
    expect(page).toContain('Another account was used in this browser');
    expect(page).toContain(grace);
    expect(page).not.toContain(ada);
    const back = locationOf(await choose(browser, page, { decision: 'connect' }));
    expect(back.searchParams.has('code')).toBe(true);
    // From then on, hers is the account of this browser.
    client = await OAuthClient.register();
    expect((await attemptSignIn(world, { client, browser, email: grace })).status).toBe(302);
  });

  test('a tenant is not chosen on it that was not settled', async () => {
    expect.hasAssertions();
    await adaAllows();
    const page = await (await unasked(ada)).text();
    await expectPage(await choose(browser, page, { tenant: 'globex' }), 'request_invalid');
  });
});

describe('somebody who takes another account before they have allowed anything', () => {
  /** Ada has allowed the client. Grace sees the page, and goes for another account. */
  async function another(parameters: Record<string, string> = {}): Promise<URL> {
    await adaAllows({ scope: 'items:read' });
    const page = await (await unasked(grace, { scope: 'items:read', ...parameters })).text();
    return locationOf(await browser.submit(page, 'switch' as 'deny'));
  }

  test('and then cancels is sent to no address that registered itself', async () => {
    const state = (await another()).searchParams.get('state') ?? '';
    const query = new URLSearchParams({ error: 'access_denied', state, iss: world.idp.issuer });
    const answer = await browser.open(`/callback?${query.toString()}`);
    await expectPage(answer, 'sign_in_denied');
    for (const header of ['Location', 'Refresh']) expect(answer.headers.get(header)).toBeNull();
  });

  test('is asked on a page where the code would go to a program of this computer', async () => {
    await adaAllows({ redirect_uri: loopback, scope: 'items:read' });
    const asking = await openConsent(
      browser,
      await client.authorizationUrl({ redirect_uri: loopback, scope: 'items:read' }),
    );
    const first = await browser.submit(asking, 'approve');
    const shown = await (await browser.open(world.idp.signIn(locationOf(first).href, grace))).text();
    const again = locationOf(await browser.submit(shown, 'switch' as 'deny'));
    const back = await browser.open(world.idp.signIn(again.href, ada));
    expect(back.status).toBe(200);
    // Not only as whom she connects.
    expect(await back.text()).toContain('value="approve"');
  });
});

describe('another account under single sign-on', () => {
  test('a provider that refuses a prompt which it doesn’t list is asked for a login, once', async () => {
    const answer = await attemptSignIn(world, { client, browser, email: 'mallory@elsewhere.example' });
    const page = await expectPage(answer, 'unknown_user');
    const refused = (at: Response): Promise<Response> => {
      const state = locationOf(at).searchParams.get('state') ?? '';
      const query = new URLSearchParams({ error: 'invalid_request', state, iss: world.idp.issuer });
      return browser.open(`/callback?${query.toString()}`);
    };
    const first = await choose(browser, page, { decision: 'switch' });
    expect(locationOf(first).searchParams.get('prompt')).toBe('select_account');
    const second = await refused(first);
    expect(locationOf(second).searchParams.get('prompt')).toBe('login');
    await expectPage(await refused(second), 'sign_in_not_verified');
  });

  /** The provider's metadata is kept for minutes; each test goes further into the future than the one before. */
  let hours = 0;

  test.each([
    ['select_account', {}],
    ['select_account', { prompt_values_supported: ['none', 'select_account'] }],
    ['login', { prompt_values_supported: ['none', 'login', 'consent'] }],
  ])('somebody without an account is taken to the provider with prompt=%s', async (prompt, discovery) => {
    world.idp.lies = { discovery };
    world.advance(3_600_000 * ++hours);
    const answer = await attemptSignIn(world, { client, browser, email: 'mallory@elsewhere.example' });
    const page = await expectPage(answer, 'unknown_user');
    const again = await choose(browser, page, { decision: 'switch' });
    expect(locationOf(again).searchParams.get('prompt')).toBe(prompt);
    // Consent was given on the page, so it isn't asked for again.
    const back = await browser.open(world.idp.signIn(locationOf(again).href, ada));
    expect(locationOf(back).searchParams.has('code')).toBe(true);
    expect((await new Browser().open(`/authorize/tenant?state=x`, { method: 'POST' })).status).toBe(400);
  });

  test('the page of a refusal lets nobody in', async () => {
    const answer = await attemptSignIn(world, { client, browser, email: 'mallory@elsewhere.example' });
    const page = await expectPage(answer, 'unknown_user');
    await expectPage(await choose(browser, page, { decision: 'connect', tenant: 'acme' }), 'request_invalid');
    expect(await anythingGranted()).toBe(false);
  });
});

describe('what a browser remembers', () => {
  const config = { consentKey: testVars.CONSENT_KEY };
  const asBrowser = (): Request =>
    new Request('https://gateway.example/authorize', {
      headers: { Cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; ') },
    });

  test('is the session opened last for a client and resource', async () => {
    const code = (await adaAllows()).searchParams.get('code') ?? '';
    expect(lastSessionOf(asBrowser(), client.clientId, resource, config)).toBe(sessionIdOf(code));
    expect(lastSessionOf(asBrowser(), client.clientId, tenantUrl('acme'), config)).toBeUndefined();
    expect(lastSessionOf(asBrowser(), 'another', resource, config)).toBeUndefined();
  });

  test('counts for nothing once a character of it has changed', async () => {
    await adaAllows({ scope: 'items:read' });
    const [name = '', value = ''] = [...browser.cookies].find(([key]) => key === '__Host-oauth-browser') ?? [];
    expect(value.length).toBeLessThan(4_000);
    for (const at of [2, value.indexOf('.') + 2]) {
      browser.cookies.set(name, value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1));
      expect(lastSessionOf(asBrowser(), client.clientId, resource, config)).toBeUndefined();
      await openConsent(browser, await client.authorizationUrl({ scope: 'items:read' }));
    }
  });

  test('is what a tenant is called, which no other browser is told', async () => {
    client = await OAuthClient.register({}, tenantUrl('acme'));
    const stranger = await openConsent(browser, await client.authorizationUrl());
    expect(stranger).toContain('in the workspace <bdi>acme</bdi>');
    const { body } = await client.redeem((await adaAllows({ scope: 'items:read' })).searchParams.get('code') ?? '');
    expect((await callAt(tenantUrl('acme'), body.access_token)).status).toBe(200);
    const known = await openConsent(browser, await client.authorizationUrl());
    expect(known).toContain('in the workspace <bdi>Acme Industries</bdi>');
  });
});
