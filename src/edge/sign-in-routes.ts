// The pages of a sign-in: each step of auth/sign-in.ts becomes a redirect or a page here.
import type { Context } from 'hono';
import type { AuthorizationServer } from '../session/settings';
import { AUTHORIZE_PATH } from '../auth/authorization-server';
import { answerConsent, beginSignIn, finishSignIn, type SignInScope, type SignInStep } from '../auth/sign-in';
import type { Config } from '../config';
import type { GatewayDefinition } from '../define/gateway';
import { FetchError, readBounded } from '../shared/bounded-fetch';
import { idsOf, type EdgeEnv } from './context';
import { consentPage } from './pages/consent';
import { messagePage } from './pages/error';

/** The consent form holds a handle and some scope names. */
const MAX_FORM_BYTES = 16 * 1024;

type Route = (c: Context<EdgeEnv>) => Promise<Response>;

export function signInRoutes(
  definition: GatewayDefinition,
  authorizationServer: (config: Config) => AuthorizationServer,
): { begin: Route; answer: Route; finish: Route } {
  const scopeOf = (c: Context<EdgeEnv>): SignInScope => ({
    bindings: c.env,
    config: c.var.config,
    server: authorizationServer(c.var.config),
    scopes: definition.scopes,
    ids: idsOf(c.var),
    log: c.var.log,
    waitUntil: (promise) => c.executionCtx.waitUntil(promise),
  });
  const show = (c: Context<EdgeEnv>, step: SignInStep): Response => render(c, step, definition);

  return {
    begin: async (c) => show(c, await beginSignIn(c.req.raw, scopeOf(c))),
    answer: async (c) => {
      const form = await readForm(c.req.raw);
      return show(
        c,
        form ? await answerConsent(c.req.raw, form, scopeOf(c)) : { kind: 'failed', failure: 'request_invalid' },
      );
    },
    finish: async (c) => show(c, await finishSignIn(c.req.raw, scopeOf(c))),
  };
}

/** The form of the consent page, or undefined when it is larger than that page could send. */
async function readForm(request: Request): Promise<URLSearchParams | undefined> {
  try {
    return new URLSearchParams(await readBounded(request, MAX_FORM_BYTES));
  } catch (error) {
    if (error instanceof FetchError) return undefined;
    throw error;
  }
}

function render(c: Context<EdgeEnv>, step: SignInStep, definition: GatewayDefinition): Response {
  const product = definition.title;
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
        requestId: c.var.requestId,
        ...(step.headers && { headers: step.headers }),
        ...(step.returnTo && { returnTo: step.returnTo }),
      });
    case 'consent': {
      const { description, handle, headers } = step;
      const { idp } = c.var.config;
      return consentPage({
        product,
        clientName: description.clientName,
        ...(description.clientDomain === undefined ? {} : { clientDomain: description.clientDomain }),
        redirectHost: redirectHost(description.redirectUri),
        redirectIsLoopback: description.redirectIsLoopback,
        scopes: description.scope.map((name) => {
          const scope = definition.scopes[name];
          return {
            name,
            description: scope?.description ?? name,
            baseline: scope?.baseline === true,
            sensitive: scope?.sensitive === true,
          };
        }),
        signInWith: { name: idp.name, host: new URL(idp.issuer).host },
        handle,
        action: AUTHORIZE_PATH,
        headers,
      });
    }
  }
}

/** With its port, which tells programs on one computer apart; the whole URI where a host would mean nothing. */
function redirectHost(redirectUri: string): string {
  const url = new URL(redirectUri);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.host : redirectUri;
}
