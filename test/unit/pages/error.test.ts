import { describe, expect, test } from 'vitest';
import { errorPage, messagePage } from '../../../src/edge/pages/error';
import { pageMessages, type PageMessageCode } from '../../../src/edge/pages/messages';
import { REQUEST_ID } from './samples';

const codes = Object.keys(pageMessages) as PageMessageCode[];

describe('message catalogue', () => {
  test.each(codes)('%s', async (code) => {
    const { status, title, message, whatToDo } = pageMessages[code];
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

  test.each(['/authorize?x=1', 'https://mcp.nexus.example/'])('offers to try again at %s', async (retryHref) => {
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
