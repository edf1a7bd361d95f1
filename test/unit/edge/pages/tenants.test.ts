import { describe, expect, test } from 'vitest';
import { consentPage } from '../../../../src/edge/pages/consent';
import { messagePage } from '../../../../src/edge/pages/error';
import { tenantsPage } from '../../../../src/edge/pages/tenants';
import { hostileNames, otherBrand, tenantChoice, verifiedConsent } from './samples';

describe('the choice of a tenant', () => {
  test('one button for each, with its id, one to leave, and one for another account', async () => {
    const markup = await tenantsPage(tenantChoice()).text();
    const buttons = [...markup.matchAll(/<button [^>]*name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value,
    ]);
    expect(buttons).toEqual([
      ['tenant', 'acme'],
      ['tenant', 'globex'],
      ['decision', 'deny'],
      ['decision', 'switch'],
    ]);
    expect(markup).toContain('You signed in as <b>katherine@consulting.example</b>');
    expect(markup).toContain('<form method="post" action="/authorize/tenant?state=state-1">');
    expect(markup.replaceAll(/<[^>]*>/g, '')).toContain('https://mcp.shelf.example/t/acme/mcp');
  });

  test('keeps the cookies that bind it to the browser, and cannot be framed or kept', () => {
    const headers = new Headers([
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ]);
    const answer = tenantsPage(tenantChoice({ headers }));
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('X-Frame-Options')).toBe('DENY');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  });

  test.each(Object.entries(hostileNames))('a name that is %s stays text', async (_kind, name) => {
    const tenants = [
      { id: name, name },
      { id: 'b', name: 'B' },
    ];
    const markup = await tenantsPage(tenantChoice({ tenants, email: `${name}@x.example` })).text();
    expect(markup).not.toMatch(/<(?:img|script|svg onload)/);
    expect(markup.replace(/value="[^"]*"/g, '')).not.toMatch(/[\u202E\u2066\u200B]/);
  });

  test('a tenant without a name that can be shown has its id', async () => {
    const markup = await tenantsPage(tenantChoice({ tenants: [{ id: 'acme', name: '\u200B' }] })).text();
    expect(markup).toContain('<bdi>acme</bdi>');
  });

  test('an address of their own is named only where one has it', async () => {
    const { example: _, ...model } = tenantChoice();
    expect(await tenantsPage(model).text()).not.toContain('connector address');
  });
});

test('the choice and consent say tenant in the product’s own word', async () => {
  const choice = await tenantsPage(tenantChoice({ brand: otherBrand, tenants: [{ id: '', name: '' }] })).text();
  expect(choice).toContain('Which organization should it use?');
  expect(choice).toContain('aria-label="Your organizations"');
  expect(choice).toContain('Unnamed organization');
  const consent = await consentPage(verifiedConsent({ brand: otherBrand, workspace: 'acme', scopes: [] })).text();
  expect(consent).toContain('in the organization <bdi>acme</bdi>');
  for (const page of [choice, consent]) expect(page).not.toMatch(/workspace/i);
});

test('consent names the workspace of the URL, as text', async () => {
  const markup = await consentPage(verifiedConsent({ workspace: '<b>acme' })).text();
  expect(markup).toContain('in the workspace <bdi>&lt;b&gt;acme</bdi>');
});

test('a failure about an account names the account, as text', async () => {
  const markup = await messagePage('unknown_user', { requestId: 'r', signedInAs: '<b>@x.example' }).text();
  expect(markup).toContain('You signed in as <b>&lt;b&gt;@x.example</b>.');
});
