// A sign-in ends once, in the browser where it began: what state and cookie stop (CSRF, replay, session fixation).
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { Browser, OAuthClient } from '../../support/oauth-client';
import { expectPage } from '../../support/pages';
import { anythingGranted } from '../../support/records';
import { allow } from '../../support/sign-in';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
let browser: Browser;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  browser = new Browser();
});

/** The callback URL at which the provider would send a browser that was allowed and signed in. */
async function callbackOf(owner: Browser = browser, client?: OAuthClient): Promise<string> {
  const atProvider = (await allow({ browser: owner, ...(client && { client }) })).headers.get('Location') ?? '';
  return world.idp.signIn(atProvider, 'ada@acme.example');
}

const failures = (): unknown[] => logs.of('sign_in.failed').map(({ failure }) => failure);

describe('what is sent to the provider', () => {
  test('has PKCE, a nonce and a state, each new each time', async () => {
    const seen = new Set<string>();
    for (let times = 0; times < 3; times++) {
      const asked = new URL((await allow()).headers.get('Location') ?? '').searchParams;
      expect(Object.fromEntries(asked)).toMatchObject({
        response_type: 'code',
        client_id: 'shelf-gateway',
        redirect_uri: 'https://gateway.example/callback',
        scope: 'openid email profile',
        code_challenge_method: 'S256',
      });
      for (const name of ['code_challenge', 'nonce', 'state']) {
        expect((asked.get(name) ?? '').length).toBeGreaterThanOrEqual(43);
        seen.add(asked.get(name) ?? '');
      }
    }
    expect(seen.size).toBe(9);
  });

  test('says nothing about the client or its request', async () => {
    const client = await OAuthClient.register();
    const location = (await allow({ client })).headers.get('Location') ?? '';
    for (const secret of ['client-state', client.clientId, 'client.example']) expect(location).not.toContain(secret);
  });

  test('binds the browser by a cookie that scripts and other hosts cannot use', async () => {
    const cookies = (await allow()).headers.getSetCookie();
    expect(cookies).toHaveLength(1);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-/);
      for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(attribute);
    }
  });
});

describe('a callback is refused', () => {
  test('in a browser without the cookie', async () => {
    const callback = await callbackOf();
    await expectPage(await new Browser().open(callback), 'sign_in_other_browser');
    expect(failures()).toEqual(['sign_in_other_browser']);
    expect(await anythingGranted()).toBe(false);
    expect(world.sent).not.toContain('POST idp.example/token');
    // And it still works where it belongs.
    expect((await browser.open(callback)).headers.get('Location')).toContain('code=');
  });

  test('in the browser of a victim who has a sign-in of their own under way (login CSRF)', async () => {
    const attackers = await callbackOf(new Browser());
    const victims = await callbackOf();
    const answer = await browser.open(attackers);
    expect(answer.status).toBe(400);
    expect(await anythingGranted()).toBe(false);
    expect((await browser.open(victims)).headers.get('Location')).toContain('code=');
  });

  test('with the cookie of another sign-in renamed to fit', async () => {
    const attackers = new Browser();
    const callback = await callbackOf(attackers);
    await callbackOf();
    const own = [...browser.cookies].find(([name]) => name.includes('upstream'));
    for (const name of attackers.cookies.keys())
      if (name.includes('upstream')) browser.cookies.set(name, own?.[1] ?? '');
    expect((await browser.open(callback)).status).toBe(400);
    expect(await anythingGranted()).toBe(false);
  });

  test('a second time', async () => {
    const callback = await callbackOf();
    const cookies = new Map(browser.cookies);
    expect((await browser.open(callback)).status).toBe(302);
    for (const [name, value] of cookies) browser.cookies.set(name, value); // a browser that keeps what it should forget
    await expectPage(await browser.open(callback), 'sign_in_expired');
    expect(failures()).toEqual(['sign_in_expired']);
  });

  test('a second time even if the first failed', async () => {
    const callback = await callbackOf();
    const cookies = new Map(browser.cookies);
    world.idp.lies = { badSignature: true };
    await expectPage(await browser.open(callback), 'sign_in_not_verified');
    world.idp.lies = {};
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    await expectPage(await browser.open(callback), 'sign_in_expired');
    expect(await anythingGranted()).toBe(false);
  });

  test('after it has expired', async () => {
    const callback = await callbackOf();
    world.advance(600_000);
    await expectPage(await browser.open(callback), 'sign_in_expired');
    expect(failures()).toEqual(['sign_in_expired']);
    expect(await anythingGranted()).toBe(false);
  });

  test.each(['', '?code=x', '?code=x&state=', '?code=x&state=invented', `?code=x&state=${'s'.repeat(5_000)}`])(
    'when nobody began it: %j',
    async (query) => {
      expect((await browser.open(`/callback${query}`)).status).toBe(400);
      expect(await anythingGranted()).toBe(false);
      expect(world.sent).toEqual([]);
    },
  );

  test('with the handle of a consent in place of a state', async () => {
    const client = await OAuthClient.register();
    const page = await (await browser.open(await client.authorizationUrl())).text();
    const handle = /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? '';
    for (const [name, value] of browser.cookies) browser.cookies.set(name.replace('consent', 'upstream'), value);
    expect((await browser.open(`/callback?code=x&state=${handle}`)).status).toBe(400);
    expect(await anythingGranted()).toBe(false);
  });

  test('without code or error', async () => {
    expect.hasAssertions();
    const callback = new URL(await callbackOf());
    callback.searchParams.delete('code');
    await expectPage(await browser.open(callback.href), 'sign_in_not_verified');
  });
});

describe('sign-ins at the same time', () => {
  test('in two tabs of one browser, finished in either order', async () => {
    const client = await OAuthClient.register();
    const tabs = ['one', 'two'].map(async (state) => client.authorizationUrl({ state }));
    const pages = [];
    for (const tab of tabs) pages.push(await (await browser.open(await tab)).text());
    const callbacks = [];
    for (const page of pages) {
      const answer = await browser.submit(page, 'approve');
      callbacks.push(world.idp.signIn(answer.headers.get('Location') ?? '', 'ada@acme.example'));
    }
    for (const [index, callback] of [...callbacks.entries()].toReversed()) {
      const back = new URL((await browser.open(callback)).headers.get('Location') ?? '');
      expect(back.searchParams.get('state')).toBe(['one', 'two'][index]);
      expect((await client.redeem(back.searchParams.get('code') ?? '')).status).toBe(200);
    }
  });

  test('of two people, each with their own client, never cross', async () => {
    const people = ['ada@acme.example', 'grace@globex.example', 'alan@acme.example'];
    await Promise.all(
      people.map(async (email) => {
        const { tokens } = await world.signIn(email);
        const me = await callTool(tokens.access_token, 'whoami');
        expect(me.body.result.structuredContent.email).toBe(email);
      }),
    );
  });
});
