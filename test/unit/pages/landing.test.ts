import { describe, expect, test } from 'vitest';
import { landingPage } from '../../../src/edge/pages/landing';
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
    expect(markup).not.toContain('<script');
  });
});
