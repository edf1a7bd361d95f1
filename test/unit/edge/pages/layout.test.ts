import { html } from 'hono/html';
import { describe, expect, test } from 'vitest';
import { plainBrand } from '../../../../src/edge/pages/brand';
import { page } from '../../../../src/edge/pages/layout';
import { shelfBrand, otherBrand } from './samples';

const body = html`<main><h1>Hello</h1></main>`;

async function policyOf(response: Response): Promise<Map<string, string>> {
  await response.text();
  const value = response.headers.get('Content-Security-Policy') ?? '';
  return new Map(
    value.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

describe('headers of every page', () => {
  test.each([
    ['no branding', plainBrand],
    ['the branding of Shelf', shelfBrand],
    ['another accent', otherBrand],
  ])(
    'with %s, the policy allows the one stylesheet by its hash, images of the page itself, and nothing else',
    async (_, brand) => {
      const markup = await page(200, { title: 'Hello', body, brand }).text();
      const [, served] = /<style>([^]*)<\/style>/.exec(markup) ?? [];
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(served));
      const actual = `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;

      const policy = await policyOf(page(200, { title: 'Hello', body, brand }));
      expect(Object.fromEntries(policy)).toEqual({
        'default-src': "'none'",
        'style-src': `'${actual}'`,
        'img-src': 'data:',
        'base-uri': "'none'",
        'frame-ancestors': "'none'",
      });
    },
  );

  test('two brandings are two stylesheets', async () => {
    const [one, other] = [shelfBrand, otherBrand].map((brand) => page(200, { title: 'Hello', body, brand }));
    expect(await one?.text()).toContain('--accent: #0b6e4f');
    expect(await other?.text()).not.toContain('#0b6e4f');
    expect(one?.headers.get('Content-Security-Policy')).not.toBe(other?.headers.get('Content-Security-Policy'));
  });

  test('a script runs only on the page that names one', async () => {
    const policy = await policyOf(page(200, { title: 'Hello', body, script: '/hello.js' }));
    expect(policy.get('script-src')).toBe("'self'");
    expect((await policyOf(page(200, { title: 'Hello', body }))).has('script-src')).toBe(false);
  });

  test('form-action stays out: Chrome would block the redirects that follow Allow', async () => {
    expect((await policyOf(page(200, { title: 'Hello', body }))).has('form-action')).toBe(false);
  });

  test.each([
    ['Content-Type', 'text/html; charset=utf-8'],
    ['X-Frame-Options', 'DENY'],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'no-referrer'],
    ['Cache-Control', 'no-store'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
  ])('%s: %s', (name, value) => {
    expect(page(200, { title: 'Hello', body }).headers.get(name)).toBe(value);
  });

  test('a page of a sign-in keeps its opener', () => {
    const response = page(200, { title: 'Hello', body, keepOpener: true });
    expect(response.headers.get('Cross-Origin-Opener-Policy')).toBe('unsafe-none');
  });

  test('two cookies stay two, other headers stay, and weaker security headers are replaced', () => {
    const given = new Headers({
      'Content-Security-Policy': "frame-ancestors 'self'",
      'X-Frame-Options': 'SAMEORIGIN',
      'Retry-After': '60',
    });
    given.append('Set-Cookie', '__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax');
    given.append('Set-Cookie', '__Host-b=2; Path=/; Secure; HttpOnly; SameSite=Lax');
    const { headers } = page(429, { title: 'Hello', body, headers: given });

    expect(headers.getSetCookie()).toEqual([
      '__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax',
      '__Host-b=2; Path=/; Secure; HttpOnly; SameSite=Lax',
    ]);
    expect(headers.get('Retry-After')).toBe('60');
    expect(headers.get('X-Frame-Options')).toBe('DENY');
    expect(headers.get('Content-Security-Policy')).not.toContain("'self'");
    expect(given.get('X-Frame-Options'), 'the given headers are not changed').toBe('SAMEORIGIN');
  });
});

describe('document', () => {
  test('has a language, a viewport and a title, and loads nothing', async () => {
    const text = await page(200, { title: 'Hello', product: 'A & B', body }).text();
    expect(text.trimStart().toLowerCase().startsWith('<!doctype html>')).toBe(true);
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('name="viewport"');
    expect(text).toContain('<title>Hello · A &amp; B</title>');
    expect(text).not.toMatch(/<script|\ssrc=|\sstyle=|url\(|@import/i);
    expect(text).toMatch(/<link rel="icon" href="data:image\/svg\+xml;base64,/);
  });

  test('carries the product’s logo and icon as data', async () => {
    const text = await page(200, { title: 'Hello', body, brand: shelfBrand }).text();
    const { logo, favicon } = shelfBrand.branding;
    expect(text).toContain(`<img class="mark" src="${logo}" alt="" height="28"/>`);
    expect(text).toContain(`<link rel="icon" href="${favicon}"/>`);
    for (const [, address] of text.matchAll(/\s(?:src|href)="([^"]*)"/g))
      expect(address).toMatch(/^(?:data:image\/|https:\/\/|mailto:)/);
  });

  test('links to the pages that it is given, in a tab of their own during a sign-in', async () => {
    const links = async (keepOpener: boolean, brand = shelfBrand): Promise<string[]> => {
      const text = await page(200, { title: 'Hello', body, brand, keepOpener }).text();
      return [...text.matchAll(/<a [^>]*>/g)].map(([tag]) => tag);
    };
    expect(await links(false)).toEqual([
      '<a href="https://shelf.example/privacy">',
      '<a href="https://shelf.example/terms">',
      '<a href="mailto:support@shelf.example">',
      '<a href="https://status.shelf.example">',
    ]);
    expect(await links(true)).toContain(
      '<a href="https://shelf.example/terms" target="_blank" rel="noopener noreferrer">',
    );
    expect(await links(false, plainBrand)).toEqual([]);
  });
});
