import { describe, expect, test } from 'vitest';
import { copyScript } from '../../../src/edge/pages/copy-script';
import { landingPage } from '../../../src/edge/pages/landing';
import { gateway } from '../../support/oauth-client';
import { landing } from './samples';

describe('landing page', () => {
  test('shows the address to paste and where the browser will open', async () => {
    const markup = await landingPage(landing).text();
    expect(markup).toMatch(/<code class="paste"[^>]*>https:\/\/mcp\.nexus\.example\/mcp<\/code\s*>/);
    expect(markup).toContain('<b>mcp.nexus.example</b>');
  });

  test('gives Claude Code the exact command', async () => {
    const markup = await landingPage({ ...landing, product: 'Acme CRM!' }).text();
    expect(markup).toContain('claude mcp add --transport http acme-crm https://mcp.nexus.example/mcp<');
  });

  test('install links carry the address in the form each editor documents', async () => {
    const markup = await landingPage(landing).text();
    const cursor = /href="(cursor:[^"]*)"/.exec(markup)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const query = new URL(cursor).searchParams;
    expect(query.get('name')).toBe('nexus');
    expect(JSON.parse(atob(query.get('config') ?? ''))).toEqual({ url: landing.connectorUrl });

    const code = /href="vscode:mcp\/install\?([^"]*)"/.exec(markup)?.[1] ?? '';
    expect(JSON.parse(decodeURIComponent(code))).toEqual({ name: 'nexus', type: 'http', url: landing.connectorUrl });
  });

  test('names every client that it promises, and escapes its values', async () => {
    const markup = await landingPage({ ...landing, product: '<script>' }).text();
    for (const app of ['Claude', 'ChatGPT', 'Cursor', 'VS Code', 'Claude Code']) {
      expect(markup).toContain(`<h3>${app}</h3>`);
    }
    expect(markup.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="/landing.js">']);
  });
});

describe('the copy button', () => {
  test('is hidden until the script shows it', async () => {
    const markup = await landingPage(landing).text();
    expect(/<button[^>]*>/.exec(markup)?.[0]).toMatch(/id="copy".* hidden=""/);
  });

  test('has everything that its script looks up', async () => {
    const markup = await landingPage(landing).text();
    const ids = [...copyScript.matchAll(/getElementById\('([^']*)'\)/g)].map(([, id]) => id);
    expect(ids).toHaveLength(3);
    for (const id of ids) expect(markup.split(`id="${id}"`), id).toHaveLength(2);
  });

  test('the page allows scripts of its own origin only, none inline', async () => {
    const policy = landingPage(landing).headers.get('Content-Security-Policy');
    expect(policy?.split('; ')).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  test('the gateway serves the script where the page looks for it', async () => {
    const page = await (await gateway('/')).text();
    const served = await gateway(/<script[^>]* src="([^"]*)"/.exec(page)?.[1] ?? '');
    expect(served.status).toBe(200);
    expect(served.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    expect(served.headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(await served.text()).toBe(copyScript);
  });
});
