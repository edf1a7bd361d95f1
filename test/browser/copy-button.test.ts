// The landing page's Copy buttons as people meet them: by mouse, by keyboard, refused by the browser, and without script.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { landing } from '../unit/edge/pages/samples';
import { show } from './gallery';
import { chromiumPath, launch, serve, type LocalServer } from './harness';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // a busy machine starts Chromium slowly

const COPIED = 'Connector address copied.';
const SELECTED = 'Connector address selected. Press Control C or Command C to copy it.';

describe.skipIf(chromiumPath === undefined)('the Copy button in Chromium', () => {
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

  /** Runs `use` with the landing page in a browser whose clock stands still. */
  async function withLanding(
    { permissions = [], before = '' }: { permissions?: string[]; before?: string },
    use: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext({ permissions });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.addInitScript(before);
    await page.clock.install();
    await page.goto(`${server.origin}/landing`);
    await page.clock.pauseAt(Date.now() + 60_000);
    await use(page);
    await context.close();
    expect(complaints).toEqual([]);
  }

  const button = (page: Page) => page.locator('[data-copies=address]');
  const label = (page: Page) => button(page).locator('span').first();
  const announced = (page: Page) => page.getByRole('status').textContent();
  const granted = { permissions: ['clipboard-read', 'clipboard-write'] };

  test('copies the address, says so for two seconds, and is itself again', async () => {
    await withLanding(granted, async (page) => {
      expect(await announced(page)).toBe('');
      await page.getByRole('button', { name: 'Copy connector address', exact: true }).click();
      await page.getByRole('button', { name: 'Copied connector address', exact: true }).waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(landing.connectorUrl);
      expect(await announced(page)).toBe(COPIED);

      await page.clock.runFor(1_990);
      expect(await label(page).textContent()).toBe('Copied');
      await page.clock.runFor(20);
      expect(await label(page).textContent()).toBe('Copy');
      expect(await announced(page)).toBe('');
    });
  });

  test('each snippet has one of its own, which copies it to the byte', async () => {
    await withLanding(granted, async (page) => {
      const ids = await page.locator('pre.snippet').evaluateAll((snippets) => snippets.map(({ id }) => id));
      expect(ids.length).toBeGreaterThan(7);
      for (const id of ids) {
        await page.locator(`[data-copies=${id}]`).click();
        await page.locator(`[data-copies=${id}]`, { hasText: 'Copied' }).waitFor();
        const copied = await page.evaluate('navigator.clipboard.readText()');
        expect(copied, id).toBe(await page.locator(`#${id}`).textContent());
        expect(copied, id).toContain('shelf');
      }
      await page.getByRole('button', { name: 'Copied command for Codex', exact: true }).click();
      await expect.poll(() => announced(page)).toBe('Command for Codex copied.');
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
        `codex mcp add shelf --url ${landing.connectorUrl}`,
      );
    });
  });

  test('a second press starts the two seconds anew', async () => {
    await withLanding(granted, async (page) => {
      await button(page).click();
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      await page.clock.runFor(1_500);
      await page.evaluate(`document.querySelector('[data-copies=address] span').textContent = 'pressed once'`);
      await button(page).click();
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      await page.clock.runFor(1_500);
      expect(await label(page).textContent()).toBe('Copied');
      await page.clock.runFor(600);
      expect(await label(page).textContent()).toBe('Copy');
    });
  });

  test.each(['Enter', 'Space'])('is the first stop of Tab and answers to %s', async (key) => {
    await withLanding(granted, async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.dataset.copies')).toBe('address');
      await page.keyboard.press(key);
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(landing.connectorUrl);
      expect(await page.evaluate('document.activeElement.dataset.copies'), 'focus stays').toBe('address');
    });
  });

  test.each([
    ['refuses', `navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError'))`],
    ['has no clipboard, as outside HTTPS', `Object.defineProperty(navigator, 'clipboard', { value: undefined })`],
  ])('selects the address where the browser %s', async (_, before) => {
    await withLanding({ before }, async (page) => {
      await button(page).click();
      await page.getByRole('button', { name: 'Selected' }).waitFor();
      expect(await page.evaluate('getSelection().toString()')).toBe(landing.connectorUrl);
      expect(await announced(page)).toBe(SELECTED);
      await page.clock.runFor(2_010);
      expect(await label(page).textContent()).toBe('Copy');
    });
  });

  test('is not there without script; the address is', async () => {
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(`${server.origin}/landing`);
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await button(page).isVisible()).toBe(false);
    expect(await page.locator('#address').isVisible()).toBe(true);
    expect(await page.locator('#address').textContent()).toBe(landing.connectorUrl);
    await page.close();
  });

  test('inline script does not run, not even on the page that has one of ours', async () => {
    const page = await browser.newPage();
    await page.route('**/landing', async (route) => {
      const response = await route.fetch();
      const evil = `<script>document.title='pwned'</script><img src=x onerror="document.title='pwned'"></body>`;
      await route.fulfill({ response, body: (await response.text()).replace('</body>', evil) });
    });
    await page.goto(`${server.origin}/landing`);
    await button(page).waitFor();
    expect(await page.title()).toBe('Connect your AI assistant · Shelf');
    await page.close();
  });
});
