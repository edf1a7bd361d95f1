// What the pages of a gateway say and link to, as its definition and its operator decide, over HTTP.
import { beforeEach, describe, expect, test } from 'vitest';
import { serve } from '../../support/definition';
import { gateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { World } from '../../support/world';

const HTML = { headers: { Accept: 'text/html' } };
const textOf = (page: string): string => page.replaceAll(/<style>[^]*<\/style>|<[^>]*>/g, '');

/** The labels and addresses of the links below a page. */
function linksOf(page: string): Record<string, string> {
  const [, footer = ''] = /<footer class="links">([^]*?)<\/footer>/.exec(page) ?? [];
  const links = [...footer.matchAll(/<a href="([^"]*)"[^>]*>([^<]*)/g)];
  return Object.fromEntries(links.map(([, href = '', name = '']) => [name, href]));
}

beforeEach(async () => {
  await World.begin();
});

describe('an address where nothing is', () => {
  test('leads a browser home, and tells a program so', async () => {
    const answer = await gateway('/nowhere', HTML);
    expect(answer.status).toBe(404);
    const page = await answer.text();
    expect(page).toContain('<h1>There is nothing at this address</h1>');
    expect(page).toMatch(/<a class="button primary" href="\/">/);
    expect((await gateway('/', HTML)).status).toBe(200);

    const program = await gateway('/nowhere');
    expect([program.status, await program.json()]).toMatchObject([404, { error: 'not_found' }]);
  });
});

describe('links', () => {
  test('are the definition’s, unless the operator has others', async () => {
    expect(linksOf(await (await gateway('/', HTML)).text())).toEqual({
      Privacy: 'https://shelf.example/privacy',
      Terms: 'https://shelf.example/terms',
      Support: 'mailto:support@shelf.example',
      'Service status': 'https://status.shelf.example',
    });
    const operated = otherGateway({ SUPPORT_URL: 'https://help.acme.example/', PRIVACY_URL: 'https://acme.example/p' });
    for (const path of ['/', '/nowhere', '/authorize', '/callback?state=x']) {
      const page = await (await operated(new Request(`https://gateway.example${path}`, HTML))).text();
      expect(linksOf(page), path).toMatchObject({
        Privacy: 'https://acme.example/p',
        Terms: 'https://shelf.example/terms',
        Support: 'https://help.acme.example/',
      });
      if (path !== '/') expect(textOf(page), path).toContain('Contact support: help.acme.example');
    }
  });

  test('support is named on no page without a way to reach it', async () => {
    serve({});
    for (const path of ['/', '/nowhere', '/authorize', '/callback?state=x'])
      expect(textOf(await (await gateway(path, HTML)).text()), path).not.toMatch(/support/i);
  });

  test('a gateway that isn’t set up has those of its definition', async () => {
    const broken = otherGateway({ SUPPORT_URL: 'ftp://help.acme.example' });
    const answer = await broken(new Request('https://gateway.example/', HTML));
    expect(answer.status).toBe(500);
    expect(textOf(await answer.text())).toContain('Contact support: support@shelf.example');
  });
});

describe('branding', () => {
  test('is on every page, from the definition alone', async () => {
    serve({ branding: { accent: { light: '#a3005c', dark: '#ff9ecf' }, tenant: { one: 'team', many: 'teams' } } });
    for (const path of ['/', '/t/acme', '/nowhere', '/authorize', '/callback?state=x']) {
      const page = await (await gateway(path, HTML)).text();
      expect(page, path).toContain('--accent: #a3005c');
      expect(textOf(page), path).not.toMatch(/workspace/i);
    }
    expect(textOf(await (await gateway('/t/acme', HTML)).text())).toContain('Connector address of the team acme');
  });

  test.each([
    ['the product’s own', 'data:image/png;base64,iVBORw0KGgo=', 'image/png'],
    ['one that is written out', 'data:image/svg+xml;charset=utf-8,%3Csvg%2F%3E', 'image/svg+xml'],
    ['the gateway’s mark', undefined, 'image/svg+xml'],
  ])('the icon at its usual address: %s', async (_, favicon, type) => {
    serve({ branding: { ...(favicon !== undefined && { favicon }) } });
    const answer = await gateway('/favicon.ico');
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, type]);
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
    // Opened as a page, an SVG runs no script on this origin.
    expect(answer.headers.get('Content-Security-Policy')).toMatch(/default-src 'none'.*sandbox/);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const expected = favicon?.includes('png') ? [0x89, 0x50, 0x4e, 0x47] : [0x3c, 0x73, 0x76, 0x67];
    expect(bytes.slice(0, 4)).toEqual(Uint8Array.from(expected));
  });
});

test('the page of a tenant’s address is the same for every name, whether there is such a tenant or not', async () => {
  const world = await World.begin();
  const pageOf = async (tenant: string): Promise<string> => {
    const answer = await gateway(`/t/${tenant}`, HTML);
    const headers = [...answer.headers].filter(([name]) => name !== 'x-request-id');
    return JSON.stringify([answer.status, headers, await answer.text()]);
  };
  const real = await pageOf('acme');
  // Of the same length: both hold the name in base64, in a link for Cursor.
  const madeUp = await pageOf('zzzz');
  const inBase64 = (page: string): string => page.replace(/config=[^&"]*/, 'config=');
  expect(inBase64(real).replaceAll('acme', 'zzzz')).toBe(inBase64(madeUp));
  expect(world.sent, 'nobody was asked').toEqual([]);
  expect(textOf(real)).toContain('Connector address of the workspace acme');
  expect(textOf(real)).not.toContain('Acme Industries');
});
