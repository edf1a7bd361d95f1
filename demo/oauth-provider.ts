// What the SDK's client asks of whoever keeps its OAuth state. Here: registration, tokens and PKCE verifier of one
// connection, in memory.
import { randomUUID } from 'node:crypto';
import type {
  OAuthClientInformationContext,
  OAuthClientProvider,
  OAuthDiscoveryState,
} from '@modelcontextprotocol/client';

/** Nothing listens here: the scripted browser stops before it (RFC 8252 §7.3 leaves the port to the client). */
export const redirectUri = 'http://127.0.0.1:33418/callback';

export type ProviderStep = 'discovered' | 'registered' | 'tokens';
type Registration = Awaited<ReturnType<OAuthClientProvider['clientInformation']>>;
type Tokens = Awaited<ReturnType<OAuthClientProvider['tokens']>>;

export class MemoryOAuthProvider implements OAuthClientProvider {
  readonly redirectUrl = redirectUri;
  readonly clientMetadata: OAuthClientProvider['clientMetadata'];
  /** Called when a step of the protocol is done, for whoever watches. */
  onStep: (step: ProviderStep) => void = () => {};
  #registration: Registration;
  #tokens: Tokens;
  #verifier = '';
  #state = '';
  #discovery: OAuthDiscoveryState | undefined;
  #authorizationUrl: URL | undefined;

  constructor(clientName: string) {
    this.clientMetadata = {
      client_name: clientName,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  state(): string {
    return (this.#state = randomUUID());
  }

  clientInformation(): Registration {
    return this.#registration;
  }

  saveClientInformation(registration: NonNullable<Registration>, _of?: OAuthClientInformationContext): void {
    this.#registration = registration;
    this.onStep('registered');
  }

  tokens(): Tokens {
    return this.#tokens;
  }

  saveTokens(tokens: NonNullable<Tokens>): void {
    this.#tokens = tokens;
    this.onStep('tokens');
  }

  redirectToAuthorization(authorizationUrl: URL): void {
    this.#authorizationUrl = authorizationUrl;
  }

  /** Where the client wants its user to go; undefined once asked, until it wants that again. */
  takeAuthorizationUrl(): URL | undefined {
    const url = this.#authorizationUrl;
    this.#authorizationUrl = undefined;
    return url;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  /** Binds the callback to the authorization server that we were sent to (mix-up defence, RFC 9207). */
  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state;
    this.onStep('discovered');
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovery;
  }

  invalidateCredentials(what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void {
    if (what === 'all' || what === 'client') this.#registration = undefined;
    if (what === 'all' || what === 'tokens') this.#tokens = undefined;
    if (what === 'all' || what === 'discovery') this.#discovery = undefined;
  }

  /** Loses one of the tokens: the access token as if it had expired, the refresh token as after signing out. */
  forget(token: 'access_token' | 'refresh_token'): void {
    if (token === 'access_token') this.#tokens &&= { ...this.#tokens, access_token: '' };
    else delete this.#tokens?.refresh_token;
  }

  /** The callback's parameters, once they are known to answer our own request (RFC 6749 §10.12). */
  accept(callback: URL): URLSearchParams {
    if (callback.searchParams.get('state') !== this.#state)
      throw new Error('The callback has a state that is not ours.');
    return callback.searchParams;
  }
}
