// The gateway's protected resources: `/mcp`, and `/t/{tenant}/mcp` for each tenant. The second is for people who belong
// to several tenants, because a client takes a connector URL only once. Only this file knows how a URL and a tenant
// relate. It doesn't know whether a tenant exists, and no answer that is made from such a URL tells.

/** The form of a tenant id that can have a URL: one path segment that no URL parser changes. */
const TENANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SHARED_PATH = '/mcp';
const METADATA_PREFIX = '/.well-known/oauth-protected-resource';
/** Routes of edge/app.ts, which asks the functions below about the URL. */
export const RESOURCE_ROUTES = [SHARED_PATH, `/t/:tenant${SHARED_PATH}`] as const;
export const RESOURCE_METADATA_ROUTE = `${METADATA_PREFIX}/*`;
export const TENANT_PAGE_ROUTE = '/t/:tenant';

export interface ProtectedResource {
  /** The resource identifier (RFC 8707 §2), which is also its address. */
  readonly url: string;
  /** Null for the resource that all tenants share. */
  readonly tenant: string | null;
}

/** The resource of a tenant; for null, the shared one. */
export function resourceOf(issuer: string, tenant: string | null): ProtectedResource {
  return { url: tenant === null ? issuer + SHARED_PATH : `${issuer}/t/${tenant}${SHARED_PATH}`, tenant };
}

/** The resource at a URL, whatever its query; undefined for every other URL. */
export function resourceAt(issuer: string, url: string): ProtectedResource | undefined {
  // Most requests have exactly this URL, so it isn't parsed.
  if (url === issuer + SHARED_PATH) return resourceOf(issuer, null);
  const parsed = URL.parse(url);
  return parsed?.origin === issuer ? resourceOfPath(issuer, parsed.pathname) : undefined;
}

/** The resource whose metadata is at a URL (RFC 9728 §3.1: the path of the resource follows the well-known one). */
export function resourceDescribedAt(issuer: string, url: string): ProtectedResource | undefined {
  const path = new URL(url).pathname;
  return path.startsWith(METADATA_PREFIX) ? resourceOfPath(issuer, path.slice(METADATA_PREFIX.length)) : undefined;
}

/** The URL of a resource's metadata (RFC 9728 §3.1). */
export function metadataUrl({ url }: ProtectedResource): string {
  const { origin, pathname } = new URL(url);
  return origin + METADATA_PREFIX + pathname;
}

/** The page that shows a tenant's connector URL. */
export function tenantPageUrl(issuer: string, tenant: string): string {
  return `${issuer}/t/${tenant}`;
}

/** The tenant of a {@link tenantPageUrl}; undefined for any other URL. */
export function tenantOfPage(url: string): string | undefined {
  const [, tenant] = /^\/t\/([^/]+)\/?$/.exec(new URL(url).pathname) ?? [];
  return tenant !== undefined && TENANT.test(tenant) ? tenant : undefined;
}

/**
 * The resource to name when nothing is served at a URL: that of the tenant whose path the URL begins with, else the
 * shared one.
 */
export function resourceMeantBy(issuer: string, url: string): ProtectedResource {
  const [, tenant] = /^\/t\/([^/]+)(?:\/|$)/.exec(new URL(url).pathname) ?? [];
  return resourceOf(issuer, tenant !== undefined && TENANT.test(tenant) ? tenant : null);
}

/**
 * Compares the path literally, percent-encoding and case included: two spellings of a tenant would be two audiences.
 */
function resourceOfPath(issuer: string, path: string): ProtectedResource | undefined {
  if (path === SHARED_PATH) return resourceOf(issuer, null);
  const [, tenant] = /^\/t\/([^/]+)\/mcp$/.exec(path) ?? [];
  return tenant !== undefined && TENANT.test(tenant) ? resourceOf(issuer, tenant) : undefined;
}
