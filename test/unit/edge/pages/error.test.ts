import { describe, expect, test } from 'vitest';
import { errorPage, messagePage } from '../../../../src/edge/pages/error';
import { messageOf, pageMessages, type PageMessageCode } from '../../../../src/edge/pages/messages';
import { shelfBrand, otherBrand, REQUEST_ID } from './samples';

const codes = Object.keys(pageMessages) as PageMessageCode[];

describe('message catalogue', () => {
  test.each(codes)('%s', async (code) => {
    const { status, title, message, whatToDo } = messageOf(code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title.length, 'a title fits two lines of a phone').toBeLessThanOrEqual(60);
    expect(title).not.toMatch(/[.!]$/);
    for (const text of [message, whatToDo]) {
      expect(text).toMatch(/^[A-Z].*\.$/);
      expect(text.length).toBeLessThanOrEqual(240);
      expect(text, 'words of a specification or of our machinery').not.toMatch(
        /oauth|oidc|openid|jwt|token|scope|issuer|redirect|uri\b|metadata|worker|kv\b|durable|config|exception|\bD1\b|nexus/i,
      );
      expect(text, 'typographic apostrophes only').not.toContain("'");
    }

    const response = messagePage(code, { requestId: REQUEST_ID });
    expect(response.status).toBe(status);
    const markup = await response.text();
    expect(markup).toContain(`<code>${REQUEST_ID}</code>`);
    expect(markup).toContain(title.slice(0, 12));
    expect(markup).not.toContain('Try again</a>');
  });
});

describe('error page', () => {
  const model = { status: 400, title: 'T', message: 'M', whatToDo: 'W', requestId: REQUEST_ID };

  test.each(['/authorize?x=1', 'https://mcp.shelf.example/'])('offers to try again at %s', async (retryHref) => {
    expect(await errorPage({ ...model, retryHref }).text()).toContain(`href="${retryHref}"`);
  });

  test.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'http://'])(
    'offers no link to %s',
    async (retryHref) => {
      expect(await errorPage({ ...model, retryHref }).text()).not.toContain('<a ');
    },
  );

  test.each(['cursor://anysphere.cursor/cb?error=access_denied', 'http://127.0.0.1:33418/?error=x&state=y'])(
    'leads back to the app at %s, by itself after a while',
    async (href) => {
      const response = errorPage({ ...model, returnTo: { clientName: 'Cursor\u202E', href } });
      expect(response.headers.get('Refresh')).toBe(`20; url=${href}`);
      const markup = await response.text();
      expect(markup).toContain(`href="${href.replaceAll('&', '&amp;')}"`);
      expect(markup).toContain('Back to “<bdi>Cursor</bdi>”');
    },
  );

  test('waits for the person where nobody has said yes yet, and says where the button leads', async () => {
    const href = 'https://client.example/callback?error=invalid_request';
    const response = errorPage({ ...model, returnTo: { clientName: 'Cursor', href, waits: true } });
    expect(response.headers.has('Refresh')).toBe(false);
    expect(await response.text()).toContain('That leads to <b>client.example</b>');
  });

  test('another account may be chosen, and there is time for it', async () => {
    const href = 'http://127.0.0.1:33418/?error=x';
    const switchAction = '/authorize/tenant?state=state-1';
    const response = errorPage({ ...model, switchAction, returnTo: { clientName: 'Cursor', href } });
    expect(response.headers.get('Refresh')).toBe(`120; url=${href}`);
    const markup = await response.text();
    expect(markup).toContain(`<form method="post" action="${switchAction}">`);
    expect(markup).toContain('name="decision" value="switch"');
  });

  test.each([
    'javascript:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:https://x/1',
    '/x',
  ])('never leads back to %s', async (href) => {
    const response = errorPage({ ...model, returnTo: { clientName: 'Cursor', href } });
    expect(response.headers.has('Refresh')).toBe(false);
    expect(await response.text()).not.toContain('<a ');
  });

  test('support is named only with a way to reach it', async () => {
    const page = async (support?: string): Promise<string> => {
      const brand = { ...otherBrand, links: support === undefined ? {} : { support } };
      return messagePage('internal_error', { requestId: REQUEST_ID, brand }).text();
    };
    expect(await page()).not.toMatch(/support/i);
    expect(await page()).toContain(`give this reference: <code>${REQUEST_ID}</code>`);

    const mail = await page('mailto:help@acme.example');
    expect(mail).toContain(
      `<a href="mailto:help@acme.example?subject=Reference%20${REQUEST_ID}">Contact support: help@acme.example</a>`,
    );
    expect(await page('mailto:help@acme.example?subject=MCP')).toContain('href="mailto:help@acme.example?subject=MCP"');

    const web = await page('https://help.acme.example/?a=1&b=2');
    expect(web).toContain('href="https://help.acme.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"');
    expect(web).toContain('Contact support: help.acme.example');
  });

  test('says tenant in the product’s own word', async () => {
    const page = async (brand = shelfBrand): Promise<string> =>
      messagePage('not_in_tenant', { requestId: REQUEST_ID, brand }).text();
    expect(await page()).toContain('<h1>You don’t belong to this workspace</h1>');
    expect(await page(otherBrand)).toContain('<h1>You don’t belong to this organization</h1>');
    expect(await page(otherBrand)).not.toMatch(/workspace|\{tenant/);
  });

  test.each(codes)('%s has no blank left in it', (code) => {
    expect(Object.values(messageOf(code)).join(' ')).not.toMatch(/[{}]/);
  });

  test('escapes what it is given', async () => {
    const evil = '<script>alert(1)</script>';
    const response = errorPage({ status: 400, title: evil, message: evil, whatToDo: evil, requestId: evil });
    expect(await response.text()).not.toContain('<script');
  });

  test('keeps headers: cookies to clear, Retry-After', () => {
    const headers = new Headers({ 'Retry-After': '60' });
    headers.append('Set-Cookie', 'a=; Max-Age=0');
    headers.append('Set-Cookie', 'b=; Max-Age=0');
    const response = messagePage('too_many_requests', { requestId: REQUEST_ID, headers });
    expect(response.headers.getSetCookie()).toHaveLength(2);
    expect(response.headers.get('Retry-After')).toBe('60');
  });
});
