// The way from a client's authorization request to the identity provider: consent. What follows is arrival.ts.
// Consent, CSRF and state are the OAuth library's; nothing trusted comes from a form field. Each step returns what to do
// next, and the edge turns it into a page or a redirect.
import {
  AuthorizationError,
  authorizationErrorRedirect,
  type AuthRequest,
  type OAuthHelpers,
} from '@cloudflare/workers-oauth-provider';
import { requestedScopes } from '../policy/scopes';
import { tenantOf } from './arrival';
import { hasNoAddress, parseAuthRequest } from './authorization-parameters';
import { refusedClient, verifiedDomain } from './client-metadata';
import { newSignInSecrets, SignInError, signInUrl } from './oidc';
import { auditRefusedSignIn } from './sign-in-audit';
import { helpers, turnAway, type SignInScope, type SignInState, type SignInStep } from './sign-in-step';

/** An authorization request together with the scopes it first asked for: consent may only narrow them. */
interface AskedRequest extends AuthRequest {
  readonly asked: string[];
}

/** A session that nobody used ends with its refresh token; for this long after that, signing in again is one click. */
const REMEMBERED_BEYOND_SECONDS = 30 * 86_400;

/** `GET /authorize`: consent, or straight to the provider where this browser has given the same consent lately. */
export async function beginSignIn(request: Request, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  let parsed: AuthRequest;
  try {
    parsed = await parseAuthRequest(oauth, request);
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
  const description = { ...(await oauth.describeConsent(asking)), ...verifiedDomain(asking.clientId) };
  const { handle, headers } = await oauth.beginConsent(asking);
  return { kind: 'consent', description, tenant: tenantOf(asking, scope), handle, headers };
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
      remember: {
        secret: scope.config.consentKey,
        maxAgeSeconds: scope.config.refreshTokenTtlSeconds + REMEMBERED_BEYOND_SECONDS,
      },
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

async function toProvider(
  request: AuthRequest,
  headers: Headers,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  const secrets = newSignInSecrets();
  const data: SignInState = { at: 'provider', ...secrets };
  try {
    const { state, headers: bound } = await oauth.beginUpstream(request, { data, headers });
    return { kind: 'redirect', location: await signInUrl(scope.config, state, secrets), headers: bound };
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    return turnAway({ problem: error.problem, why: error.message, request, headers }, oauth, scope);
  }
}

/** Why a request was not understood. Without a validated redirect URI it ends on our page (RFC 6749 §4.1.2.1). */
async function refusedRequest(
  error: unknown,
  request: Request,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  const parameters = new URL(request.url).searchParams;
  const clientId = parameters.get('client_id');
  if (!(error instanceof AuthorizationError)) return refusedClient(error, clientId ?? '', scope.log);
  scope.log.warn('authorization_request.refused', { error: error.code, problem: error.description });
  if (hasNoAddress(request)) return { kind: 'failed', failure: 'request_invalid' };
  if (error.redirectTo) return { kind: 'redirect', location: error.redirectTo, headers: new Headers() };
  if (clientId && !(await oauth.lookupClient(clientId))) return { kind: 'failed', failure: 'client_unknown' };
  return {
    kind: 'failed',
    failure: clientId && parameters.has('redirect_uri') ? 'redirect_uri_invalid' : 'request_invalid',
  };
}
