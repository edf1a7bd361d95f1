// Sign-in by OpenID Connect (Core 1.0, code flow with PKCE and nonce). The id_token is accepted only with a good
// signature by the issuer's keys and the expected iss, aud, azp, exp and nonce (§3.1.3.7). Each exchange with the
// provider is bounded in time and size and follows no redirect.
import * as oauth from 'oauth4webapi';
import { FetchError } from '../../shared/bounded-fetch';
import type { Identity } from '../../session/stub';
import type { IdentityProvider } from './identity-provider';
import { discover, keysOf, options, problemOf, SignInError } from './provider';

export { SignInError, type SignInProblem } from './provider';

/** What has to be remembered between the redirect to the provider and its answer. */
export interface SignInSecrets {
  readonly codeVerifier: string;
  readonly nonce: string;
}

/**
 * The provider's authorization URL for one sign-in.
 * @param prompt the provider is to ask which account, even of somebody who is signed in there
 * @throws SignInError `sign_in_provider_unavailable`, ConfigError
 */
export async function signInUrl(
  provider: IdentityProvider,
  state: string,
  secrets: SignInSecrets,
  prompt?: AccountPrompt,
): Promise<string> {
  const server = await discover(provider);
  if (!server.authorization_endpoint)
    throw new SignInError('sign_in_provider_unavailable', 'the provider has no authorization_endpoint');
  const url = new URL(server.authorization_endpoint);
  const [domain, ...others] = provider.allowedDomains;
  const parameters = {
    client_id: provider.clientId,
    redirect_uri: provider.redirectUri,
    response_type: 'code',
    scope: provider.scopes.join(' '),
    state,
    nonce: secrets.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(secrets.codeVerifier),
    code_challenge_method: 'S256',
    // Google's hint to offer this company's accounts; what counts is checked in the id_token.
    ...(domain && others.length === 0 ? { hd: domain } : {}),
    ...(prompt && { prompt: promptFor(server, prompt) }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** How the provider is asked for an account other than the one that it would sign in by itself (Core §3.1.2.1). */
export type AccountPrompt = 'select_account' | 'login';

/** A provider that lists its prompts, without the choice of accounts among them, is asked for a login. */
function promptFor(server: oauth.AuthorizationServer, wanted: AccountPrompt): AccountPrompt {
  const supported = server['prompt_values_supported'];
  return Array.isArray(supported) && !supported.includes(wanted) ? 'login' : wanted;
}

/** Whether the provider refused the request itself. A provider that lists no prompts may not know the prompt that was sent. */
export function mayHaveRefusedPrompt({ cause }: SignInError): boolean {
  return cause instanceof oauth.AuthorizationResponseError && cause.error === 'invalid_request';
}

export function newSignInSecrets(): SignInSecrets {
  return { codeVerifier: oauth.generateRandomCodeVerifier(), nonce: oauth.generateRandomNonce() };
}

/**
 * The identity behind the provider's answer at the callback.
 * @param provider the one that the sign-in was sent to
 * @throws SignInError
 */
export async function identityFrom(
  provider: IdentityProvider,
  callback: URL,
  secrets: SignInSecrets,
): Promise<Identity> {
  if (callback.pathname !== new URL(provider.redirectUri).pathname)
    throw new SignInError('sign_in_not_verified', 'the answer came to the callback of another provider');
  const server = await discover(provider);
  const client: oauth.Client = { client_id: provider.clientId };
  try {
    // The OAuth library has checked the state before: once, and against this browser's cookie.
    const parameters = oauth.validateAuthResponse(server, client, callback, oauth.skipStateCheck);
    const authentication = oauth.ClientSecretPost(provider.clientSecret);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      provider.redirectUri,
      secrets.codeVerifier,
      options(provider),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: secrets.nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, {
      ...options(provider),
      [oauth.jwksCache]: keysOf(provider),
    });
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (!claims) throw new SignInError('sign_in_not_verified', 'the provider sent no id_token');
    return acceptable(provider, await withEmail(provider, server, client, tokens.access_token, claims));
  } catch (error) {
    throw asSignInError(error);
  }
}

/**
 * The claims with the email ones. In the code flow a provider may keep those for its UserInfo endpoint (§5.4), whose
 * answer counts only for the same subject (§5.3.2).
 */
async function withEmail(
  provider: IdentityProvider,
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  accessToken: string,
  claims: oauth.IDToken,
): Promise<oauth.IDToken> {
  const complete = claims['email'] !== undefined && claims['email_verified'] !== undefined;
  if (complete || server.userinfo_endpoint === undefined) return claims;
  const response = await oauth.userInfoRequest(server, client, accessToken, options(provider));
  const answer = await oauth.processUserInfoResponse(server, client, claims.sub, response);
  // Both from the same place: a verification says nothing about another address.
  return { ...claims, email: answer.email, email_verified: answer.email_verified };
}

/** The claims this gateway asks of a person: a verified email, in an allowed domain. */
function acceptable(provider: IdentityProvider, claims: oauth.IDToken): Identity {
  // ASCII only: Unicode's lower case would turn one person's address into another's (the Kelvin sign K into k).
  const email = text(claims['email']).replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
  if (!/^[^\s@]+@[^\s@]+$/.test(email))
    throw new SignInError('sign_in_not_verified', 'the id_token has no email claim');
  if (claims['email_verified'] !== true)
    throw new SignInError('sign_in_email_unverified', 'email_verified is not true');
  const refusal = domainRefusal(provider, domainOf(email), text(claims['hd']).toLowerCase());
  if (refusal) throw new SignInError('sign_in_wrong_domain', refusal, { email });
  return { issuer: claims.iss, subject: claims.sub, email };
}

/**
 * Why an address of this domain is not taken, if so. Google's `hd` alone says that a company manages the account: anyone
 * who once received a mail there may own a consumer account with its address, and Google still calls it verified. So at
 * Google an address counts when its account is managed, or is Google's own. Other issuers may leave the claim out.
 */
function domainRefusal({ issuer, allowedDomains }: IdentityProvider, domain: string, hd: string): string | undefined {
  const google = issuer === 'https://accounts.google.com';
  if (google && hd === '' && domain !== 'gmail.com' && domain !== 'googlemail.com')
    return `a consumer account with an address of ${domain}: the id_token has no hd`;
  if (allowedDomains.length === 0) return undefined;
  const allowed = allowedDomains.includes(domain) && (hd === '' || allowedDomains.includes(hd));
  return allowed && !(google && hd === '') ? undefined : `domain ${domain}${hd && ` (hd ${hd})`} is not allowed`;
}

function text(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}

function asSignInError(error: unknown): SignInError {
  if (error instanceof SignInError) return error;
  if (error instanceof oauth.AuthorizationResponseError) {
    const problem = error.error === 'access_denied' ? 'sign_in_denied' : 'sign_in_not_verified';
    const later = error.error === 'temporarily_unavailable' || error.error === 'server_error';
    return new SignInError(later ? 'sign_in_provider_unavailable' : problem, `the provider answered ${error.error}`, {
      cause: error,
    });
  }
  const unreachable =
    error instanceof FetchError || (error instanceof oauth.OperationProcessingError && isServerError(error));
  return new SignInError(unreachable ? 'sign_in_provider_unavailable' : 'sign_in_not_verified', problemOf(error), {
    cause: error,
  });
}

/** A token or key endpoint that answered 5xx. */
function isServerError(error: oauth.OperationProcessingError): boolean {
  return error.cause instanceof Response && error.cause.status >= 500;
}
