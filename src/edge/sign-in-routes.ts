// The pages of a sign-in: each step of oauth/sign-in/authorize.ts and callback.ts becomes a redirect or a page here.
import type { ConsentDescription } from '@cloudflare/workers-oauth-provider';
import type { Context } from 'hono';
import type { AuthorizationServers } from '../session/settings';
import { AUTHORIZE_PATH } from '../oauth/server';
import { chooseTenant, finishSignIn, retryArrival } from '../oauth/sign-in/callback';
import { answerConsent, beginSignIn } from '../oauth/sign-in/authorize';
import type { IdentityProvidersOf } from '../oauth/sign-in/identity-provider';
import type { SignInScope, SignInStep } from '../oauth/sign-in/step';
import type { GatewayDefinition } from '../define/gateway';
import { FetchError, readBounded } from '../shared/bounded-fetch';
import type { Tenant, TenantDirectory } from '../upstream/tenants';
import { parametersIn } from '../shared/parameters';
import { resourceAt, resourceOf } from '../shared/resources';
import { idsOf, type EdgeEnv } from './context';
import { accountPage } from './pages/account';
import { brandOf } from './pages/brand';
import type { ShownClient } from './pages/client';
import { consentPage, type ConsentScope } from './pages/consent';
import { messagePage } from './pages/error';
import { tenantsPage } from './pages/tenants';

/** The consent form contains a handle and some scope names; the choice of a tenant, one id. */
const MAX_FORM_BYTES = 16 * 1024;

type Route = (c: Context<EdgeEnv>) => Promise<Response>;

export interface SignInRouteParts {
  readonly definition: GatewayDefinition;
  readonly authorizationServer: AuthorizationServers;
  readonly identityProviders: IdentityProvidersOf;
  /** Absent where the backend can't list tenants. */
  readonly tenantsOf: TenantDirectory | undefined;
}

type Routes = Record<'begin' | 'answer' | 'finish' | 'retry' | 'choose', Route>;

export function signInRoutes({
  definition,
  authorizationServer,
  identityProviders,
  tenantsOf,
}: SignInRouteParts): Routes {
  const scopeOf = (c: Context<EdgeEnv>): SignInScope => ({
    bindings: c.env,
    config: c.var.config,
    server: authorizationServer(c.var.config, c.req.query('resource')),
    providers: identityProviders(c.var.config),
    scopes: definition.scopes,
    tenantsOf: tenantsOf && ((email) => tenantsOf(c.var.config, email, idsOf(c.var))),
    ids: idsOf(c.var),
    log: c.var.log,
    waitUntil: (promise) => c.executionCtx.waitUntil(promise),
  });
  const show = (c: Context<EdgeEnv>, step: SignInStep): Response => render(c, step, definition);

  const ask =
    (step: (request: Request, scope: SignInScope) => Promise<SignInStep>): Route =>
    async (c) =>
      show(c, await step(c.req.raw, scopeOf(c)));
  const submit =
    (step: (request: Request, form: URLSearchParams, scope: SignInScope) => Promise<SignInStep>): Route =>
    async (c) => {
      const form = await readForm(c.req.raw);
      return show(c, form ? await step(c.req.raw, form, scopeOf(c)) : { kind: 'failed', failure: 'request_invalid' });
    };

  const finish = ask(finishSignIn);

  return {
    begin: ask(beginSignIn),
    answer: submit(answerConsent),
    // A provider beside the one of the configuration has a callback of its own; for any other name there is nothing.
    finish: (c) => {
      const id = c.req.param('provider');
      if (id !== undefined && !identityProviders(c.var.config).byId(id)) return Promise.resolve(c.notFound());
      return finish(c);
    },
    retry: ask(retryArrival),
    choose: submit(chooseTenant),
  };
}

/** The form of one of our pages; undefined when it is larger than any of them, or isn't UTF-8. */
async function readForm(request: Request): Promise<URLSearchParams | undefined> {
  try {
    return parametersIn(await readBounded(request, MAX_FORM_BYTES));
  } catch (error) {
    if (error instanceof FetchError) return undefined;
    throw error;
  }
}

function render(c: Context<EdgeEnv>, step: SignInStep, definition: GatewayDefinition): Response {
  const product = definition.title;
  const brand = brandOf(definition, c.var.config.links);
  switch (step.kind) {
    case 'redirect': {
      step.headers.set('Location', step.location);
      step.headers.set('Cache-Control', 'no-store');
      step.headers.set('Referrer-Policy', 'no-referrer');
      return new Response(null, { status: 302, headers: step.headers });
    }
    case 'failed':
      return messagePage(step.failure, {
        product,
        brand,
        requestId: c.var.requestId,
        ...(step.headers && { headers: step.headers }),
        ...(step.returnTo && { returnTo: step.returnTo }),
        ...(step.email !== undefined && { signedInAs: step.email }),
        ...(step.switchAction !== undefined && { switchAction: step.switchAction }),
        ...(step.retryHref !== undefined && { retryHref: step.retryHref }),
      });
    case 'tenants': {
      const { email, tenants, action, headers } = step;
      const { issuer } = c.var.config;
      // Some ids can't be part of a URL.
      const urls = tenants.map(({ id }) => resourceAt(issuer, resourceOf(issuer, id).url)?.url);
      const example = urls.find((url) => url !== undefined);
      return tenantsPage({
        product,
        brand,
        email,
        tenants,
        action,
        headers,
        ...(example !== undefined && { example }),
      });
    }
    case 'consent': {
      const { description, before, email, signedIn, tenant, provider, handle, headers } = step;
      return consentPage({
        product,
        brand,
        ...shownClient(description),
        scopes: shownScopes(description.scope, definition, before),
        ...(email !== undefined && { email }),
        signedIn,
        signInWith: { name: provider.name, host: new URL(provider.issuer).host },
        ...workspace(tenant),
        handle,
        action: AUTHORIZE_PATH,
        headers,
      });
    }
    case 'account': {
      const { description, email, tenant, answered, action, headers } = step;
      const scopes = shownScopes(description.scope, definition);
      return accountPage({
        product,
        brand,
        ...shownClient(description),
        email,
        ...workspace(tenant),
        scopes,
        answered,
        action,
        headers,
      });
    }
  }
}

function shownClient({ clientName, clientDomain, ...client }: ConsentDescription): ShownClient {
  const { redirectUri, redirectIsLoopback } = client;
  return {
    clientName,
    ...(clientDomain === undefined ? {} : { clientDomain }),
    redirectHost: redirectHost(redirectUri),
    redirectIsLoopback,
    redirectIsWeb: isWeb(new URL(redirectUri)),
  };
}

function shownScopes(
  names: readonly string[],
  { scopes }: Pick<GatewayDefinition, 'scopes'>,
  before: readonly string[] = [],
): ConsentScope[] {
  return names.map((name) => ({
    name,
    description: scopes[name]?.description ?? name,
    baseline: scopes[name]?.baseline === true,
    sensitive: scopes[name]?.sensitive === true,
    irreversible: scopes[name]?.irreversible === true,
    before: before.includes(name),
  }));
}

/** A tenant's name when it is known, else its id. */
function workspace(tenant: Partial<Tenant> | null): { workspace?: string } {
  const shown = tenant?.name || tenant?.id;
  return shown === undefined ? {} : { workspace: shown };
}

/** The host with its port, because the port tells programs on one computer apart; the whole URI when it has no host. */
function redirectHost(redirectUri: string): string {
  const url = new URL(redirectUri);
  return isWeb(url) ? url.host : redirectUri;
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:';
}
