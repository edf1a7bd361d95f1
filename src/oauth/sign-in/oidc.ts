// Sign-in by OpenID Connect (Core 1.0, code flow with PKCE and nonce). The id_token is accepted only with a good
// signature by the issuer's keys and the expected iss, aud, azp, exp and nonce (§3.1.3.7). Each exchange with the
// provider is bounded in time and size and follows no redirect.
import * as oauth from 'oauth4webapi';
import type { Config } from '../../config';
import { FetchError } from '../../shared/bounded-fetch';
import { CALLBACK_PATH } from '../server';
import type { Identity } from '../../session/stub';
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
  config: Config,
  state: string,
  secrets: SignInSecrets,
  prompt?: AccountPrompt,
): Promise<string> {
  const server = await discover(config);
  if (!server.authorization_endpoint)
    throw new SignInError('sign_in_provider_unavailable', 'the provider has no authorization_endpoint');
  const url = new URL(server.authorization_endpoint);
  const [domain, ...others] = config.idp.allowedDomains;
  const parameters = {
    client_id: config.idp.clientId,
    redirect_uri: redirectUri(config),
    response_type: 'code',
    scope: 'openid email profile',
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

/** How the provider is asked for another account than the one that it would sign in by itself (Core §3.1.2.1). */
export type AccountPrompt = 'select_account' | 'login';

/** A provider that lists its prompts may know no choice of accounts: it is then asked for a login. */
function promptFor(server: oauth.AuthorizationServer, wanted: AccountPrompt): AccountPrompt {
  const supported = server['prompt_values_supported'];
  return Array.isArray(supported) && !supported.includes(wanted) ? 'login' : wanted;
}

/** Whether the provider refused the request as such: one that lists no prompts may not know the one that was sent. */
export function mayHaveRefusedPrompt({ cause }: SignInError): boolean {
  return cause instanceof oauth.AuthorizationResponseError && cause.error === 'invalid_request';
}

export function newSignInSecrets(): SignInSecrets {
  return { codeVerifier: oauth.generateRandomCodeVerifier(), nonce: oauth.generateRandomNonce() };
}

/** The identity behind the provider's answer at the callback. @throws SignInError */
export async function identityFrom(config: Config, callback: URL, secrets: SignInSecrets): Promise<Identity> {
  const server = await discover(config);
  const client: oauth.Client = { client_id: config.idp.clientId };
  try {
    // The state was checked, once and against this browser's cookie, by the OAuth library before this is called.
    const parameters = oauth.validateAuthResponse(server, client, callback, oauth.skipStateCheck);
    const authentication = oauth.ClientSecretPost(config.idp.clientSecret);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      redirectUri(config),
      secrets.codeVerifier,
      options(config),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: secrets.nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, {
      ...options(config),
      [oauth.jwksCache]: keysOf(config),
    });
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (!claims) throw new SignInError('sign_in_not_verified', 'the provider sent no id_token');
    return acceptable(config, await withEmail(config, server, client, tokens.access_token, claims));
  } catch (error) {
    throw asSignInError(error);
  }
}

/**
 * The claims with the email ones. In the code flow a provider may keep those for its UserInfo endpoint (§5.4), whose
 * answer counts only for the same subject (§5.3.2).
 */
async function withEmail(
  config: Config,
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  accessToken: string,
  claims: oauth.IDToken,
): Promise<oauth.IDToken> {
  const complete = claims['email'] !== undefined && claims['email_verified'] !== undefined;
  if (complete || server.userinfo_endpoint === undefined) return claims;
  const response = await oauth.userInfoRequest(server, client, accessToken, options(config));
  const answer = await oauth.processUserInfoResponse(server, client, claims.sub, response);
  // Both from the same place: a verification says nothing about another address.
  return { ...claims, email: answer.email, email_verified: answer.email_verified };
}

/** The claims this gateway asks of a person: a verified email, in an allowed domain. */
function acceptable(config: Config, claims: oauth.IDToken): Identity {
  // ASCII only: Unicode's lower case would turn one person's address into another's (the Kelvin sign K into k).
  const email = text(claims['email']).replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
  if (!/^[^\s@]+@[^\s@]+$/.test(email))
    throw new SignInError('sign_in_not_verified', 'the id_token has no email claim');
  if (claims['email_verified'] !== true)
    throw new SignInError('sign_in_email_unverified', 'email_verified is not true');
  const refusal = domainRefusal(config, domainOf(email), text(claims['hd']).toLowerCase());
  if (refusal) throw new SignInError('sign_in_wrong_domain', refusal, { email });
  return { issuer: claims.iss, subject: claims.sub, email };
}

/**
 * Why an address of this domain is not taken, if so. Google's `hd` alone says that a company manages the account: anyone
 * who once received a mail there may own a consumer account with its address, and Google still calls it verified. So at
 * Google an address counts when its account is managed, or is Google's own. Other issuers may leave the claim out.
 */
function domainRefusal({ idp }: Config, domain: string, hd: string): string | undefined {
  const google = idp.issuer === 'https://accounts.google.com';
  if (google && hd === '' && domain !== 'gmail.com' && domain !== 'googlemail.com')
    return `a consumer account with an address of ${domain}: the id_token has no hd`;
  const { allowedDomains } = idp;
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

function redirectUri(config: Config): string {
  return config.issuer + CALLBACK_PATH;
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
