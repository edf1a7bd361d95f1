// Sends the person to the identity provider, and keeps what has to be known when they come back.
import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider';
import type { IdentityProvider } from './identity-provider';
import { newSignInSecrets, SignInError, signInUrl, type AccountPrompt } from './oidc';
import type { AskedRequest, Consent, SignInScope, SignInState, SignInStep } from './step';
import { turnAway } from './turn-away';

export interface Departure {
  readonly request: AskedRequest;
  readonly consent: Consent;
  readonly headers: Headers;
  /** The person wants an account other than the one that the provider would sign in by itself. */
  readonly prompt?: AccountPrompt;
  /** Where the sign-in goes on that was begun there; otherwise the request decides. */
  readonly provider?: IdentityProvider;
}

export async function toProvider(
  { request, consent, headers, prompt, ...departure }: Departure,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  const provider = departure.provider ?? scope.providers.forRequest(request);
  const secrets = newSignInSecrets();
  const data: SignInState = { at: 'provider', provider: provider.id, consent, ...secrets, ...(prompt && { prompt }) };
  try {
    const { state, headers: bound } = await oauth.beginUpstream(request, { data, headers });
    const location = await signInUrl(provider, state, secrets, prompt);
    return { kind: 'redirect', location, headers: bound };
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    const undecided = !consent.answered;
    const refusal = { problem: error.problem, why: error.message, request, consent, headers, undecided };
    return turnAway(refusal, oauth, scope);
  }
}
