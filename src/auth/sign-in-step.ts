// What the steps of a sign-in share: what each leads to, what each needs, and how one that failed is told to the person,
// to the client and to the audit trail.
import {
  AuthorizationError,
  authorizationErrorRedirect,
  type AuthRequest,
  type ConsentDescription,
  type OAuthHelpers,
} from '@cloudflare/workers-oauth-provider';
import type { RequestIds } from '../audit/event';
import { clientDirectory } from '../clients/directory';
import { KEEP_SECONDS } from '../clients/documents';
import type { Bindings, Config } from '../config';
import type { ScopeCatalogue } from '../define/scopes';
import { refuseExchange } from '../session/authority';
import type { Identity } from '../session/face';
import type { AuthorizationServer } from '../session/settings';
import type { Log } from '../shared/log';
import { isSignInUnderWay } from '../storage/oauth-store';
import type { SignInProblem, SignInSecrets } from './oidc';
import { auditRefusedSignIn } from './sign-in-audit';

/** Why somebody whom the provider vouched for gets no access here. */
export type ArrivalProblem = 'unknown_user' | 'user_disabled' | 'not_in_tenant';

/** What ends the way on a page of ours, since a redirect would not be safe or would not explain it. */
export type SignInFailure =
  | SignInProblem
  | ArrivalProblem
  | 'backend_unavailable'
  | 'sign_in_expired'
  | 'sign_in_other_browser'
  | 'client_unknown'
  | 'client_invalid'
  | 'client_unreachable'
  | 'redirect_uri_invalid'
  | 'request_invalid'
  | 'consent_expired';

export interface Tenant {
  readonly id: string;
  /** For people. */
  readonly name: string;
}

export type SignInStep =
  | {
      readonly kind: 'consent';
      readonly description: ConsentDescription;
      /** The tenant that the request's resource names, or null. */
      readonly tenant: string | null;
      readonly handle: string;
      readonly headers: Headers;
    }
  | {
      readonly kind: 'tenants';
      readonly email: string;
      readonly tenants: readonly Tenant[];
      /** Where the choice is posted. */
      readonly action: string;
      readonly headers: Headers;
    }
  | { readonly kind: 'redirect'; readonly location: string; readonly headers: Headers }
  | {
      readonly kind: 'failed';
      readonly failure: SignInFailure;
      /** Whom the provider vouched for, where that explains the failure. */
      readonly email?: string;
      /** Where to ask once more. */
      readonly retryHref?: string;
      /** The OAuth error redirect to the client, where one is safe. */
      readonly returnTo?: { readonly clientName: string; readonly href: string };
      readonly headers?: Headers;
    };

/** What the backend says of the tenants that a verified email belongs to. */
export type TenantsAnswer =
  | { readonly kind: 'listed'; readonly tenants: readonly Tenant[] }
  | { readonly kind: 'denied'; readonly reason: 'unknown_user' | 'user_disabled' }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface SignInScope {
  readonly bindings: Bindings;
  readonly config: Config;
  readonly server: AuthorizationServer;
  readonly scopes: ScopeCatalogue;
  /** Asks the backend. Absent where it can't list tenants: then the token endpoint alone learns who a person is. */
  readonly tenantsOf: ((email: string) => Promise<TenantsAnswer>) | undefined;
  readonly ids: RequestIds;
  readonly log: Log;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/**
 * What the OAuth library keeps for us between two requests of one browser: at the provider, or identified by it and at
 * the choice of a tenant. Neither may be finished where the other belongs, so each says which it is.
 */
export type SignInState =
  | ({ readonly at: 'provider' } & SignInSecrets)
  | { readonly at: 'choice'; readonly identity: Identity; readonly offered: readonly Tenant[] };

export type Resumed<At extends SignInState['at']> = {
  readonly kind: 'resumed';
  readonly request: AuthRequest;
  readonly data: Extract<SignInState, { at: At }>;
  readonly headers: Headers;
};

/** Takes up what this browser began, once, from the `state` of a request. */
export async function resume<At extends SignInState['at']>(
  request: Request,
  at: At,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<Resumed<At> | Extract<SignInStep, { kind: 'failed' }>> {
  try {
    const { request: asked, data, headers } = await oauth.finishUpstream<SignInState>(request);
    if (isAt(data, at)) return { kind: 'resumed', request: asked, data, headers };
    scope.log.warn('sign_in.failed', { failure: 'sign_in_expired', problem: `the state is not of the ${at}` });
    return { kind: 'failed', failure: 'sign_in_expired', headers };
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error;
    // Only the browser where it began may finish it; once it is finished, that one has no cookie any more, either.
    const state = new URL(request.url).searchParams.get('state') ?? '';
    const underWay = await isSignInUnderWay(scope.bindings, state);
    const failure = underWay ? 'sign_in_other_browser' : 'sign_in_expired';
    scope.log.warn('sign_in.failed', { failure, problem: error.description });
    return { kind: 'failed', failure };
  }
}

function isAt<At extends SignInState['at']>(
  data: SignInState | undefined,
  at: At,
): data is Extract<SignInState, { at: At }> {
  return data?.at === at;
}

export interface Refusal {
  readonly problem: SignInProblem | ArrivalProblem;
  /** For the operator's log. */
  readonly why: string;
  readonly request: AuthRequest;
  readonly headers: Headers;
  /** Whom the provider vouched for. */
  readonly email?: string;
}

/** Someone who cancelled knows why, so the client is told at once; every other failure is explained first. */
export async function turnAway(refusal: Refusal, oauth: OAuthHelpers, scope: SignInScope): Promise<SignInStep> {
  const { problem, why, request, headers, email } = refusal;
  const { clientId } = request;
  scope.log.warn('sign_in.failed', { failure: problem, problem: why, clientId, ...(email && { email }) });
  auditRefusedSignIn(scope, problem, clientId, email);
  const href = errorRedirect(request, problem);
  if (problem === 'sign_in_denied') return { kind: 'redirect', location: href, headers };
  const client = await oauth.lookupClient(clientId).catch(() => null);
  const returnTo = { clientName: client?.clientName ?? 'the app', href };
  return { kind: 'failed', failure: problem, returnTo, headers, ...(email !== undefined && { email }) };
}

const told: Partial<Record<Refusal['problem'], string>> = {
  sign_in_denied: 'The user cancelled the sign-in.',
  unknown_user: 'The user has no account there.',
  user_disabled: 'The account of the user is disabled.',
  not_in_tenant: 'The user does not belong to the workspace of this resource.',
};

/** What the client is told (RFC 6749 §4.1.2.1); its user has read more on our page. */
function errorRedirect(request: AuthRequest, problem: Refusal['problem']): string {
  if (problem === 'sign_in_provider_unavailable')
    return authorizationErrorRedirect(request, 'temporarily_unavailable', 'The sign-in provider is not available.');
  return authorizationErrorRedirect(request, 'access_denied', told[problem] ?? 'The user could not be signed in.');
}

export function helpers({ server, bindings, config }: SignInScope): OAuthHelpers {
  const { store } = clientDirectory(bindings, config, KEEP_SECONDS.signIn);
  return server.getOAuthApi({ OAUTH_KV: store, exchange: refuseExchange });
}
