// The way from a client's authorization request to its code: consent here, sign-in at the identity provider, and the
// session's object opens the grant. Consent, CSRF and state are the OAuth library's; nothing trusted comes from a form
// field. Each step returns what to do next, and the edge turns it into a page or a redirect.
import {
  AuthorizationError,
  authorizationErrorRedirect,
  CimdFetchError,
  type AuthRequest,
  type ConsentDescription,
  type OAuthHelpers,
} from '@cloudflare/workers-oauth-provider';
import type { RequestIds } from '../audit/event';
import type { Bindings, Config } from '../config';
import { newSessionId } from '../crypto/subject';
import type { ScopeCatalogue } from '../define/scopes';
import { requestedScopes } from '../policy/scopes';
import type { Log } from '../shared/log';
import { refuseExchange } from '../session/authority';
import { sessionAt } from '../session/face';
import type { AuthorizationServer } from '../session/settings';
import { edgeStore, isSignInUnderWay } from '../storage/oauth-store';
import { checkMetadata, isMetadataUrl } from './client-metadata';
import { auditRefusedSignIn } from './sign-in-audit';
import { identityFrom, newSignInSecrets, SignInError, signInUrl, type SignInProblem, type SignInSecrets } from './oidc';

/** What ends the way on a page of ours, since a redirect would not be safe or would not explain it. */
export type SignInFailure =
  | SignInProblem
  | 'sign_in_expired'
  | 'sign_in_other_browser'
  | 'client_unknown'
  | 'client_invalid'
  | 'client_unreachable'
  | 'redirect_uri_invalid'
  | 'request_invalid'
  | 'consent_expired';

export type SignInStep =
  | {
      readonly kind: 'consent';
      readonly description: ConsentDescription;
      readonly handle: string;
      readonly headers: Headers;
    }
  | { readonly kind: 'redirect'; readonly location: string; readonly headers: Headers }
  /** `returnTo` is the OAuth error redirect to the client, where one is safe. */
  | {
      readonly kind: 'failed';
      readonly failure: SignInFailure;
      readonly returnTo?: { readonly clientName: string; readonly href: string };
      readonly headers?: Headers;
    };

export interface SignInScope {
  readonly bindings: Bindings;
  readonly config: Config;
  readonly server: AuthorizationServer;
  readonly scopes: ScopeCatalogue;
  readonly ids: RequestIds;
  readonly log: Log;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** An authorization request together with the scopes it first asked for: consent may only narrow them. */
interface AskedRequest extends AuthRequest {
  readonly asked: string[];
}

/** `GET /authorize`: consent, or straight to the provider where this browser has given the same consent lately. */
export async function beginSignIn(request: Request, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  const clientId = new URL(request.url).searchParams.get('client_id') ?? '';
  const refused = isMetadataUrl(clientId) && (await checkMetadata(clientId));
  if (refused) {
    scope.log.warn('client.metadata_refused', { clientId, failure: refused.problem, problem: refused.why });
    return { kind: 'failed', failure: refused.problem };
  }
  let parsed: AuthRequest;
  try {
    parsed = await oauth.parseAuthRequest(request);
  } catch (error) {
    return refusedRequest(error, request, oauth, scope);
  }
  if (!parsed.codeChallenge) {
    // Of every client, not only of public ones (OAuth 2.1 §7.5.2): a secret doesn't stop an injected code.
    const location = authorizationErrorRedirect(
      parsed,
      'invalid_request',
      'PKCE is required: send code_challenge (S256).',
    );
    return { kind: 'redirect', location, headers: new Headers() };
  }
  const asked = requestedScopes(parsed.scope, scope.scopes);
  const asking: AskedRequest = { ...parsed, scope: asked, asked };
  if (await oauth.isConsentRemembered(request, asking, { secret: scope.config.consentKey }))
    return toProvider(asking, new Headers(), oauth, scope);
  const description = await oauth.describeConsent(asking);
  const { handle, headers } = await oauth.beginConsent(asking);
  return { kind: 'consent', description, handle, headers };
}

/** `POST /authorize`: Allow or Deny. */
export async function answerConsent(request: Request, form: URLSearchParams, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  const handle = form.get('handle') ?? '';
  try {
    if (form.get('decision') !== 'approve') {
      const denied = await oauth.denyConsent(request, handle, { description: 'The user declined to give access.' });
      auditRefusedSignIn(scope, 'consent_denied', denied.request.clientId);
      return { kind: 'redirect', location: denied.redirectTo, headers: denied.headers };
    }
    // Baseline scopes are fixed on the page, so they are fixed here.
    const ticked = Object.keys(scope.scopes).filter(
      (name) => scope.scopes[name]?.baseline || form.getAll('scope').includes(name),
    );
    const approved = await oauth.approveConsent(request, handle, {
      scope: ticked,
      remember: { secret: scope.config.consentKey },
    });
    const { asked } = approved.request as AskedRequest;
    // A form that our page didn't send. Refused whole: the cookie that remembers consent holds all that was ticked.
    if (!ticked.every((name) => asked.includes(name)))
      throw new AuthorizationError('invalid_scope', { description: 'scopes were ticked that nobody asked for' });
    return await toProvider(approved.request, approved.headers, oauth, scope);
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error;
    scope.log.warn('consent.refused', { problem: error.description });
    return { kind: 'failed', failure: 'consent_expired' };
  }
}

/** `GET /callback`: the provider's answer becomes a session, or a page that says why not. */
export async function finishSignIn(request: Request, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  let resumed;
  try {
    resumed = await oauth.finishUpstream<SignInSecrets>(request);
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error;
    // Only the browser where it began may finish it; once it is finished, that one has no cookie any more, either.
    const state = new URL(request.url).searchParams.get('state') ?? '';
    const underWay = await isSignInUnderWay(scope.bindings.OAUTH_KV, state);
    const failure = underWay ? 'sign_in_other_browser' : 'sign_in_expired';
    scope.log.warn('sign_in.failed', { failure, problem: error.description });
    return { kind: 'failed', failure };
  }
  const { request: authRequest, data, headers } = resumed;
  try {
    const identity = await identityFrom(scope.config, new URL(request.url), data);
    const sessionId = newSessionId();
    const location = await sessionAt(scope.bindings, sessionId).open({
      sessionId,
      request: authRequest,
      scopes: authRequest.scope,
      identity,
    });
    scope.log.info('sign_in.identified', { sessionId, clientId: authRequest.clientId, email: identity.email });
    return { kind: 'redirect', location, headers };
  } catch (error) {
    if (error instanceof SignInError) return failedSignIn(error, authRequest, headers, oauth, scope);
    // Thrown by the session's object, and RPC keeps an error's name but not its class.
    if (!(error instanceof Error && error.name === 'CimdFetchError')) throw error;
    scope.log.warn('client.metadata_failed', { metadataUrl: authRequest.clientId, problem: error.message });
    return { kind: 'failed', failure: 'client_unreachable', headers };
  }
}

async function toProvider(
  request: AuthRequest,
  headers: Headers,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  const secrets = newSignInSecrets();
  try {
    const { state, headers: bound } = await oauth.beginUpstream(request, { data: secrets, headers });
    return { kind: 'redirect', location: await signInUrl(scope.config, state, secrets), headers: bound };
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    return failedSignIn(error, request, headers, oauth, scope);
  }
}

/** Someone who cancelled knows why, so the client is told at once; every other failure is explained first. */
async function failedSignIn(
  error: SignInError,
  request: AuthRequest,
  headers: Headers,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  scope.log.warn('sign_in.failed', { failure: error.problem, problem: error.message, clientId: request.clientId });
  auditRefusedSignIn(scope, error.problem, request.clientId);
  const href = errorRedirect(request, error.problem);
  if (error.problem === 'sign_in_denied') return { kind: 'redirect', location: href, headers };
  const client = await oauth.lookupClient(request.clientId).catch(() => null);
  return {
    kind: 'failed',
    failure: error.problem,
    returnTo: { clientName: client?.clientName ?? 'the app', href },
    headers,
  };
}

/** What the client is told (RFC 6749 §4.1.2.1); its user has read more on our page. */
function errorRedirect(request: AuthRequest, problem: SignInProblem): string {
  if (problem === 'sign_in_provider_unavailable')
    return authorizationErrorRedirect(request, 'temporarily_unavailable', 'The sign-in provider is not available.');
  const why = problem === 'sign_in_denied' ? 'The user cancelled the sign-in.' : 'The user could not be signed in.';
  return authorizationErrorRedirect(request, 'access_denied', why);
}

/** Why a request was not understood. Without a validated redirect URI it ends on our page (RFC 6749 §4.1.2.1). */
async function refusedRequest(
  error: unknown,
  request: Request,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  if (error instanceof CimdFetchError) {
    // It could be loaded a moment ago (checkMetadata), so it is what it says that the library refuses.
    scope.log.warn('client.metadata_failed', { metadataUrl: error.metadataUrl, problem: error.detail });
    return { kind: 'failed', failure: 'client_invalid' };
  }
  if (!(error instanceof AuthorizationError)) throw error;
  scope.log.warn('authorization_request.refused', { error: error.code, problem: error.description });
  if (error.redirectTo) return { kind: 'redirect', location: error.redirectTo, headers: new Headers() };
  const parameters = new URL(request.url).searchParams;
  const clientId = parameters.get('client_id');
  if (clientId && !(await oauth.lookupClient(clientId))) return { kind: 'failed', failure: 'client_unknown' };
  return {
    kind: 'failed',
    failure: clientId && parameters.has('redirect_uri') ? 'redirect_uri_invalid' : 'request_invalid',
  };
}

function helpers({ server, bindings, config }: SignInScope): OAuthHelpers {
  return server.getOAuthApi({ OAUTH_KV: edgeStore(bindings.OAUTH_KV, config.clients), exchange: refuseExchange });
}
