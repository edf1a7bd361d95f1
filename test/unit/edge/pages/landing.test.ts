import { describe, expect, test } from 'vitest';
import { copyScript } from '../../../../src/edge/pages/copy-script';
import { connectorName } from '../../../../src/edge/pages/install';
import { landingPage } from '../../../../src/edge/pages/landing';
import { gateway } from '../../../support/oauth-client';
import { fullLanding, landing, shelfBrand, otherBrand } from './samples';

const AGENTS = ['Claude Code', 'Codex', 'Copilot CLI', 'Gemini CLI', 'opencode', 'Qwen Code'];

/** What would be copied from each snippet, by its id. */
function snippetsOf(markup: string): Record<string, string> {
  const found = [...markup.matchAll(/<pre class="snippet" id="([^"]*)">([^]*?)<\/pre>/g)];
  return Object.fromEntries(found.map(([, id, content]) => [id, textOf(content ?? '')]));
}

function textOf(markup: string): string {
  return markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

describe('landing page', () => {
  test('shows the address to paste and where the browser will open', async () => {
    const markup = await landingPage(landing).text();
    const [, address = ''] = /<code class="paste"[^>]*>([^]*?)<\/code\s*>/.exec(markup) ?? [];
    expect(textOf(address)).toBe('https://mcp.shelf.example/mcp');
    expect(markup).toContain('<b>mcp.shelf.example</b>');
  });

  test('gives each agent the exact command or configuration', async () => {
    const snippets = snippetsOf(await landingPage({ ...landing, product: 'Acme CRM!' }).text());
    const url = landing.connectorUrl;
    expect(snippets).toMatchObject({
      'claude-code': `claude mcp add --transport http acme-crm ${url}\nclaude mcp login acme-crm`,
      codex: `codex mcp add acme-crm --url ${url}`,
      copilot: `copilot mcp add --transport http acme-crm ${url}`,
      gemini: `gemini mcp add --transport http acme-crm ${url}`,
      'opencode-auth': 'opencode mcp auth acme-crm',
      qwen: `qwen mcp add --transport http acme-crm ${url}`,
    });
    const parsed = ['cursor', 'vs-code', 'opencode'].map((id) => JSON.parse(snippets[id] ?? '') as unknown);
    expect(parsed).toEqual([
      { mcpServers: { 'acme-crm': { url } } },
      { servers: { 'acme-crm': { type: 'http', url } } },
      { mcp: { 'acme-crm': { type: 'remote', url } } },
    ]);
  });

  test('install links carry the address in the form each editor documents', async () => {
    const markup = await landingPage(landing).text();
    const cursor = /href="(cursor:[^"]*)"/.exec(markup)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const query = new URL(cursor).searchParams;
    expect(query.get('name')).toBe('shelf');
    expect(JSON.parse(atob(query.get('config') ?? ''))).toEqual({ url: landing.connectorUrl });

    const code = /href="vscode:mcp\/install\?([^"]*)"/.exec(markup)?.[1] ?? '';
    expect(JSON.parse(decodeURIComponent(code))).toEqual({ name: 'shelf', type: 'http', url: landing.connectorUrl });
  });

  test('names every client that it promises, and escapes its values', async () => {
    const markup = await landingPage({ ...landing, product: '<script>', examples: ['<script>', '"', '&'] }).text();
    const apps = [...markup.matchAll(/<h4>([^<]*)<\/h4>/g)].map(([, app]) => app);
    expect(apps).toEqual(['Claude', 'ChatGPT', 'Cursor', 'VS Code', ...AGENTS, 'Any other app']);
    for (const [, anchor] of markup.matchAll(/<a href="#([^"]*)"/g)) expect(markup).toContain(`id="${anchor}"`);
    expect(markup.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="/landing.js">']);
  });

  test('says what one can ask, and to whom the data goes', async () => {
    const markup = await landingPage(fullLanding).text();
    for (const example of fullLanding.examples ?? []) expect(markup).toContain(`<q>${example}</q>`);
    expect(fullLanding.examples).toHaveLength(3);
    expect(markup).toContain('sent to the company that runs it, such as Anthropic or OpenAI');
    expect(await landingPage(landing).text()).not.toContain('What you can ask');
  });

  test.each([
    ['http://localhost:8787/mcp', 2],
    ['http://127.0.0.1:8787/mcp', 2],
    ['http://[::1]:8787/t/acme/mcp', 2],
    ['https://localhost.example/mcp', 0],
  ])('at %s, says of %i apps that they can’t reach it', async (connectorUrl, count) => {
    const markup = await landingPage({ ...landing, connectorUrl }).text();
    const tiles = markup.split('<section class="tile-card"').slice(1);
    const warned = tiles.filter((tile) => tile.includes('Does not work with this address.'));
    expect(warned.map((tile) => /<h4>(.*?)<\/h4>/.exec(tile)?.[1])).toEqual(['Claude', 'ChatGPT'].slice(0, count));
  });
});

describe('a tenant’s own page', () => {
  const model = {
    ...landing,
    tenant: 'acme',
    connectorUrl: 'https://mcp.shelf.example/t/acme/mcp',
    brand: otherBrand,
  };

  test('names the tenant as the URL does, in the product’s word for it', async () => {
    const markup = await landingPage(model).text();
    expect(textOf(markup)).toContain('Connector address of the organization acme');
    expect(markup).not.toMatch(/workspace/i);
  });

  test('every entry that it tells people to make has a name of its own', async () => {
    const { 'claude-code': commands = '', ...snippets } = snippetsOf(await landingPage(model).text());
    expect(commands).toBe(
      `claude mcp add --transport http shelf-acme ${model.connectorUrl}\nclaude mcp login shelf-acme`,
    );
    for (const snippet of Object.values(snippets)) expect(snippet).toContain('shelf-acme');
  });

  test('is told of where people of several find theirs', async () => {
    const markup = await landingPage({ ...fullLanding, brand: shelfBrand }).text();
    expect(textOf(markup)).toContain('https://mcp.shelf.example/t/your-workspace');
    expect(textOf(await landingPage(model).text())).not.toContain('Several');
  });
});

describe('the name of an entry', () => {
  test.each([
    ['Acme CRM!', undefined, 'acme-crm'],
    ['<script>', undefined, 'script'],
    ['漢字', undefined, 'connector'],
    ['Shelf', 'acme', 'shelf-acme'],
    ['Shelf', 'Acme_Industries.eu', 'shelf-acme-industries-eu'],
    ['Shelf', '___', 'shelf'],
    ['A very long product name that goes on', 'acme', 'a-very-long-product-name-th-acme'],
    ['Shelf', 'x'.repeat(64), `shelf-${'x'.repeat(22)}`],
  ])('of %s and %s is %s', (product, tenant, name) => {
    expect(connectorName(product, tenant)).toBe(name);
    expect(name.length).toBeLessThanOrEqual(32);
  });
});

describe('the copy buttons', () => {
  test('are hidden until the script shows them, and each copies something that is there once', async () => {
    const markup = await landingPage(landing).text();
    const buttons = [...markup.matchAll(/<button[^>]*data-copies="([^"]*)"[^>]*>/g)];
    expect(buttons.map(([, id]) => id)).toEqual(['address', ...Object.keys(snippetsOf(markup))]);
    for (const [tag, id] of buttons) {
      expect(tag).toContain(' hidden=""');
      expect(markup.split(` id="${id}"`), id).toHaveLength(2);
    }
    const names = [...markup.matchAll(/<span>Copy<\/span><span class="unseen"> ([^<]*)<\/span>/g)].map(
      ([, what]) => what,
    );
    expect(new Set(names).size, 'names that tell them apart').toBe(buttons.length);
  });

  test('the page has the line that the script announces in', async () => {
    const [, id] = /getElementById\('([^']*)'\)/.exec(copyScript) ?? [];
    expect((await landingPage(landing).text()).split(`id="${id}"`)).toHaveLength(2);
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
