// The redirect to the identity provider, and what has to be known when the person comes back.
import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider';
import { newSignInSecrets, SignInError, signInUrl, type AccountPrompt } from './oidc';
import type { AskedRequest, Consent, SignInScope, SignInState, SignInStep } from './step';
import { turnAway } from './turn-away';

export interface Departure {
  readonly request: AskedRequest;
  readonly consent: Consent;
  readonly headers: Headers;
  /** The person wants another account than the one that the provider would sign in by itself. */
  readonly prompt?: AccountPrompt;
}

export async function toProvider(
  { request, consent, headers, prompt }: Departure,
  oauth: OAuthHelpers,
  scope: SignInScope,
): Promise<SignInStep> {
  const secrets = newSignInSecrets();
  const data: SignInState = { at: 'provider', consent, ...secrets, ...(prompt && { prompt }) };
  try {
    const { state, headers: bound } = await oauth.beginUpstream(request, { data, headers });
    const location = await signInUrl(scope.config, state, secrets, prompt);
    return { kind: 'redirect', location, headers: bound };
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    const undecided = !consent.answered;
    const refusal = { problem: error.problem, why: error.message, request, consent, headers, undecided };
    return turnAway(refusal, oauth, scope);
  }
}
