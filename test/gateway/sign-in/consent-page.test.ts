// What a person is shown before anything else happens, and what their answer does.
import { beforeEach, describe, expect, test } from 'vitest';
import { shelfIcon, shelfScopes } from '../../product/definition';
import { catchLogs, type Logs } from '../../support/logs';
import { Browser, gateway, OAuthClient, scopesOf } from '../../support/oauth-client';
import { expectPage, wayBack } from '../../support/pages';
import { anythingGranted, auditEvent, auditEvents } from '../../support/records';
import { attemptSignIn, openConsent } from '../../support/sign-in';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
let browser: Browser;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  browser = new Browser();
});

const handleOf = (page: string): string => /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? '';

/** Posts the consent form by hand. */
function post(owner: Browser, form: string[][], headers: Record<string, string> = {}): Promise<Response> {
  return owner.open('/authorize', {
    method: 'POST',
    body: new URLSearchParams(form).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
}

/** The scopes of the session that follows from an answer of the consent form. */
async function grantedAfter(client: OAuthClient, answer: Response, email = 'ada@acme.example'): Promise<string[]> {
  const back = await browser.open(world.idp.signIn(answer.headers.get('Location') ?? '', email));
  const code = new URL(back.headers.get('Location') ?? '').searchParams.get('code') ?? '';
  return (await client.redeem(code)).body.scope.split(' ');
}

describe('the page', () => {
  test('shows who asks, where access goes, who signs in, and each scope in words, before any redirect', async () => {
    const client = await OAuthClient.register({ client_name: 'Claude' });
    const page = await openConsent(browser, await client.authorizationUrl());
    for (const text of ['Claude', 'Name not verified', 'client.example', 'Example ID', 'idp.example'])
      expect(page).toContain(text);
    for (const { description } of Object.values(shelfScopes)) expect(page).toContain(description);
    expect(page).not.toContain('This computer');
    expect(world.sent).toEqual([]);
  });

  test.each(['claude.ai', '“claude.ai”', 'Verified address'])('quotes a name as a claim: %s', async (name) => {
    const client = await OAuthClient.register({ client_name: name });
    const page = await openConsent(browser, await client.authorizationUrl());
    expect(page).toContain(`It calls itself “<bdi title="${name}">${name}</bdi>”`);
    // The eye meets first where access goes.
    expect(/<h1>(.*?)<\/h1>/s.exec(page)?.[1]).toContain('Allow the app at <bdi>client.example</bdi>');
    expect(/<h1>(.*?)<\/h1>/s.exec(page)?.[1]).not.toContain(name);
  });

  test('fixes the baseline and ticks the rest', async () => {
    const client = await OAuthClient.register();
    const page = await openConsent(browser, await client.authorizationUrl({ scope: 'items:read notes:write' }));
    expect(scopesOf(page)).toEqual(['profile:read', 'items:read', 'notes:write']);
    expect(page).toMatch(/<input type="checkbox" checked(="")? disabled(="")?\s*\/>/);
    expect(page).toMatch(/<input type="hidden" name="scope" value="profile:read"\s*\/>/);
    expect(page).not.toMatch(/type="checkbox" name="scope" value="profile:read"/);
  });

  test('leaves unknown scopes out, also where there is no other; all are offered where none is asked for', async () => {
    const client = await OAuthClient.register();
    const some = await openConsent(browser, await client.authorizationUrl({ scope: 'items:read admin:all openid' }));
    expect(scopesOf(some)).toEqual(['profile:read', 'items:read']);
    expect(some).not.toContain('admin:all');
    const none = await openConsent(browser, await client.authorizationUrl({ scope: 'offline_access' }));
    expect(scopesOf(none)).toEqual(['profile:read']);
    const all = await openConsent(browser, await client.authorizationUrl());
    expect(scopesOf(all).sort()).toEqual(Object.keys(shelfScopes).sort());
  });

  test.each(['http://localhost/callback', 'http://127.0.0.1/callback', 'http://[::1]/callback'])(
    'warns where access goes to a program on this computer: %s',
    async (uri) => {
      const client = await OAuthClient.register({ redirect_uris: [uri] });
      const page = await openConsent(browser, await client.authorizationUrl({ redirect_uri: uri }));
      expect(page).toContain('Access goes to a program on this computer.');
    },
  );

  test('shows the registered host, not what a URL dresses it up as', async () => {
    const uri = 'https://evil.example/claude.ai/callback?at=claude.ai';
    const client = await OAuthClient.register({ client_name: 'Claude', redirect_uris: [uri] });
    const page = await openConsent(browser, await client.authorizationUrl({ redirect_uri: uri }));
    expect(page).toContain('<bdi class="host">evil.example</bdi');
  });

  test('cannot be framed, cached or scripted', async () => {
    const answer = await browser.open(await (await OAuthClient.register()).authorizationUrl());
    expect(answer.headers.get('X-Frame-Options')).toBe('DENY');
    const policy = answer.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(answer.headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(await answer.text()).not.toContain('<script');
  });
});

describe('a hostile client name', () => {
  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '</title><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '<input type="hidden" name="scope" value="items:write">',
    '&lt;b&gt;',
  ])('%s stays text', async (name) => {
    const client = await OAuthClient.register({ client_name: name });
    const page = await openConsent(browser, await client.authorizationUrl({ scope: 'items:read' }));
    // The one image is the product's own logo, to the byte.
    const withoutLogo = page.replace(`<img class="mark" src="${shelfIcon.src}" alt="" height="28"/>`, '');
    expect(withoutLogo).not.toMatch(/<script|<img|<b>|<input[^>]*items:write|[^=]' onmouseover='/);
    expect(scopesOf(page)).toEqual(['profile:read', 'items:read']);
  });

  test('neither turns the text around, nor hides, nor fills the page', async () => {
    const name = `Clau\u202Ede\u200B\u2066 ${'x'.repeat(180)}`;
    const client = await OAuthClient.register({ client_name: name });
    const page = await openConsent(browser, await client.authorizationUrl());
    expect(page).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/);
    expect(page).not.toMatch(/>[^<]*x{100}/);
  });
});

describe('Deny', () => {
  test('goes back to a program on this computer with access_denied, state and iss', async () => {
    const uri = 'http://127.0.0.1/callback';
    const client = await OAuthClient.register({ redirect_uris: [uri] });
    const page = await openConsent(browser, await client.authorizationUrl({ redirect_uri: uri }));
    const answer = await browser.submit(page, 'deny');
    expect(answer.status).toBe(302);
    const back = new URL(answer.headers.get('Location') ?? '');
    expect(back.origin + back.pathname).toBe(uri);
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'client-state',
      iss: 'https://gateway.example',
    });
    expect(world.sent).toEqual([]);
    expect(await anythingGranted()).toBe(false);
    expect(logs.of('sign_in.refused')).toMatchObject([{ reason: 'consent_denied', clientId: client.clientId }]);
  });

  test('writes nothing that stays, since anybody can say it all day long', async () => {
    const client = await OAuthClient.register();
    for (let n = 0; n < 3; n += 1)
      await browser.submit(await openConsent(browser, await client.authorizationUrl()), 'deny');
    // A row of somebody who was identified, which is written later than those would be.
    await attemptSignIn(world, { client, email: 'nobody@elsewhere.example' });
    await auditEvent({ reason: 'unknown_user' });
    expect(await auditEvents()).toHaveLength(1);
  });

  test('offers the way back to a page on the web that registered itself, and doesn’t take it (RFC 9700 §4.11.2)', async () => {
    const client = await OAuthClient.register();
    const answer = await browser.submit(await openConsent(browser, await client.authorizationUrl()), 'deny');
    const page = await expectPage(answer, 'consent_denied');
    for (const header of ['Location', 'Refresh']) expect(answer.headers.get(header)).toBeNull();
    expect(page).toContain('That leads to <b>client.example</b>');
    expect(wayBack(page).searchParams.get('error')).toBe('access_denied');
  });

  test.each([[[]], [[['decision', 'maybe']]], [[['decision', '']]]])(
    'is what anything but Allow means: %j',
    async (decision) => {
      expect.hasAssertions();
      const page = await openConsent(browser, await (await OAuthClient.register()).authorizationUrl());
      const answer = await post(browser, [['handle', handleOf(page)], ['scope', 'items:read'], ...decision]);
      await expectPage(answer, 'consent_denied');
    },
  );

  test('is not remembered: the page is shown again', async () => {
    const client = await OAuthClient.register();
    await browser.submit(await openConsent(browser, await client.authorizationUrl()), 'deny');
    expect(await openConsent(browser, await client.authorizationUrl())).toContain('Deny');
  });
});

describe('Allow', () => {
  test('grants the scopes left ticked', async () => {
    const client = await OAuthClient.register();
    const page = await openConsent(browser, await client.authorizationUrl({ scope: 'items:read items:write' }));
    const answer = await browser.submit(page, 'approve', ['profile:read', 'items:read']);
    expect(await grantedAfter(client, answer)).toEqual(['profile:read', 'items:read']);
  });

  test('grants the baseline even if the form leaves it out', async () => {
    const client = await OAuthClient.register();
    const page = await openConsent(browser, await client.authorizationUrl({ scope: 'items:read' }));
    expect(await grantedAfter(client, await browser.submit(page, 'approve', ['items:read']))).toEqual([
      'profile:read',
      'items:read',
    ]);
  });

  test('ignores scopes that do not exist', async () => {
    const client = await OAuthClient.register();
    const page = await openConsent(browser, await client.authorizationUrl({ scope: 'items:read' }));
    const answer = await browser.submit(page, 'approve', ['items:read', '*', 'items:*', 'admin:all', '"\n']);
    expect(await grantedAfter(client, answer)).toEqual(['profile:read', 'items:read']);
  });

  test('grants, and remembers, nothing that the client did not ask for', async () => {
    const client = await OAuthClient.register();
    const page = await openConsent(browser, await client.authorizationUrl({ scope: 'items:read' }));
    const forged = await browser.submit(page, 'approve', ['items:read', 'items:write', 'messages:send']);
    await expectPage(forged, 'consent_expired');
    expect(await anythingGranted()).toBe(false);
    expect(logs.of('consent.refused')).toHaveLength(1);
    // Nor does the next request for it pass unasked.
    await openConsent(browser, await client.authorizationUrl({ scope: 'items:read items:write' }));
  });
});

describe('a consent form is refused', () => {
  async function refused(answer: Response): Promise<void> {
    await expectPage(answer, 'consent_expired');
    expect(answer.headers.get('Location')).toBeNull();
    expect(world.sent).toEqual([]);
    expect(logs.of('consent.refused')).toHaveLength(1);
  }

  for (const decision of ['approve', 'deny'] as const) {
    test(`${decision} without the cookie of the browser that opened it (CSRF)`, async () => {
      const client = await OAuthClient.register();
      const page = await openConsent(browser, await client.authorizationUrl());
      await refused(await new Browser().submit(page, decision));
      // The one who opened it is not disturbed.
      expect((await browser.submit(page, 'approve')).headers.get('Location')).toContain('idp.example');
    });
  }

  test('with a handle that belongs to a page of another browser', async () => {
    expect.hasAssertions();
    const client = await OAuthClient.register();
    const theirs = await openConsent(new Browser(), await client.authorizationUrl());
    await openConsent(browser, await client.authorizationUrl());
    await refused(await browser.submit(theirs, 'approve'));
  });

  test.each([
    ['deny', 'approve'],
    ['approve', 'deny'],
  ] as const)('when %s was answered already, and %s comes now', async (first, second) => {
    expect.hasAssertions();
    const client = await OAuthClient.register();
    const page = await openConsent(browser, await client.authorizationUrl());
    await browser.submit(page, first);
    world.sent.length = 0;
    await refused(await browser.submit(page, second));
  });

  test('with an invented handle, or none', async () => {
    expect.hasAssertions();
    for (const handle of ['invented', '', 'x'.repeat(1_000)]) {
      const answer = await post(browser, [
        ['handle', handle],
        ['decision', 'approve'],
      ]);
      await expectPage(answer, 'consent_expired');
    }
  });

  test('with the state of a sign-in in place of a handle', async () => {
    expect.hasAssertions();
    const client = await OAuthClient.register();
    const page = await openConsent(browser, await client.authorizationUrl());
    const answer = await browser.submit(page, 'approve');
    const state = new URL(answer.headers.get('Location') ?? '').searchParams.get('state') ?? '';
    for (const [name, value] of browser.cookies) browser.cookies.set(name.replace('upstream', 'consent'), value);
    const again = await post(browser, [
      ['handle', state],
      ['decision', 'approve'],
    ]);
    await refused(again);
  });

  test('when it is much too large, without a word of ours about exceptions', async () => {
    const answer = await post(browser, [['handle', 'x'.repeat(50_000)]]);
    await expectPage(answer, 'request_invalid');
    expect(logs.of('request.failed')).toEqual([]);
  });
});

describe('the same form again, from the same browser', () => {
  const waysBack = async (answers: Response[]): Promise<string[]> =>
    Promise.all(answers.map(async (answer) => wayBack(await expectPage(answer, 'consent_denied')).href));

  test('Allow gets the same way to the provider, cookies included, one click after the other or at once', async () => {
    const client = await OAuthClient.register();
    const page = await openConsent(browser, await client.authorizationUrl());
    const atOnce = await Promise.all([1, 2, 3].map(() => browser.submit(page, 'approve')));
    const answers = [...atOnce, await browser.submit(page, 'approve')];
    expect(new Set(answers.map((answer) => answer.headers.get('Location'))).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.headers.getSetCookie().join('\n'))).size).toBe(1);
    expect(await grantedAfter(client, answers[3] as Response)).toEqual(Object.keys(shelfScopes));
    // It leads nowhere once the sign-in is finished.
    const late = await browser.submit(page, 'approve');
    expect((await browser.open(world.idp.signIn(late.headers.get('Location') ?? '', 'ada@acme.example'))).status).toBe(
      400,
    );
  });

  test('other boxes are another answer', async () => {
    expect.hasAssertions();
    const page = await openConsent(browser, await (await OAuthClient.register()).authorizationUrl());
    await browser.submit(page, 'approve', ['items:read']);
    await expectPage(await browser.submit(page, 'approve', ['items:read', 'notes:read']), 'consent_expired');
  });

  test('Deny gets the same page, and is on record once', async () => {
    const page = await openConsent(browser, await (await OAuthClient.register()).authorizationUrl());
    const answers = await Promise.all([1, 2].map(() => browser.submit(page, 'deny')));
    expect(new Set(await waysBack([...answers, await browser.submit(page, 'deny')])).size).toBe(1);
    expect(logs.of('sign_in.refused')).toMatchObject([{ reason: 'consent_denied' }]);
  });

  test('not from another browser, nor after ten minutes', async () => {
    expect.hasAssertions();
    const page = await openConsent(browser, await (await OAuthClient.register()).authorizationUrl());
    await browser.submit(page, 'approve');
    await expectPage(await new Browser().submit(page, 'approve'), 'consent_expired');
    world.advance(601_000);
    await expectPage(await browser.submit(page, 'approve'), 'consent_expired');
  });
});

test('two tabs are two transactions: each is answered for itself', async () => {
  const client = await OAuthClient.register();
  const first = await openConsent(browser, await client.authorizationUrl({ state: 'first', scope: 'items:read' }));
  const second = await openConsent(browser, await client.authorizationUrl({ state: 'second', scope: 'notes:read' }));
  const denied = await expectPage(await browser.submit(first, 'deny'), 'consent_denied');
  expect(wayBack(denied).searchParams.get('state')).toBe('first');
  expect(await grantedAfter(client, await browser.submit(second, 'approve'))).toEqual(['profile:read', 'notes:read']);
});

test('other methods on /authorize find nothing', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH']) expect((await gateway('/authorize', { method })).status).toBe(404);
});
