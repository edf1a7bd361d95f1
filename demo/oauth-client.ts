// The official MCP client with its own OAuth support, signed in by a scripted browser instead of a person.
// What it keeps (registration, tokens, PKCE verifier) is in memory and belongs to one connection.
import { randomUUID } from 'node:crypto';
import {
  Client,
  type OAuthClientInformationContext,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  OAuthError,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { ScriptedBrowser, signIn, type SignInChoices } from './browser.ts';

/** Nothing listens here: the scripted browser stops before it (RFC 8252 §7.3 leaves the port to the client). */
export const redirectUri = 'http://127.0.0.1:33418/callback';

type Registration = Awaited<ReturnType<OAuthClientProvider['clientInformation']>>;
type Tokens = Awaited<ReturnType<OAuthClientProvider['tokens']>>;

export class MemoryOAuthProvider implements OAuthClientProvider {
  readonly redirectUrl = redirectUri;
  readonly clientMetadata: OAuthClientProvider['clientMetadata'];
  /** Where the client sent its user; undefined until it did. */
  authorizationUrl: URL | undefined;
  /** Called when a step of the protocol is done, for whoever watches. */
  onStep: (step: 'registered' | 'authorizing' | 'tokens') => void = () => {};
  #registration: Registration;
  #tokens: Tokens;
  #verifier = '';
  #state = '';
  #discovery: OAuthDiscoveryState | undefined;

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
    this.authorizationUrl = authorizationUrl;
    this.onStep('authorizing');
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
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovery;
  }

  invalidateCredentials(what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void {
    if (what === 'all' || what === 'client') this.#registration = undefined;
    if (what === 'all' || what === 'tokens') this.#tokens = undefined;
    if (what === 'all' || what === 'discovery') this.#discovery = undefined;
  }

  /** The callback's parameters, once they are known to answer our own request (RFC 6749 §10.12). */
  accept(callback: URL): URLSearchParams {
    if (callback.searchParams.get('state') !== this.#state)
      throw new Error('The callback has a state that is not ours.');
    return callback.searchParams;
  }
}

/** The sign-in ended without a token; the message is what a person was told. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
}

export interface ConnectOptions extends SignInChoices {
  /** The connector URL: `<gateway>/mcp`. */
  readonly url: string;
  readonly clientName?: string;
  /** `auto` speaks the newest protocol revision that the server does; `legacy` the one with `initialize`. */
  readonly mode?: 'auto' | 'legacy';
  readonly onStep?: (step: 'registered' | 'authorizing' | 'signed-in' | 'tokens' | 'connected') => void;
}

export interface Connection {
  readonly client: Client;
  readonly oauth: MemoryOAuthProvider;
  close(): Promise<void>;
}

/** Goes the whole way from a bare URL to a connected client. Throws SignInRefused where the gateway or user says no. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { url, clientName = 'Nexus demo client', mode = 'auto', onStep = () => {} } = options;
  const oauth = new MemoryOAuthProvider(clientName);
  oauth.onStep = onStep;
  const newClient = () => new Client({ name: clientName, version: '1.0.0' }, { versionNegotiation: { mode } });
  const newTransport = () => new StreamableHTTPClientTransport(new URL(url), { authProvider: oauth });

  const first = newTransport();
  try {
    const client = newClient();
    await client.connect(first);
    return { client, oauth, close: () => client.close() };
  } catch (error) {
    if (!UnauthorizedError.isInstance(error) || !oauth.authorizationUrl) throw error;
  }

  const browser = new ScriptedBrowser(redirectUri);
  const page = await signIn(browser, oauth.authorizationUrl, options);
  if (!browser.arrived(page)) throw new SignInRefused(browser.read(page));
  const callback = oauth.accept(page.url);
  const refusal = callback.get('error');
  if (refusal !== null) throw new SignInRefused(callback.get('error_description') ?? refusal);
  onStep('signed-in');
  await first.finishAuth(callback).catch((error: unknown) => {
    // The token endpoint said no (RFC 6749 §5.2), as opposed to a network that failed.
    throw OAuthError.isInstance(error) ? new SignInRefused(error.message, { cause: error }) : error;
  });

  const client = newClient();
  await client.connect(newTransport());
  onStep('connected');
  return { client, oauth, close: () => client.close() };
}
