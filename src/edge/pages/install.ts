// What the apps need: a name for the connector that each of them accepts, and the links that install it.
import type { TenantNoun } from '../../define/branding';
import { tenantPageUrl } from '../../shared/resources';

/** Cursor limits the names of a server and a tool together to 60 characters, the Claude API to 64. */
const MAX_NAME = 32;
/** The part of it for a tenant, so that the product stays recognisable. */
const MAX_TENANT = 22;

/**
 * A name that needs no quoting in a shell and is a plain key in JSON. It contains the tenant, because each entry of a
 * person with several tenants needs a name of its own.
 */
export function connectorName(product: string, tenant?: string): string {
  const name = slug(product) || 'connector';
  const suffix = tenant === undefined ? '' : slug(tenant).slice(0, MAX_TENANT);
  if (suffix === '') return trimmed(name.slice(0, MAX_NAME));
  return trimmed(`${trimmed(name.slice(0, MAX_NAME - 1 - suffix.length))}-${suffix}`);
}

function slug(words: string): string {
  return trimmed(words.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
}

function trimmed(name: string): string {
  return name.replaceAll(/^-+|-+$/g, '');
}

/** The URL of a tenant's page, with a placeholder for the tenant: `https://mcp.example.com/t/your-workspace`. */
export function tenantPagePattern(issuer: string, noun: TenantNoun): string {
  return tenantPageUrl(issuer, `your-${slug(noun.one) || 'name'}`);
}

/** https://cursor.com/docs/mcp/install-links */
export function cursorInstallLink(name: string, url: string): string {
  const config = encodeURIComponent(btoa(JSON.stringify({ url })));
  return `cursor://anysphere.cursor-deeplink/mcp/install?name=${name}&config=${config}`;
}

/** https://code.visualstudio.com/docs/copilot/guides/mcp-developer-guide#_mcp-url-handler */
export function vsCodeInstallLink(name: string, url: string): string {
  return `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, type: 'http', url }))}`;
}

/** Whether an address leads to the computer that opens it. Servers of a vendor can't call it. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}
