// The gateway's protected resources: `/mcp`, and beside it one for each tenant, `/t/{tenant}/mcp`, for people who belong
// to several and whose client takes a connector URL only once. How a URL and a tenant relate is known here alone.
// Not known here, and told by nothing that is made of such a URL: whether the tenant exists.

/** What every tenant id must look like that is to have a URL: one path segment that no URL parser changes. */
const TENANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SHARED_PATH = '/mcp';
const METADATA_PREFIX = '/.well-known/oauth-protected-resource';
/** Under which addresses the router (edge/app.ts) asks the functions below. */
export const RESOURCE_ROUTES = [SHARED_PATH, `/t/:tenant${SHARED_PATH}`] as const;
export const RESOURCE_METADATA_ROUTE = `${METADATA_PREFIX}/*`;
export const TENANT_PAGE_ROUTE = '/t/:tenant';

export interface ProtectedResource {
  /** Its identifier (RFC 8707 §2), and where it is. */
  readonly url: string;
  /** Null for the one that all tenants share. */
  readonly tenant: string | null;
}

/** The resource of a tenant, or for null the one that all share. */
export function resourceOf(issuer: string, tenant: string | null): ProtectedResource {
  return { url: tenant === null ? issuer + SHARED_PATH : `${issuer}/t/${tenant}${SHARED_PATH}`, tenant };
}

/** The resource that a URL leads to, whatever its query; undefined for every other URL. */
export function resourceAt(issuer: string, url: string): ProtectedResource | undefined {
  // As most are called.
  if (url === issuer + SHARED_PATH) return resourceOf(issuer, null);
  const parsed = URL.parse(url);
  return parsed?.origin === issuer ? resourceOfPath(issuer, parsed.pathname) : undefined;
}

/** The resource that is described at a URL (RFC 9728 §3.1: its path, behind the well-known one). */
export function resourceDescribedAt(issuer: string, url: string): ProtectedResource | undefined {
  const path = new URL(url).pathname;
  return path.startsWith(METADATA_PREFIX) ? resourceOfPath(issuer, path.slice(METADATA_PREFIX.length)) : undefined;
}

/** Where a resource's metadata is (RFC 9728 §3.1). */
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

/** The resource that was meant by a request to an address where nothing is: that of the tenant whose path it begins with. */
export function resourceMeantBy(issuer: string, url: string): ProtectedResource {
  const [, tenant] = /^\/t\/([^/]+)(?:\/|$)/.exec(new URL(url).pathname) ?? [];
  return resourceOf(issuer, tenant !== undefined && TENANT.test(tenant) ? tenant : null);
}

/** Compared as it stands, percent-encoding and case included: what names a tenant in two ways would be two audiences. */
function resourceOfPath(issuer: string, path: string): ProtectedResource | undefined {
  if (path === SHARED_PATH) return resourceOf(issuer, null);
  const [, tenant] = /^\/t\/([^/]+)\/mcp$/.exec(path) ?? [];
  return tenant !== undefined && TENANT.test(tenant) ? resourceOf(issuer, tenant) : undefined;
}
