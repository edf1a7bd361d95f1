// The pages as a browser shows them. The functions are pure, so a local server hands them to a real Chromium; what
// the gateway does with the posted form is tested elsewhere.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { consentPage } from '../../src/edge/pages/consent';
import { COPY_SCRIPT_PATH } from '../../src/edge/pages/copy-script';
import { tenantsPage } from '../../src/edge/pages/tenants';
import { tenantChoice, unverifiedConsent, verifiedConsent } from '../unit/edge/pages/samples';
import { audit } from './audit';
import { gallery, show } from './gallery';
import { chromiumPath, launch, serve, type LocalServer } from './harness';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // a busy machine starts Chromium slowly

if (chromiumPath === undefined) {
  console.warn('Browser tests skipped: no Chromium. Set CHROMIUM_PATH, or: apt-get install chromium');
}

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  let browser: Browser;
  let server: LocalServer;

  beforeAll(async () => {
    browser = await launch(chromiumPath ?? '');
    server = await serve(({ path }) => show(path));
  });

  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** A page that remembers every complaint of the browser. */
  async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage(options);
    const complaints: string[] = [];
    page.on('console', (message) => {
      // What Chromium says of any page that is itself a 4xx or 5xx. Requests beside the page are checked by name.
      if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    return { page, complaints };
  }

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    test.each([320, 390, 1280])('every page at %i px', async (width) => {
      const { page, complaints } = await open({ colorScheme, viewport: { width, height: 800 } });
      for (const path of gallery.keys()) {
        server.requests.length = 0;
        await page.goto(`${server.origin}${path}`);
        expect(await audit(page), path).toEqual([]);
        expect(await page.title(), path).not.toContain('pwned');
        expect(complaints.splice(0), path).toEqual([]);
        // Beside the landing page's script, nothing: logo and icon are in the page.
        expect(
          server.requests.map((request) => request.path),
          path,
        ).toEqual(path.startsWith('/landing') ? [path, COPY_SCRIPT_PATH] : [path]);
      }
      await page.close();
    });
  });

  test('Tab reaches every control, in reading order, with a visible focus', async () => {
    const { page } = await open();
    await page.goto(`${server.origin}/consent`);
    const reached: string[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<string>(`(() => {
        const e = document.activeElement;
        if (e === document.body) return '';
        const visible = getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) >= 2;
        return (visible ? '' : 'invisible ') + (e.value ?? e.tagName);
      })()`);
      if (focused === '') break;
      reached.push(focused);
      if (reached.length > 40) break;
    }
    const optional = verifiedConsent().scopes.filter(({ baseline }) => !baseline);
    expect(reached).toEqual([
      ...optional.filter(({ sensitive }) => !sensitive).map(({ name }) => name),
      'SUMMARY',
      'deny',
      'approve',
    ]);
    await page.close();
  });

  describe('the consent form', () => {
    const preset = verifiedConsent().scopes.filter(({ irreversible }) => !irreversible);

    /** Opens the consent page, lets `act` work on it, and returns what was posted. */
    async function posted(act: (page: Page) => Promise<void>): Promise<URLSearchParams> {
      await using local = await serve(({ method }) =>
        method === 'POST' ? new Response('done') : consentPage(verifiedConsent()),
      );
      const { page, complaints } = await open();
      await page.goto(`${local.origin}/authorize`);
      await act(page);
      await page.waitForLoadState();
      await page.close();
      expect(complaints).toEqual([]);
      const posts = local.requests.filter(({ method }) => method === 'POST');
      expect(posts.map(({ path }) => path)).toEqual(['/authorize']);
      return posts[0]?.form ?? new URLSearchParams();
    }

    test('Allow posts the handle and every scope but the irreversible ones', async () => {
      const form = await posted((page) => page.getByRole('button', { name: 'Allow' }).click());
      expect(form.get('handle')).toBe('handle-1');
      expect(form.getAll('decision')).toEqual(['approve']);
      expect(form.getAll('scope')).toEqual(preset.map(({ name }) => name));
    });

    test('a scope that was ticked in the fold is posted, folded again or not', async () => {
      const form = await posted(async (page) => {
        const fold = page.getByText('It may act for you').first();
        await fold.click();
        await page.getByLabel('send messages').check();
        await fold.click();
        await page.getByRole('button', { name: 'Allow' }).click();
      });
      expect(form.getAll('scope')).toContain('messages:send');
    });

    test('an unchecked scope is not posted; a baseline one always is', async () => {
      const form = await posted(async (page) => {
        for (const box of await page.getByRole('checkbox', { disabled: false }).all()) await box.uncheck();
        await page.getByLabel('read items').check();
        expect(await page.getByLabel('see who you are').isDisabled()).toBe(true);
        await page.getByRole('button', { name: 'Allow' }).click();
      });
      expect(form.getAll('scope')).toEqual(['profile:read', 'items:read']);
      expect(form.getAll('decision')).toEqual(['approve']);
    });

    test('Deny posts decision=deny', async () => {
      const form = await posted((page) => page.getByRole('button', { name: 'Deny' }).click());
      expect(form.get('handle')).toBe('handle-1');
      expect(form.getAll('decision')).toEqual(['deny']);
    });

    test('a stray Enter in a checkbox does not grant', async () => {
      const form = await posted((page) => page.getByLabel('read items').press('Enter'));
      expect(form.getAll('decision')).toEqual(['deny']);
    });

    test('the redirects after Allow are followed to another origin', async () => {
      await using client = await serve(() => new Response('connected'));
      await using idp = await serve(() => redirect(`${client.origin}/callback?code=1`));
      await using gateway = await serve(({ method }) =>
        method === 'POST' ? redirect(`${idp.origin}/signin`) : consentPage(unverifiedConsent()),
      );
      const { page, complaints } = await open();
      await page.goto(`${gateway.origin}/authorize`);
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.waitForURL(`${client.origin}/callback?code=1`);
      expect(complaints).toEqual([]);
      await page.close();
    });
  });

  test.each([
    ['phone', { width: 390, height: 844 }],
    ['laptop', { width: 1280, height: 800 }],
  ])('the decision is in view on a %s, without scrolling', async (device, viewport) => {
    const { page } = await open({ viewport });
    for (const path of ['/consent', '/consent-local', '/consent-more', '/consent-signed-in', '/account']) {
      await page.goto(`${server.origin}${path}`);
      const names = path === '/account' ? ['Cancel', 'Continue'] : ['Deny', 'Allow'];
      const seen = names.map((name) => page.getByRole('button', { name, exact: true }));
      if (device === 'laptop' && path.startsWith('/consent')) seen.push(page.locator('summary').first());
      for (const one of seen) {
        const box = await one.boundingBox();
        expect(box && box.y + box.height, path).toBeLessThanOrEqual(viewport.height);
      }
    }
    await page.close();
  });

  test('what the keyboard reaches is not hidden behind the decision', async () => {
    const { page } = await open({ viewport: { width: 390, height: 600 } });
    await page.goto(`${server.origin}/consent`);
    const stops = [];
    for (let stop = ''; stop !== 'decision'; stops.push(stop)) {
      await page.keyboard.press('Tab');
      stop = await page.evaluate<string>(`(() => {
        const decision = document.querySelector('.decision');
        if (decision.contains(document.activeElement)) return 'decision';
        const { bottom } = document.activeElement.getBoundingClientRect();
        return decision.getBoundingClientRect().top < bottom ? 'covered' : 'in view';
      })()`);
    }
    expect(stops.slice(0, -1)).toEqual(stops.slice(0, -1).map(() => 'in view'));
    expect(stops.length).toBeGreaterThan(3);
    await page.close();
  });

  test('a tenant is chosen with the keyboard alone, and is all that is posted', async () => {
    await using local = await serve(({ method }) =>
      method === 'POST' ? new Response('done') : tenantsPage(tenantChoice()),
    );
    const { page, complaints } = await open();
    await page.goto(`${local.origin}/callback`);
    const list = page.getByRole('list', { name: 'Your workspaces' });
    expect(await list.getByRole('listitem').count()).toBe(2);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('value')).toBe('acme');
    const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineWidth');
    expect(parseFloat(outline)).toBeGreaterThan(2);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Globex Corporation globex');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${local.origin}/authorize/tenant?state=state-1`);
    const post = local.requests.find(({ method }) => method === 'POST');
    expect(post?.path).toBe('/authorize/tenant?state=state-1');
    expect([...(post?.form ?? [])]).toEqual([['tenant', 'globex']]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a client that opens the sign-in in a popup keeps hold of it, and it of its opener', async () => {
    await using client = await serve(() => html('<title>client</title>'));
    await using gateway = await serve(({ method }) =>
      method === 'POST' ? redirect(`${client.origin}/callback`) : consentPage(verifiedConsent()),
    );
    const { page } = await open();
    await page.goto(client.origin);
    const opening = page.waitForEvent('popup');
    await page.evaluate(`window.signIn = window.open(${JSON.stringify(`${gateway.origin}/authorize`)}); 0`);
    const popup = await opening;
    await popup.getByRole('button', { name: 'Allow' }).waitFor();
    expect(await page.evaluate('window.signIn.closed')).toBe(false);
    await popup.getByRole('button', { name: 'Allow' }).click();
    await popup.waitForURL(`${client.origin}/callback`);
    expect(await popup.evaluate('window.opener !== null && window.opener.document.title')).toBe('client');
    await page.context().close();
  });

  test('no page can be framed', async () => {
    await using attacker = await serve(() => html(`<iframe src="${server.origin}/consent"></iframe>`));
    const { page, complaints } = await open();
    await page.goto(attacker.origin);
    await expect.poll(() => complaints.join(' ')).toMatch(/frame/i);
    expect(await page.frames()[1]?.getByRole('button').count()).toBe(0);
    await page.close();
  });

  test('no transition when the person asks for less motion', async () => {
    const { page } = await open({ reducedMotion: 'reduce' });
    await page.goto(`${server.origin}/consent`);
    const duration = await page.evaluate(`getComputedStyle(document.querySelector('button')).transitionDuration`);
    expect(duration).toBe('0s');
    await page.close();
  });
});

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { Location: location } });
}

function html(markup: string): Response {
  return new Response(`<!doctype html><link rel="icon" href="data:,">${markup}`, {
    headers: { 'Content-Type': 'text/html' },
  });
}
