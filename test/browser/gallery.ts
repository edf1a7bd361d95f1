// Every page in the states that look different, by the path that the local server gives it.
import { accountPage } from '../../src/edge/pages/account';
import type { Brand } from '../../src/edge/pages/brand';
import { consentPage } from '../../src/edge/pages/consent';
import { COPY_SCRIPT_PATH, copyScriptResponse } from '../../src/edge/pages/copy-script';
import { messagePage } from '../../src/edge/pages/error';
import { landingPage, type LandingModel } from '../../src/edge/pages/landing';
import { pageMessages, type PageMessageCode } from '../../src/edge/pages/messages';
import { tenantsPage } from '../../src/edge/pages/tenants';
import {
  accountChoice,
  allowedBefore,
  fullLanding,
  hostileNames,
  landing,
  shelfBrand,
  otherBrand,
  REQUEST_ID,
  tenantChoice,
  unverifiedConsent,
  verifiedConsent,
} from '../unit/edge/pages/samples';

const manyTenants = Array.from({ length: 40 }, (_, at) => ({ id: `tenant-${at}`, name: `Company Number ${at}` }));
const hostileTenants = Object.entries(hostileNames).map(([kind, name]) => ({ id: `${kind}-${'i'.repeat(200)}`, name }));

const more = allowedBefore('profile:read', 'items:read', 'notes:read', 'notes:write');
const again = allowedBefore(...more.map(({ name }) => name));
const atWeb = { redirectHost: 'client.example', redirectIsLoopback: false };
const atApp = { redirectHost: 'com.example.app:/callback', redirectIsLoopback: false, redirectIsWeb: false };
const LONG_EMAIL = `${'e'.repeat(250)}@x.example`;
const LONG_HOST = `${'claude.ai.'.repeat(20)}evil.example`;

export const gallery: ReadonlyMap<string, () => Response> = new Map([
  ['/landing', () => landingPage(fullLanding)],
  ['/landing-bare', () => landingPage(landing)],
  ['/landing-local', () => landingPage({ ...fullLanding, connectorUrl: 'http://localhost:8787/mcp' })],
  ['/landing-tenant', () => landingPage(tenantLanding('acme'))],
  ['/landing-other-brand', () => landingPage({ ...tenantLanding('acme-industries.eu'), brand: otherBrand })],
  ['/landing-long', () => landingPage(tenantLanding('x'.repeat(64)))],
  ['/consent', () => consentPage(verifiedConsent())],
  ['/consent-brand', () => consentPage(verifiedConsent({ brand: shelfBrand, workspace: 'acme' }))],
  ['/consent-other-brand', () => consentPage(verifiedConsent({ brand: otherBrand, workspace: 'acme' }))],
  ['/consent-local', () => consentPage(unverifiedConsent())],
  [
    '/consent-local-verified',
    () => consentPage(verifiedConsent({ redirectHost: '127.0.0.1', redirectIsLoopback: true })),
  ],
  ['/consent-long-host', () => consentPage(verifiedConsent({ clientDomain: LONG_HOST, redirectHost: LONG_HOST }))],
  ...Object.entries(hostileNames).map(
    ([kind, clientName]) => [`/consent-${kind}`, () => consentPage(unverifiedConsent({ clientName }))] as const,
  ),
  ['/consent-web-unverified', () => consentPage(unverifiedConsent(atWeb))],
  ['/consent-private-use', () => consentPage(unverifiedConsent(atApp))],
  ['/consent-more', () => consentPage(verifiedConsent({ scopes: more, email: 'ada@acme.example' }))],
  ['/consent-more-local', () => consentPage(unverifiedConsent({ scopes: more, email: LONG_EMAIL }))],
  ['/consent-again-local', () => consentPage(unverifiedConsent({ scopes: again, email: 'ada@acme.example' }))],
  ['/consent-signed-in', () => consentPage(verifiedConsent({ signedIn: true, email: 'ada@acme.example' }))],
  ['/account', () => accountPage(accountChoice())],
  [
    '/account-other',
    () => accountPage(accountChoice({ answered: true, email: LONG_EMAIL, workspace: 'x'.repeat(64) })),
  ],
  ['/consent-tenant', () => consentPage(verifiedConsent({ workspace: 'Acme Industries' }))],
  ['/consent-tenant-long', () => consentPage(unverifiedConsent({ workspace: 'x'.repeat(64) }))],
  ['/tenants', () => tenantsPage(tenantChoice())],
  ['/tenants-other-brand', () => tenantsPage(tenantChoice({ brand: otherBrand }))],
  ['/tenants-many', () => tenantsPage(tenantChoice({ tenants: manyTenants }))],
  ['/tenants-hostile', () => tenantsPage(tenantChoice({ tenants: hostileTenants, email: LONG_EMAIL }))],
  ['/error-lost', () => lost(shelfBrand)],
  ['/error-lost-other-brand', () => lost(otherBrand)],
  ['/error-way-back', () => errorWithWayBack('Cursor')],
  ['/error-way-back-long', () => errorWithWayBack('W'.repeat(200))],
  ['/error-waits', () => errorThatWaits()],
  ...(Object.keys(pageMessages) as PageMessageCode[]).map((code) => [`/error-${code}`, () => error(code)] as const),
]);

/** An error of a client that registered itself, before anybody said yes to it. */
function errorThatWaits(): Response {
  const href = 'https://client.example/callback?error=invalid_request';
  const returnTo = { clientName: 'Test Client', href, waits: true } as const;
  return messagePage('request_invalid', { requestId: REQUEST_ID, product: 'Shelf', returnTo });
}

/** The page of a tenant's own address: the same for every name. */
function tenantLanding(tenant: string): LandingModel {
  const { tenantPage: _, ...shared } = fullLanding;
  return { ...shared, tenant, connectorUrl: `https://mcp.shelf.example/t/${tenant}/mcp` };
}

function lost(brand: Brand): Response {
  return messagePage('not_found', { requestId: REQUEST_ID, product: 'Shelf', brand, homeHref: '/landing' });
}

/** The longest name an app may give itself, on the way back to it. */
function errorWithWayBack(clientName: string): Response {
  const returnTo = { clientName, href: 'cursor://anysphere.cursor/callback?error=access_denied' };
  const signedInAs = 'katherine@consulting.example';
  const switchAction = '/authorize/tenant?state=state-1';
  return messagePage('not_in_tenant', { requestId: REQUEST_ID, product: 'Shelf', signedInAs, returnTo, switchAction });
}

function error(code: PageMessageCode): Response {
  const retryHref = code === 'internal_error' || code === 'backend_unavailable' ? { retryHref: '/landing' } : {};
  return messagePage(code, { requestId: REQUEST_ID, product: 'Shelf', ...retryHref });
}

export function show(path: string): Response {
  if (path === COPY_SCRIPT_PATH) return copyScriptResponse();
  return gallery.get(path)?.() ?? new Response('not in the gallery', { status: 404 });
}
