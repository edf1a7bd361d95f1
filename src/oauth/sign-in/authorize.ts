// From a client's authorization request to the identity provider: consent. What follows is in callback.ts.
// The OAuth library does consent, CSRF protection and state. Nothing from a form field is trusted. Each step returns what to
// do next, and the edge turns that into a page or a redirect.
import {
  AuthorizationError,
  authorizationErrorRedirect,
  type AuthRequest,
  type OAuthHelpers,
} from '@cloudflare/workers-oauth-provider';
import { requestedScopes } from '../../policy/scopes';
import { sessionAt } from '../../session/stub';
import { answerOnce, type Answer } from './answer-once';
import { admit } from './callback';
import { hasNoAddress, parseAuthRequest } from './authorization-parameters';
import { isSamePerson, lastAccountOf, lastSessionOf } from './browser';
import { refusedClient } from './client-document';
import { askConsent, type AskingRequest } from './consent';
import { isRemembered, mayBeSilent } from './remembered-consent';
import { auditRefusedSignIn } from './audit';
import { helpers, type AskedRequest, type SignInFailure, type SignInScope, type SignInStep } from './step';
import { toProvider } from './to-provider';
import { clientNameOf, isOperatorsClient } from './turn-away';

/**
 * `GET /authorize`: the consent page, or the provider at once where the person who signed in last in this browser has
 * given the same consent lately. Whether it is the same person is checked after the sign-in (callback.ts).
 */
export async function beginSignIn(request: Request, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  let parsed: AuthRequest;
  try {
    parsed = await parseAuthRequest(oauth, request);
  } catch (error) {
    return refusedRequest(error, request, oauth, scope);
  }
  // PKCE is demanded of every client, not only of public ones (OAuth 2.1 §7.5.2): a secret doesn't stop an injected code.
  if (!parsed.codeChallenge)
    return tellClient(parsed, 'invalid_request', 'PKCE is required: send code_challenge (S256).', oauth, scope);
  const asked = requestedScopes(parsed.scope, scope.scopes);
  if (asked.length === 0) return tellClient(parsed, 'invalid_scope', 'None of these scopes exists here.', oauth, scope);
  const asking: AskedRequest = { ...parsed, scope: asked, asked };
  if (await goesUnasked(request, asking, oauth, scope))
    return toProvider(
      { request: asking, consent: { answered: false, before: asked }, headers: new Headers() },
      oauth,
      scope,
    );
  return askConsent(request, asking, oauth, scope);
}

async function goesUnasked(
  request: Request,
  asking: AskedRequest,
  oauth: OAuthHelpers,
  { config }: SignInScope,
): Promise<boolean> {
  const account = lastAccountOf(request, config);
  if (!account || !mayBeSilent(asking.redirectUri)) return false;
  // A client may insist on the page (OpenID Connect Core §3.1.2.1).
  const prompt = new URL(request.url).searchParams.get('prompt')?.split(' ') ?? [];
  return !prompt.includes('consent') && isRemembered(request, asking, account, oauth, config);
}

/** `POST /authorize`: Allow or Deny; after a sign-in also another account. */
export async function answerConsent(request: Request, form: URLSearchParams, scope: SignInScope): Promise<SignInStep> {
  const handle = form.get('handle') ?? '';
  let problem = 'answered before, in another way';
  try {
    const answered = await answerOnce({ request, handle, form }, scope, async (oauth) => {
      const decision = form.get('decision');
      if (decision === 'approve') return { step: await allowed(request, form, oauth, scope) };
      if (decision === 'switch') return { step: await another(request, handle, oauth, scope) };
      return denied(request, handle, oauth, scope);
    });
    if (answered) return answered;
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error;
    problem = error.description;
  }
  scope.log.warn('consent.refused', { problem });
  return { kind: 'failed', failure: 'consent_expired' };
}

async function allowed(
  request: Request,
  form: URLSearchParams,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  // The page doesn't let anybody untick a baseline scope, so the form can't either.
  const ticked = Object.keys(scope.scopes).filter(
    (name) => scope.scopes[name]?.baseline || form.getAll('scope').includes(name),
  );
  const approved = await oauth.approveConsent(request, form.get('handle') ?? '', { scope: ticked });
  const { before, arrived, ...asked } = approved.request as AskingRequest;
  // Our page did not send this form.
  if (!ticked.every((name) => asked.asked.includes(name))) {
    scope.log.warn('consent.refused', { problem: 'scopes were ticked that nobody asked for' });
    return { kind: 'failed', failure: 'consent_expired' };
  }
  const { headers } = approved;
  const consent = { answered: true, before: ticked.filter((name) => before.includes(name)) };
  if (arrived) {
    const arrival = { identity: arrived, request: asked, consent, told: true, headers };
    return admit(request, arrival, oauth, scope);
  }
  return toProvider({ request: asked, consent, headers }, oauth, scope);
}

/** Nothing is allowed yet. The next account may skip only what that person has allowed before. */
async function another(request: Request, handle: string, oauth: OAuthHelpers, scope: SignInScope): Promise<SignInStep> {
  const approved = await oauth.approveConsent(request, handle);
  const { before: _before, arrived, ...asked } = approved.request as AskingRequest;
  if (!arrived) throw new AuthorizationError('invalid_request', { description: 'nobody has signed in yet' });
  const consent = { answered: false, before: asked.asked };
  return toProvider({ request: asked, consent, headers: approved.headers, prompt: 'select_account' }, oauth, scope);
}

async function denied(request: Request, handle: string, oauth: OAuthHelpers, scope: SignInScope): Promise<Answer> {
  const answer = await oauth.denyConsent(request, handle, { description: 'The user declined to give access.' });
  const { headers } = answer;
  headers.delete('Location');
  const { clientId, redirectUri } = answer.request;
  const once = (): void => afterDeny(request, answer.request as AskingRequest, scope);
  // A web page that gets its visitor back even after Deny is what a phisher wants (RFC 9700 §4.11.2). A program on this
  // device is no such page.
  if (isOperatorsClient(clientId, scope.config) || !mayBeSilent(redirectUri))
    return { step: { kind: 'redirect', location: answer.redirectTo, headers }, once };
  const returnTo = {
    clientName: await clientNameOf(clientId, oauth),
    href: answer.redirectTo,
    waits: true,
  } as const;
  return { step: { kind: 'failed', failure: 'consent_denied', returnTo, headers }, once };
}

/**
 * What follows a Deny; it happens once, however often the form is sent. The session that this browser opened last for the
 * client may have asked for more access. It is told of the refusal, and does not ask again for a day (session/step-up.ts).
 */
function afterDeny(request: Request, denied: AskingRequest, scope: SignInScope): void {
  const { clientId, resource, arrived, asked, before } = denied;
  auditRefusedSignIn(scope, 'consent_denied', clientId, arrived?.email);
  // The refusal counts for the session only if its own person refused, and refused more than they had allowed before.
  const isMore = asked.some((name) => !before.includes(name));
  const isOther = arrived !== undefined && !isSamePerson(arrived, lastAccountOf(request, scope.config));
  const sessionId = lastSessionOf(request, clientId, resource, scope.config);
  if (sessionId === undefined || !isMore || isOther) return;
  const told = sessionAt(scope.bindings, sessionId).noteAccessDenied(scope.ids);
  scope.waitUntil(told.catch((error: unknown) => scope.log.error('consent.denial_not_noted', { sessionId, error })));
}

/** Says why a request was not understood; without a validated redirect URI on our own page (RFC 6749 §4.1.2.1). */
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
  if (error.redirectTo && clientId) return sendBack(clientId, error.redirectTo, oauth, scope);
  if (clientId && !(await oauth.lookupClient(clientId))) return { kind: 'failed', failure: 'client_unknown' };
  return {
    kind: 'failed',
    failure: clientId && parameters.has('redirect_uri') ? 'redirect_uri_invalid' : 'request_invalid',
  };
}

function tellClient(
  parsed: AuthRequest,
  code: 'invalid_request' | 'invalid_scope',
  description: string,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  return sendBack(parsed.clientId, authorizationErrorRedirect(parsed, code, description), oauth, scope);
}

/** The error goes to the client by itself only where the operator vouches for its address. */
async function sendBack(
  clientId: string,
  href: string,
  oauth: OAuthHelpers,
  { config }: SignInScope,
): Promise<SignInStep> {
  if (isOperatorsClient(clientId, config)) return { kind: 'redirect', location: href, headers: new Headers() };
  const failure: SignInFailure = 'request_invalid';
  return { kind: 'failed', failure, returnTo: { clientName: await clientNameOf(clientId, oauth), href, waits: true } };
}
