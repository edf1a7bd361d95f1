// What the steps of a sign-in share: what a step leads to, what it needs, and how a sign-in that is under way is kept
// between two requests of a browser.
import {
  AuthorizationError,
  type AuthRequest,
  type ConsentDescription,
  type OAuthHelpers,
} from '@cloudflare/workers-oauth-provider';
import type { RequestIds } from '../../audit/event';
import { clientDirectory } from '../clients/directory';
import { KEEP_SECONDS } from '../clients/documents';
import type { Bindings, Config } from '../../config';
import type { ScopeCatalogue } from '../../define/scopes';
import { refuseExchange } from '../grant/server';
import type { Identity } from '../../session/stub';
import type { AuthorizationServer } from '../../session/settings';
import type { Log } from '../../shared/log';
import { isSignInUnderWay } from '../store/kv-store';
import type { Tenant, TenantsResult } from '../../upstream/tenants';
import type { IdentityProvider, IdentityProviders } from './identity-provider';
import type { AccountPrompt, SignInProblem, SignInSecrets } from './oidc';

/** Where a person answers after signing in: which tenant, which account, or to ask the backend again. */
export const TENANT_PATH = '/authorize/tenant';

/** Why a person for whom the provider vouched gets no access here. */
export type ArrivalProblem = 'unknown_user' | 'user_disabled' | 'not_in_tenant';

/** What ends a sign-in on a page of ours, because a redirect would not be safe or would not explain it. */
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
  | 'consent_denied'
  | 'consent_expired';

/** An authorization request together with the scopes it first asked for: consent may only narrow them. */
export interface AskedRequest extends AuthRequest {
  readonly asked: string[];
}

/** What is known of the consent behind a sign-in. */
export interface Consent {
  /** Whether the consent page was answered in this sign-in. */
  readonly answered: boolean;
  /** Scopes that were allowed before. That counts only for the person who allowed them. */
  readonly before: readonly string[];
}

/** Somebody on the way in: for whom, and what for. */
export interface Arrival {
  readonly identity: Identity;
  readonly request: AskedRequest;
  readonly consent: Consent;
  /** Whether a page has told this person as whom they connect. */
  readonly told: boolean;
  readonly headers: Headers;
}

export type SignInStep =
  | {
      readonly kind: 'consent';
      readonly description: ConsentDescription;
      /** What this person or browser has allowed the client before, of the scopes that it asks for. */
      readonly before: readonly string[];
      /** Whose `before` it is: the person who has signed in, or who did so last in this browser. */
      readonly email: string | undefined;
      readonly signedIn: boolean;
      /** The tenant that the request's resource names, or null. */
      readonly tenant: Partial<Tenant> | null;
      /** Who signs the person in. */
      readonly provider: Pick<IdentityProvider, 'name' | 'issuer'>;
      readonly handle: string;
      readonly headers: Headers;
    }
  | {
      /** As whom to connect, where no other page has said it. */
      readonly kind: 'account';
      readonly description: ConsentDescription;
      readonly email: string;
      readonly tenant: Partial<Tenant> | null;
      readonly answered: boolean;
      /** Where the answer is posted. */
      readonly action: string;
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
      /** Where another account may be chosen, by `decision=switch`. */
      readonly switchAction?: string;
      /** The OAuth error redirect to the client, where one is safe. */
      readonly returnTo?: ReturnTo;
      readonly headers?: Headers;
    };

export interface ReturnTo {
  readonly clientName: string;
  readonly href: string;
  /** Nobody has answered a page of ours yet, so the redirect waits for a person to press the button. */
  readonly waits?: true;
}

export interface SignInScope {
  readonly bindings: Bindings;
  readonly config: Config;
  readonly server: AuthorizationServer;
  readonly providers: IdentityProviders;
  readonly scopes: ScopeCatalogue;
  /** Asks the backend. Absent where it can't list tenants: then the token endpoint alone learns who a person is. */
  readonly tenantsOf: ((email: string) => Promise<TenantsResult>) | undefined;
  readonly ids: RequestIds;
  readonly log: Log;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/**
 * What the OAuth library keeps for us between two requests of one browser. The person is at the provider, or was
 * identified and answers a question of ours, or was refused and may choose another account. Each state says which it is,
 * so that none is finished in place of another.
 */
export type SignInState =
  | ({
      readonly at: 'provider';
      /** The id of the identity provider: no other may finish this sign-in (mix-up, RFC 9700 §4.4). */
      readonly provider: string;
      readonly consent: Consent;
      /** Set where the person wanted another account. */
      readonly prompt?: AccountPrompt;
    } & SignInSecrets)
  | ({
      readonly at: 'choice';
      readonly offered: readonly Tenant[];
      /** Set where the tenant is settled, and only the account is in question. */
      readonly account?: { readonly tenant: Partial<Tenant> | null };
    } & Omit<Arrival, 'request' | 'headers'>)
  | { readonly at: 'refused'; readonly consent: Consent };

export type Resumed<At extends SignInState['at']> = {
  readonly kind: 'resumed';
  readonly request: AskedRequest;
  readonly data: Extract<SignInState, { at: At }>;
  readonly headers: Headers;
};

/** Takes up what this browser began, from the `state` of a request. It works once. */
export async function resume<At extends SignInState['at']>(
  request: Request,
  at: readonly At[],
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<Resumed<At> | Extract<SignInStep, { kind: 'failed' }>> {
  try {
    const { request: asked, data, headers } = await oauth.finishUpstream<SignInState>(request);
    if (isAt(data, at)) return { kind: 'resumed', request: asked as AskedRequest, data, headers };
    scope.log.warn('sign_in.failed', { failure: 'sign_in_expired', problem: `the state is not of the ${at.join()}` });
    return { kind: 'failed', failure: 'sign_in_expired', headers };
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error;
    // Only the browser where the sign-in began may finish it. After that, this browser has no cookie for it any more.
    const state = new URL(request.url).searchParams.get('state') ?? '';
    const underWay = await isSignInUnderWay(scope.bindings, state);
    const failure = underWay ? 'sign_in_other_browser' : 'sign_in_expired';
    scope.log.warn('sign_in.failed', { failure, problem: error.description });
    return { kind: 'failed', failure };
  }
}

function isAt<At extends SignInState['at']>(
  data: SignInState | undefined,
  at: readonly At[],
): data is Extract<SignInState, { at: At }> {
  return at.some((one) => one === data?.at);
}

export function helpers({ server, bindings, config }: SignInScope): OAuthHelpers {
  const { store } = clientDirectory(bindings, config, KEEP_SECONDS.signIn);
  return server.getOAuthApi({ OAUTH_KV: store, exchange: refuseExchange });
}

/** Helpers that take up a transaction and leave it in place; answer-once.ts ends it. */
export function peekingHelpers({ server, bindings, config }: SignInScope): OAuthHelpers {
  const { store } = clientDirectory(bindings, config, KEEP_SECONDS.signIn);
  return server.getOAuthApi({ OAUTH_KV: { ...store, delete: async () => {} }, exchange: refuseExchange });
}
