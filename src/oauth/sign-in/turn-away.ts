// Tells of a sign-in that failed: the person on a page, the client by the OAuth error redirect, and the audit trail. Where
// nobody has decided anything yet, the redirect waits until the person presses a button.
import { authorizationErrorRedirect, type AuthRequest, type OAuthHelpers } from '@cloudflare/workers-oauth-provider';
import type { Config } from '../../config';
import type { SignInProblem } from './oidc';
import { mayBeSilent } from './remembered-consent';
import { auditRefusedSignIn } from './audit';
import {
  TENANT_PATH,
  type ArrivalProblem,
  type Consent,
  type SignInScope,
  type SignInState,
  type SignInStep,
} from './step';

export interface Refusal {
  readonly problem: SignInProblem | ArrivalProblem;
  /** For the operator's log. */
  readonly why: string;
  readonly request: AuthRequest;
  readonly consent: Consent;
  readonly headers: Headers;
  /** Whom the provider vouched for. */
  readonly email?: string;
  /** Whether nobody has allowed the client anything yet. */
  readonly undecided?: boolean;
}

/** Problems that another account may not have. A provider that signs in by itself has to be told to ask. */
const OTHER_ACCOUNT: ReadonlySet<Refusal['problem']> = new Set([
  'sign_in_wrong_domain',
  'sign_in_email_unverified',
  'unknown_user',
  'user_disabled',
  'not_in_tenant',
]);

/** A person who cancelled knows why, so the client is told at once. Every other failure is explained first. */
export async function turnAway(refusal: Refusal, oauth: OAuthHelpers, scope: SignInScope): Promise<SignInStep> {
  const { problem, why, request, consent, headers, email, undecided = false } = refusal;
  const { clientId } = request;
  scope.log.warn('sign_in.failed', { failure: problem, problem: why, clientId, ...(email && { email }) });
  auditRefusedSignIn(scope, problem, clientId, email);
  const href = errorRedirect(request, problem);
  // Nobody has allowed this client anything, and it registered itself: only a button leads to its address.
  const waits = undecided && !isOperatorsClient(clientId, scope.config) && mayBeSilent(request.redirectUri);
  if (problem === 'sign_in_denied' && !waits) return { kind: 'redirect', location: href, headers };
  const returnTo = { clientName: await clientNameOf(clientId, oauth), href, ...(waits && { waits }) };
  const failed = { kind: 'failed', failure: problem, returnTo, ...(email !== undefined && { email }) } as const;
  if (!OTHER_ACCOUNT.has(problem)) return { ...failed, headers };
  const data: SignInState = { at: 'refused', consent };
  const { state, headers: bound } = await oauth.beginUpstream(request, { data, headers });
  return { ...failed, switchAction: `${TENANT_PATH}?state=${state}`, headers: bound };
}

/** As the client calls itself. */
export async function clientNameOf(clientId: string, oauth: OAuthHelpers): Promise<string> {
  const client = await oauth.lookupClient(clientId).catch(() => null);
  return client?.clientName ?? 'the app';
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

/**
 * Whether the operator knows this client. Anybody may register any other client, with an address of their own. An error
 * that is sent there without a click would make the gateway an open redirector (RFC 9700 §4.11.2).
 */
export function isOperatorsClient(clientId: string, { clients }: Pick<Config, 'clients'>): boolean {
  return clients.some((client) => client.clientId === clientId);
}
