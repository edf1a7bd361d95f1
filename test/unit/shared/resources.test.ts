import { describe, expect, test } from 'vitest';
import { metadataUrl, resourceAt, resourceDescribedAt, resourceOf, tenantOfPage } from '../../../src/shared/resources';

const issuer = 'https://gateway.example';
const prefix = `${issuer}/.well-known/oauth-protected-resource`;
const longest = 'x'.repeat(64);

describe.each([
  [null, '/mcp'],
  ['acme', '/t/acme/mcp'],
  ['0f8b7c2e-1d3a-4b5c-8d9e-0a1b2c3d4e5f', '/t/0f8b7c2e-1d3a-4b5c-8d9e-0a1b2c3d4e5f/mcp'],
  ['A.b_c-1', '/t/A.b_c-1/mcp'],
  ['a..b', '/t/a..b/mcp'],
  [longest, `/t/${longest}/mcp`],
])('the resource of %s', (tenant, path) => {
  test('is the same from either side', () => {
    const resource = resourceOf(issuer, tenant);
    expect(resource).toEqual({ url: issuer + path, tenant });
    expect(resourceAt(issuer, resource.url)).toEqual(resource);
    expect(resourceAt(issuer, `${resource.url}?mode=x`)).toEqual(resource);
    expect(metadataUrl(resource)).toBe(prefix + path);
    expect(resourceDescribedAt(issuer, metadataUrl(resource))).toEqual(resource);
  });
});

/** Paths that item to no resource, each a way to name a tenant twice or to climb out of it. */
export const strayPaths = [
  '/',
  '/mcp/',
  '/MCP',
  '/t',
  '/t/',
  '/t/mcp',
  '/t//mcp',
  '/t/acme',
  '/t/acme/',
  '/t/acme/mcp/',
  '/t/acme/mcp/x',
  '/t/acme//mcp',
  '/t/acme/MCP',
  '/T/acme/mcp',
  '/t/acme/x/mcp',
  '/t/a%2Fb/mcp',
  '/t/%61cme/mcp',
  '/t/acme%2Fmcp',
  '/t/acme%00/mcp',
  '/t/acme%20/mcp',
  '/t/acm%C3%A9/mcp',
  '/t/acmé/mcp',
  '/t/acme;x/mcp',
  '/t/acme:1/mcp',
  '/t/acme@x/mcp',
  '/t/.acme/mcp',
  '/t/-acme/mcp',
  '/t/_acme/mcp',
  `/t/${'x'.repeat(65)}/mcp`,
  `/t/${'x'.repeat(20_000)}/mcp`,
  '/x/t/acme/mcp',
];

test.each(strayPaths)('%.60s leads to no resource', (path) => {
  expect(resourceAt(issuer, issuer + path)).toBeUndefined();
  expect(resourceDescribedAt(issuer, prefix + path)).toBeUndefined();
});

test.each([
  'https://evil.example/t/acme/mcp',
  'http://gateway.example/mcp',
  'https://gateway.example:444/mcp',
  '',
  'x',
])('%s is not of this gateway', (url) => {
  expect(resourceAt(issuer, url)).toBeUndefined();
});

test('a page is of a tenant only under a name that could be one', () => {
  expect(tenantOfPage(`${issuer}/t/acme`)).toBe('acme');
  expect(tenantOfPage(`${issuer}/t/acme/`)).toBe('acme');
  for (const path of ['/t/', '/t/a%2Fb', '/t/%61cme', '/t/.acme', '/t/acme/mcp', `/t/${'x'.repeat(65)}`])
    expect(tenantOfPage(issuer + path)).toBeUndefined();
});
