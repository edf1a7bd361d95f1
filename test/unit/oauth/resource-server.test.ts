// What is kept of the servers of resources: anybody can name tenants that don't exist.
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { authorizationServers } from '../../../src/oauth/server';
import { resourceServers } from '../../../src/oauth/resource-server';
import { parseConfig } from '../../../src/config';
import { product } from '../../product/definition';
import { resourceOf } from '../../../src/shared/resources';

const config = parseConfig({ ...env }, product.upstream);
const shared = resourceOf(config.issuer, null);
const acme = resourceOf(config.issuer, 'acme');

test('the shared resource’s are kept, a tenant’s are not', () => {
  const resources = resourceServers(product, []);
  expect(resources(config, shared)).toBe(resources(config, { ...shared }));
  expect(resources(config, acme)).not.toBe(resources(config, acme));
  const servers = authorizationServers(product.scopes);
  expect(servers(config, shared.url)).toBe(servers(config));
  expect(servers(config, acme.url)).not.toBe(servers(config, acme.url));
});

test.each([undefined, null, '', 'x', 'https://evil.example/t/acme/mcp', `${acme.url}/`])(
  'an indicator that names no tenant’s resource leads to the shared one’s server: %s',
  (indicator) => {
    const servers = authorizationServers(product.scopes);
    expect(servers(config, indicator)).toBe(servers(config));
  },
);
