// One model of each page as it looks in production, and the hostile ones, shared by unit and browser tests.
import type { AccountModel } from '../../../../src/edge/pages/account';
import { brandOf, type Brand } from '../../../../src/edge/pages/brand';
import type { ConsentModel, ConsentScope } from '../../../../src/edge/pages/consent';
import type { LandingModel } from '../../../../src/edge/pages/landing';
import type { TenantsModel } from '../../../../src/edge/pages/tenants';
import { product, shelfScopes } from '../../../product/definition';
import type { ScopeDefinition } from '../../../../src/define/scopes';

export const REQUEST_ID = '9f1c2f0e7b3a4d55';

/** The product's own look and links. */
export const shelfBrand: Brand = brandOf(product);

/** Another product, as its adopter defines it: links by configuration, a warm accent, another word for a tenant. */
export const otherBrand: Brand = brandOf(
  {
    ...product,
    links: { support: 'https://help.acme.example/contact?from=connector' },
    branding: { accent: { light: '#a3005c', dark: '#ff9ecf' }, tenant: { one: 'organization', many: 'organizations' } },
  },
  { privacy: 'https://acme.example/privacy' },
);

export const landing: LandingModel = {
  product: 'Shelf',
  connectorUrl: 'https://mcp.shelf.example/mcp',
  authorizationServerHost: 'mcp.shelf.example',
};

/** As the reference product's own page is. */
export const fullLanding: LandingModel = {
  ...landing,
  tenantPage: 'https://mcp.shelf.example/t/your-workspace',
  examples: product.examples ?? [],
  brand: shelfBrand,
};

const scopes = Object.entries<ScopeDefinition>(shelfScopes).map(([name, scope]) => ({
  name,
  description: scope.description,
  baseline: scope.baseline ?? false,
  sensitive: scope.sensitive ?? false,
  irreversible: scope.irreversible ?? false,
  before: false,
}));

/** The catalogue, of which these were allowed before. */
export const allowedBefore = (...names: string[]): ConsentScope[] =>
  scopes.map((scope) => ({ ...scope, before: names.includes(scope.name) }));

/** Claude: its metadata document's host is verified, its redirect goes to the web. */
export function verifiedConsent(changes: Partial<ConsentModel> = {}): ConsentModel {
  return {
    product: 'Shelf',
    clientName: 'Claude',
    clientDomain: 'claude.ai',
    redirectHost: 'claude.ai',
    redirectIsLoopback: false,
    redirectIsWeb: true,
    scopes,
    signedIn: false,
    signInWith: { name: 'Google', host: 'accounts.google.com' },
    handle: 'handle-1',
    action: '/authorize',
    headers: new Headers(),
    ...changes,
  };
}

/** A dynamically registered desktop app: nobody vouches for its name, its redirect stays on this computer. */
export function unverifiedConsent(changes: Partial<ConsentModel> = {}): ConsentModel {
  const { clientDomain: _, ...model } = verifiedConsent({
    clientName: 'Cursor',
    redirectHost: 'localhost',
    redirectIsLoopback: true,
    ...changes,
  });
  return model;
}

/** Ada comes back without having seen a page. */
export function accountChoice(changes: Partial<AccountModel> = {}): AccountModel {
  const { clientName, clientDomain = '', redirectHost, redirectIsLoopback, redirectIsWeb } = verifiedConsent();
  return {
    product: 'Shelf',
    clientName,
    clientDomain,
    redirectHost,
    redirectIsLoopback,
    redirectIsWeb,
    email: 'ada@acme.example',
    workspace: 'Acme Industries',
    scopes,
    answered: false,
    action: '/authorize/tenant?state=state-1',
    headers: new Headers(),
    ...changes,
  };
}

/** A consultant of two companies. */
export function tenantChoice(changes: Partial<TenantsModel> = {}): TenantsModel {
  return {
    product: 'Shelf',
    email: 'katherine@consulting.example',
    tenants: [
      { id: 'acme', name: 'Acme Industries' },
      { id: 'globex', name: 'Globex Corporation' },
    ],
    example: 'https://mcp.shelf.example/t/acme/mcp',
    action: '/authorize/tenant?state=state-1',
    headers: new Headers(),
    ...changes,
  };
}

const BIDI_OVERRIDE = '\u202E';
const ZERO_WIDTH = '\u200B';

export const hostileNames: Readonly<Record<string, string>> = {
  html: `<img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>`,
  attribute: `"><svg onload=document.title='pwned'> ' autofocus onfocus=document.title='pwned' x='`,
  long: 'W'.repeat(5000),
  bidi: `Claude${BIDI_OVERRIDE}moc.live ta deifirev${ZERO_WIDTH}\u2066`,
  lines: 'Claude\r\n\n\nVerified address\tclaude.ai\u2028Name verified',
  stacked: `Cl${'\u0489\u0300\u0301\u0302\u0303'.repeat(40)}aude`,
  alphabets: 'Сlаudе',
  invisible: '\u3164\u200D\u2800\u00AD\uFEFF',
};
