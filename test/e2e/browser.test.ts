// What a person goes through, in a real browser against the running stack: from an app's first 401 over consent and
// the certified provider's login to a tool's result, and each way in which it can end early.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { startStack, type Neighbours } from '../../demo/stack.ts';
import { messageOf, type PageMessageCode } from '../../src/edge/pages/messages';
import { nexusScopes } from '../../src/nexus/scopes';
import { chromiumPath, launch } from '../browser/harness.ts';
import { LoopbackApp } from './loopback-app.ts';
import { WatchedBrowser } from './watched-browser.ts';

if (chromiumPath === undefined) {
  console.warn('Browser tests skipped: no Chromium. Set CHROMIUM_PATH, or: apt-get install chromium');
}

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  let stack: Neighbours;
  let chromium: Browser;
  let app: LoopbackApp;
  let person: WatchedBrowser;

  beforeAll(async () => {
    [stack, chromium] = await Promise.all([startStack(), launch(chromiumPath ?? '')]);
  });
  afterAll(async () => {
    await chromium?.close();
    await stack?.stop();
  });
  beforeEach(async () => {
    app = await LoopbackApp.start('Desk Lamp', `${stack.gatewayUrl}/mcp`);
    person = await WatchedBrowser.open(chromium, stack.gatewayUrl);
  });
  afterEach(async () => {
    await person?.[Symbol.asyncDispose]();
    await app?.[Symbol.asyncDispose]();
  });

  const allow = (): Promise<void> => person.page.getByRole('button', { name: 'Allow' }).click();
  /** Also what can't be undone. A box that is ticked is no longer among those that are not. */
  async function tickAll(): Promise<void> {
    const unticked = person.page.getByRole('checkbox', { checked: false });
    while ((await unticked.count()) > 0) await unticked.first().check();
  }
  async function allowAll(): Promise<void> {
    await person.page.locator('summary').first().click();
    await tickAll();
    await allow();
  }
  const chooseAda = (): Promise<void> => person.page.getByRole('button', { name: 'Ada Lovelace' }).click();
  const backAtApp = (): Promise<void> => person.page.waitForURL((url) => url.href.startsWith(app.redirectUri));

  async function expectErrorPage(code: PageMessageCode): Promise<void> {
    const { title, message, whatToDo } = messageOf(code);
    expect(await person.heading()).toBe(title);
    for (const words of [message, whatToDo, 'If you contact support'])
      expect(await person.page.getByText(words).isVisible(), words).toBe(true);
  }

  test('from the 401 to a tool result, with one scope less than was asked for', async () => {
    const { page } = person;
    const url = await app.needsSignIn();
    expect(app.answers).toEqual([401]);

    await page.goto(url);
    expect(await person.heading()).toBe('Allow a program on this computer to use Nexus for you?');
    await page.getByText('It may act for you').first().click();
    for (const words of [
      'Desk Lamp',
      'Name not verified',
      'Access goes to a program on this computer.',
      new URL(app.redirectUri).host,
      new URL(stack.issuer).host,
    ])
      expect(await page.getByText(words, { exact: true }).first().isVisible(), words).toBe(true);
    for (const [name, scope] of Object.entries(nexusScopes)) {
      const box = page.getByRole('checkbox', { name: scope.description });
      expect(await box.isChecked(), name).toBe(!('irreversible' in scope));
      expect(await box.isDisabled(), name).toBe(name === 'profile:read');
    }

    await tickAll();
    await page.getByText(nexusScopes['leads:write'].description).click();
    expect(await page.getByRole('checkbox', { name: nexusScopes['leads:write'].description }).isChecked()).toBe(false);
    await allow();
    await page.waitForURL((url) => url.origin === stack.issuer);
    expect(await person.heading()).toBe('Who are you today?');
    await chooseAda();
    await backAtApp();

    const client = await app.finish();
    const answer = app.callbacks()[0]?.searchParams;
    expect([...(answer?.keys() ?? [])].toSorted()).toEqual(['code', 'iss', 'state']);
    expect(answer?.get('iss')).toBe(stack.gatewayUrl);
    const granted = Object.keys(nexusScopes).filter((scope) => scope !== 'leads:write');
    expect(app.oauth.tokens()?.scope?.split(' ')).toEqual(granted);

    const { tools } = await client.listTools();
    // Beside the sixteen that need no more, the one that asks for what was left out.
    expect(tools).toHaveLength(17);
    expect(tools.at(-1)?.name).toBe('request_access');
    for (const name of ['create_lead', 'update_lead_stage']) expect(tools.map((tool) => tool.name)).not.toContain(name);
    const found = await client.callTool({ name: 'search_leads', arguments: { stage: 'won', limit: 2 } });
    expect(found.isError).toBeFalsy();
    expect(found.structuredContent).toMatchObject({ items: [{ stage: 'won' }, { stage: 'won' }] });
    const me = await client.callTool({ name: 'whoami', arguments: {} });
    expect(me.structuredContent).toMatchObject({ email: 'ada@acme.example', tenant_id: 'acme', scopes: granted });
    expect(person.complaints).toEqual([]);
  });

  test('Deny takes the answer back to the app, and nobody is asked to sign in', async () => {
    await person.page.goto(await app.needsSignIn());
    await person.page.getByRole('button', { name: 'Deny' }).click();
    await backAtApp();
    const answer = app.lastAnswer(); // which checks `state`
    expect(Object.fromEntries(answer)).toMatchObject({ error: 'access_denied', iss: stack.gatewayUrl });
    expect(answer.has('code')).toBe(false);
    expect(person.visits.filter((visit) => visit.includes(stack.issuer))).toEqual([]);
    expect(person.complaints).toEqual([]);

    await person.page.goto(await app.needsSignIn());
    expect(await person.heading()).toMatch(/^Allow/); // A no is not remembered.
  });

  test('who cancels at the provider comes back with access_denied', async () => {
    await person.page.goto(await app.needsSignIn());
    await allow();
    await person.page.getByRole('button', { name: 'Cancel' }).click();
    await backAtApp();
    expect(Object.fromEntries(app.lastAnswer())).toMatchObject({ error: 'access_denied', iss: stack.gatewayUrl });
    expect(person.complaints).toEqual([]);
  });

  test('an unknown app ends on a page that says what to do, and goes nowhere', async () => {
    const url = new URL(await app.needsSignIn());
    url.searchParams.set('client_id', 'nobody');
    const answer = await person.page.goto(url.href);
    expect(answer?.status()).toBe(400);
    await expectErrorPage('client_unknown');
    expect(answer?.headers()['refresh']).toBeUndefined();
    expect(person.visits).toEqual([`GET 400 ${stack.gatewayUrl}/authorize`]);
    expect(app.callbacks()).toEqual([]);
    expect(person.complaints).toEqual([]);
  });

  test('a callback works once: opened again or reloaded, it says that it has expired', async () => {
    const { page } = person;
    const used = page.waitForRequest((request) => request.url().startsWith(`${stack.gatewayUrl}/callback`));
    await page.goto(await app.needsSignIn());
    await allowAll();
    await chooseAda();
    await backAtApp();
    await page.goto((await used).url());
    await expectErrorPage('sign_in_expired');
    await page.reload();
    await expectErrorPage('sign_in_expired');
    expect(app.callbacks()).toHaveLength(1);
    // What the app was given stays good.
    expect((await (await app.finish()).listTools()).tools).toHaveLength(18);
    expect(person.complaints).toEqual([]);
  });

  test('a program on this computer is asked about each time, with what was allowed before', async () => {
    await person.page.goto(await app.needsSignIn());
    await allowAll();
    await chooseAda();
    await backAtApp();
    await app.finish();
    person.visits.length = 0;

    await person.page.goto(await app.needsSignIn());
    expect(person.visits[0]).toBe(`GET 200 ${stack.gatewayUrl}/authorize`);
    expect(await person.page.getByText('Allowed before').first().isVisible()).toBe(true);
    expect(await person.page.getByRole('checkbox').count(), 'folded').toBe(0);
    await allow();
    await chooseAda();
    await backAtApp();
    expect((await (await app.finish()).listTools()).tools).toHaveLength(18);

    await using other = await LoopbackApp.start('Desk Lamp', `${stack.gatewayUrl}/mcp`);
    await person.page.goto(await other.needsSignIn());
    expect(await person.page.getByText('Allowed before').count(), 'not of another app of the same name').toBe(0);
    expect(person.complaints).toEqual([]);
  });

  test('a second click on Allow, before the login has come, changes nothing', async () => {
    const { page } = person;
    await page.goto(await app.needsSignIn());
    const answers: (string | undefined)[] = [];
    page.on('response', (response) => {
      if (response.request().method() === 'POST') answers.push(response.headers()['location']);
    });
    await page.getByRole('button', { name: 'Allow' }).dblclick();
    await chooseAda();
    await backAtApp();
    expect(new Set(answers).size).toBe(2); // ours, and the provider's
    await app.finish();
    expect(person.complaints).toEqual([]);
  });

  test('somebody else in the same browser sees as whom they connect, and can take another account', async () => {
    const { page } = person;
    await page.goto(await app.needsSignIn());
    await allow();
    await chooseAda();
    await backAtApp();

    await using other = await LoopbackApp.start('Reading Light', `${stack.gatewayUrl}/mcp`);
    await page.goto(await other.needsSignIn());
    await allow();
    await page.getByRole('button', { name: 'Grace Hopper' }).click();
    expect(await person.heading()).toMatch(/as grace@globex\.example\?$/);
    await page.getByRole('button', { name: 'Use another account' }).click();
    await chooseAda();
    await page.waitForURL((url) => url.href.startsWith(other.redirectUri));
    await other.finish();
    expect(person.complaints).toEqual([]);
  });

  test('the connector URL shows the page, though it is answered with 401', async () => {
    const answer = await person.page.goto(`${stack.gatewayUrl}/mcp`);
    expect(answer?.status()).toBe(401);
    expect(await person.page.getByText(`${stack.gatewayUrl}/mcp`, { exact: true }).first().isVisible()).toBe(true);
    expect(person.complaints).toEqual([]);
  });

  test('cookies are bound to this host, and out of reach of scripts and of other sites', async () => {
    await person.page.goto(await app.needsSignIn());
    await allow();
    await chooseAda();
    await backAtApp();
    const set = await person.setCookies();
    expect(set.length).toBeGreaterThanOrEqual(3);
    for (const cookie of set) {
      const [name = '', ...attributes] = cookie.split(/; ?/);
      expect(name).toMatch(/^__Host-/);
      expect(attributes).toEqual(expect.arrayContaining(['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']));
      expect(cookie).not.toMatch(/domain=/i);
    }
    // What the browser kept: that is, what it accepted, and what was not deleted at the end.
    const kept = (await person.context.cookies()).filter(({ name }) =>
      set.some((cookie) => cookie.startsWith(`${name}=`)),
    );
    const attributes = { domain: 'localhost', path: '/', secure: true, httpOnly: true, sameSite: 'Lax' };
    // The consent one lasts ten minutes, for a form that is sent twice.
    expect(kept.map(({ name }) => name.replace(/-[0-9a-f]{16}$/, '')).toSorted()).toEqual([
      '__Host-oauth-approvals',
      '__Host-oauth-browser',
      '__Host-oauth-consent',
    ]);
    for (const cookie of kept) expect(cookie).toMatchObject(attributes);
  });
});
