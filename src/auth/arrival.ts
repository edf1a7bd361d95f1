// From a person whom the identity provider vouched for to a session of one tenant: the backend says which tenants are
// theirs, the resource names one, or the person picks. What is offered is kept on the server, never in the form, and may
// be answered once, in the browser where the sign-in began. The token endpoint asks the backend again, and has the last
// word (session/token-exchange.ts): here nobody has been given anything yet.
import type { AuthRequest, OAuthHelpers } from '@cloudflare/workers-oauth-provider';
import { newSessionId } from '../crypto/subject';
import { sessionAt, type Identity } from '../session/face';
import { resourceAt, resourceOf } from '../shared/resources';
import { refusedClient } from './client-metadata';
import { identityFrom, SignInError } from './oidc';
import { auditRefusedSignIn } from './sign-in-audit';
import { helpers, resume, turnAway, type SignInScope, type SignInStep } from './sign-in-step';

/** Where the choice of a tenant is posted, and the backend asked once more that could not answer. */
export const TENANT_PATH = '/authorize/tenant';

/** Somebody on the way in: for whom, and what for. */
interface Arrival {
  readonly identity: Identity;
  readonly request: AuthRequest;
  readonly headers: Headers;
}

/** `GET /callback`: the provider's answer becomes a session, a choice, or a page that says why not. */
export async function finishSignIn(request: Request, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  const resumed = await resume(request, 'provider', oauth, scope);
  if (resumed.kind === 'failed') return resumed;
  const { request: asked, data: secrets, headers } = resumed;
  try {
    const identity = await identityFrom(scope.config, new URL(request.url), secrets);
    return await admit({ identity, request: asked, headers }, oauth, scope);
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    const { problem, message: why, email } = error;
    const refusal = { problem, why, request: asked, headers, ...(email !== undefined && { email }) };
    return turnAway(refusal, oauth, scope);
  }
}

/** `GET /authorize/tenant`: the same person once more, after the backend could not answer. */
export async function retryArrival(request: Request, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  const resumed = await resume(request, 'choice', oauth, scope);
  if (resumed.kind === 'failed') return resumed;
  return admit({ identity: resumed.data.identity, request: resumed.request, headers: resumed.headers }, oauth, scope);
}

/** `POST /authorize/tenant`: one of the tenants that were offered, or none. */
export async function chooseTenant(request: Request, form: URLSearchParams, scope: SignInScope): Promise<SignInStep> {
  const oauth = helpers(scope);
  const resumed = await resume(request, 'choice', oauth, scope);
  if (resumed.kind === 'failed') return resumed;
  const { data, headers } = resumed;
  const arrival = { identity: data.identity, request: resumed.request, headers };
  const { email } = data.identity;
  if (form.get('decision') === 'deny')
    return turnAway({ problem: 'sign_in_denied', why: 'no tenant was chosen', email, ...arrival }, oauth, scope);
  const chosen = data.offered.find(({ id }) => id === form.get('tenant'));
  if (chosen) return open(arrival, chosen.id, scope);
  // A form that our page didn't send: the backend never said that this person belongs there.
  scope.log.warn('sign_in.failed', { failure: 'request_invalid', problem: 'a tenant that was not offered', email });
  auditRefusedSignIn(scope, 'tenant_not_offered', arrival.request.clientId, email);
  return { kind: 'failed', failure: 'request_invalid', headers };
}

async function admit(arrival: Arrival, oauth: OAuthHelpers, scope: SignInScope): Promise<SignInStep> {
  const named = tenantOf(arrival.request, scope);
  if (!scope.tenantsOf) return open(arrival, named, scope);
  const { email } = arrival.identity;
  const answer = await scope.tenantsOf(email);
  switch (answer.kind) {
    case 'unavailable': {
      scope.log.warn('sign_in.failed', { failure: 'backend_unavailable', problem: answer.reason, email });
      // Nothing is lost: who they are is kept, for as long as a sign-in may take.
      const { action: retryHref, headers } = await keep(arrival, [], oauth);
      return { kind: 'failed', failure: 'backend_unavailable', retryHref, headers };
    }
    case 'denied':
      return turnAway({ problem: answer.reason, why: 'the backend says so', email, ...arrival }, oauth, scope);
    case 'listed': {
      const { tenants } = answer;
      if (named !== null) {
        if (tenants.some(({ id }) => id === named)) return open(arrival, named, scope);
        return turnAway({ problem: 'not_in_tenant', why: `not in ${named}`, email, ...arrival }, oauth, scope);
      }
      const [first, ...others] = tenants;
      if (first && others.length === 0) return open(arrival, first.id, scope);
      return { kind: 'tenants', email, tenants, ...(await keep(arrival, tenants, oauth)) };
    }
  }
}

/** Keeps who arrived, and what they were offered, for the next request of this browser. */
async function keep(
  { identity, request, headers }: Arrival,
  offered: readonly { id: string; name: string }[],
  oauth: OAuthHelpers,
): Promise<{ action: string; headers: Headers }> {
  const { state, headers: bound } = await oauth.beginUpstream(request, {
    data: { at: 'choice', identity, offered },
    headers,
  });
  return { action: `${TENANT_PATH}?state=${state}`, headers: bound };
}

/** Opens the session, whose object makes the code that the client is waiting for. */
async function open(
  { identity, request, headers }: Arrival,
  tenantId: string | null,
  { bindings, config, log }: SignInScope,
): Promise<SignInStep> {
  const sessionId = newSessionId();
  const { clientId, scope: scopes, resource = resourceOf(config.issuer, null).url } = request;
  if (typeof resource !== 'string') throw new Error('an authorization request of several resources');
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
    return { kind: 'redirect', location, headers };
  } catch (error) {
    return refusedClient(error, clientId, log, headers);
  }
}

/** The tenant whose resource the client asks for. */
export function tenantOf({ resource }: AuthRequest, { config }: Pick<SignInScope, 'config'>): string | null {
  return typeof resource === 'string' ? (resourceAt(config.issuer, resource)?.tenant ?? null) : null;
}
