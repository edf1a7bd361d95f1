// The identity provider has vouched for a person; here they get a session of one tenant. The backend says which tenants are
// theirs, the resource names one, or the person picks. The offered tenants are kept on the server, never in the form. The
// form may be answered once, in the browser where the sign-in began. Nobody has been given anything yet: the token endpoint
// asks the backend again and has the last word (oauth/grant/issue-tokens.ts).
import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider';
import { newSessionId } from '../../crypto/subject';
import { sessionAt } from '../../session/stub';
import { resourceOf } from '../../shared/resources';
import type { Tenant } from '../../upstream/tenants';
import { answerOnce } from './answer-once';
import { isSamePerson, lastAccountOf, rememberSession } from './browser';
import { refusedClient, verifiedDomain } from './client-document';
import { askConsent, tenantFor, tenantOf } from './consent';
import { identityFrom, mayHaveRefusedPrompt, SignInError } from './oidc';
import { isRemembered, mayBeSilent, rememberConsent, rememberedForSeconds } from './remembered-consent';
import { auditRefusedSignIn } from './audit';
import {
  helpers,
  resume,
  TENANT_PATH,
  type Arrival,
  type Resumed,
  type SignInScope,
  type SignInState,
  type SignInStep,
} from './step';
import { toProvider } from './to-provider';
import { turnAway } from './turn-away';

/** `GET /callback`: the provider's answer becomes a session, a question, or a page that says why not. */
export async function finishSignIn(request: Request, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  const resumed = await resume(request, ['provider'], oauth, scope);
  if (resumed.kind === 'failed') return resumed;
  const { request: asked, data, headers } = resumed;
  const { consent } = data;
  const provider = scope.providers.byId(data.provider);
  if (!provider) {
    scope.log.warn('sign_in.failed', { failure: 'sign_in_expired', problem: 'its identity provider is gone' });
    return { kind: 'failed', failure: 'sign_in_expired', headers };
  }
  try {
    const identity = await identityFrom(provider, new URL(request.url), data);
    // A remembered consent counts for the person who gave it. In a browser that several people use, that may have been
    // somebody else.
    const scopes = [...consent.before];
    const isForgotten =
      scopes.length > 0 && !(await isRemembered(request, { ...asked, scope: scopes }, identity, oauth, scope.config));
    if (isForgotten || (!consent.answered && !mayBeSilent(asked.redirectUri)))
      return await askConsent(request, asked, oauth, scope, { identity, headers });
    return await admit(request, { identity, request: asked, consent, told: false, headers }, oauth, scope);
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    if (data.prompt === 'select_account' && mayHaveRefusedPrompt(error))
      return toProvider({ request: asked, consent, headers, prompt: 'login', provider }, oauth, scope);
    const { problem, message: why, email } = error;
    const undecided = !consent.answered;
    const refusal = {
      problem,
      why,
      request: asked,
      consent,
      headers,
      undecided,
      ...(email !== undefined && { email }),
    };
    return turnAway(refusal, oauth, scope);
  }
}

/** `GET /authorize/tenant`: the same person tries again, after the backend could not answer. */
export async function retryArrival(request: Request, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  const resumed = await resume(request, ['choice'], oauth, scope);
  if (resumed.kind === 'failed') return resumed;
  const { identity, consent, told } = resumed.data;
  return admit(request, { identity, consent, told, request: resumed.request, headers: resumed.headers }, oauth, scope);
}

/** `POST /authorize/tenant`: the person picks an offered tenant, accepts the shown account, asks for another, or declines. */
export async function chooseTenant(request: Request, form: URLSearchParams, scope: SignInScope): Promise<SignInStep> {
  const handle = new URL(request.url).searchParams.get('state') ?? '';
  const answered = await answerOnce({ request, handle, form }, scope, async (oauth) => {
    const resumed = await resume(request, ['choice', 'refused'], oauth, scope);
    if (resumed.kind === 'failed') return { step: resumed, refused: true };
    return { step: await answerChoice(request, resumed, form, oauth, scope) };
  });
  if (answered) return answered;
  scope.log.warn('sign_in.failed', { failure: 'sign_in_expired', problem: 'answered before, in another way' });
  return { kind: 'failed', failure: 'sign_in_expired' };
}

async function answerChoice(
  request: Request,
  { data, headers, request: asked }: Resumed<'choice' | 'refused'>,
  form: URLSearchParams,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  const { consent } = data;
  const decision = form.get('decision');
  if (decision === 'switch')
    return toProvider({ request: asked, consent, headers, prompt: 'select_account' }, oauth, scope);
  if (data.at === 'refused') return { kind: 'failed', failure: 'request_invalid', headers };
  const { identity, account, offered } = data;
  const { email } = identity;
  const arrival = { identity, request: asked, consent, told: true, headers };
  if (decision === 'deny')
    return turnAway(
      { problem: 'sign_in_denied', why: 'no account or tenant was chosen', email, ...arrival },
      oauth,
      scope,
    );
  if (account && decision === 'connect') return open(request, arrival, account.tenant, scope);
  const chosen = offered.find(({ id }) => id === form.get('tenant'));
  if (chosen) return open(request, arrival, chosen, scope);
  // Our page did not send this form: the backend never said that the person belongs to this tenant.
  scope.log.warn('sign_in.failed', { failure: 'request_invalid', problem: 'a tenant that was not offered', email });
  auditRefusedSignIn(scope, 'tenant_not_offered', asked.clientId, email);
  return { kind: 'failed', failure: 'request_invalid', headers };
}

/** For a person who has allowed the client: leads into their one tenant, to the choice of a tenant, or to a refusal. */
export async function admit(
  request: Request,
  arrival: Arrival,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  const named = tenantOf(arrival.request, scope);
  if (!scope.tenantsOf) return enter(request, arrival, tenantFor(request, arrival.request, scope), oauth, scope);
  const { email } = arrival.identity;
  const answer = await scope.tenantsOf(email);
  switch (answer.kind) {
    case 'unavailable': {
      scope.log.warn('sign_in.failed', { failure: 'backend_unavailable', problem: answer.reason, email });
      // Nothing is lost: the identity is kept for as long as a sign-in may take.
      const { action: retryHref, headers } = await keep(arrival, { offered: [] }, oauth);
      return { kind: 'failed', failure: 'backend_unavailable', retryHref, headers };
    }
    case 'denied':
      return turnAway({ problem: answer.reason, why: 'the backend says so', email, ...arrival }, oauth, scope);
    case 'listed': {
      const { tenants } = answer;
      if (named !== null) {
        const tenant = tenants.find(({ id }) => id === named);
        if (tenant) return enter(request, arrival, tenant, oauth, scope);
        return turnAway({ problem: 'not_in_tenant', why: `not in ${named}`, email, ...arrival }, oauth, scope);
      }
      const [first, ...others] = tenants;
      if (first && others.length === 0) return enter(request, arrival, first, oauth, scope);
      return { kind: 'tenants', email, tenants, ...(await keep(arrival, { offered: tenants }, oauth)) };
    }
  }
}

/**
 * Leads into a tenant. A person who saw no page, or whose browser used another account before, is told first as whom they
 * connect. Otherwise a provider that signs in by itself would decide that alone.
 */
async function enter(
  request: Request,
  arrival: Arrival,
  tenant: Partial<Tenant> | null,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  const { identity, consent, told, request: asked } = arrival;
  const last = lastAccountOf(request, scope.config);
  const isOther = last !== undefined && !isSamePerson(identity, last);
  if (told || (consent.answered && !isOther)) return open(request, arrival, tenant, scope);
  const description = { ...(await oauth.describeConsent(asked)), ...verifiedDomain(asked.clientId) };
  const { answered } = consent;
  const kept = await keep(arrival, { offered: [], account: { tenant } }, oauth);
  return { kind: 'account', description, email: identity.email, tenant, answered, ...kept };
}

/** Keeps who arrived, and what they are asked, for the next request of this browser. */
async function keep(
  { request, headers, identity, consent, told }: Arrival,
  asked: Pick<Extract<SignInState, { at: 'choice' }>, 'offered' | 'account'>,
  oauth: OAuthHelpers,
): Promise<{ action: string; headers: Headers }> {
  const data: SignInState = { at: 'choice', identity, consent, told, ...asked };
  const { state, headers: bound } = await oauth.beginUpstream(request, { data, headers });
  return { action: `${TENANT_PATH}?state=${state}`, headers: bound };
}

/** Opens the session and lets the browser remember it. The session's object makes the code that the client waits for. */
async function open(
  httpRequest: Request,
  { identity, request, consent, headers }: Arrival,
  tenant: Partial<Tenant> | null,
  scope: SignInScope,
): Promise<SignInStep> {
  const { bindings, config, log } = scope;
  const sessionId = newSessionId();
  const { clientId, scope: scopes, resource = resourceOf(config.issuer, null).url } = request;
  if (typeof resource !== 'string') throw new Error('an authorization request of several resources');
  const tenantId = tenant?.id ?? null;
  try {
    const location = await sessionAt(bindings, sessionId).open({
      sessionId,
      request,
      scopes,
      identity,
      resource,
      tenantId,
    });
    log.info('sign_in.identified', { sessionId, clientId, email: identity.email, tenantId });
    const opened = { clientId, resource: request.resource, sessionId, identity, tenantName: tenant?.name };
    headers.append('Set-Cookie', rememberSession(httpRequest, opened, config, rememberedForSeconds(config)));
    if (consent.answered)
      for (const cookie of await rememberConsent(httpRequest, request, identity, scope))
        headers.append('Set-Cookie', cookie);
    return { kind: 'redirect', location, headers };
  } catch (error) {
    return refusedClient(error, clientId, log, headers);
  }
}
