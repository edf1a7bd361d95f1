// The official MCP client with its own OAuth support, signed in by a scripted browser instead of a person.
import { Client, OAuthError, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { ScriptedBrowser, signIn, type SignInChoices } from './browser.ts';
import { MemoryOAuthProvider, type ProviderStep, redirectUri } from './oauth-provider.ts';

/** The sign-in ended without a token; the message is what a person was told. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
}

export type ConnectStep = ProviderStep | 'consented' | 'signed-in' | 'chosen' | 'connected';

export interface ConnectOptions extends SignInChoices {
  /** The connector URL: `<gateway>/mcp`, or a tenant's own. */
  readonly url: string;
  readonly clientName?: string;
  /** `auto` speaks the newest protocol revision that the server does; `legacy` the one with `initialize`. */
  readonly mode?: 'auto' | 'legacy';
  readonly onStep?: (step: ConnectStep) => void;
  /** For client and browser both. */
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>;
}

type Choices = SignInChoices & { readonly onStep: (step: ConnectStep) => void };

export interface Connection {
  readonly client: Client;
  readonly oauth: MemoryOAuthProvider;
  /** Goes where the SDK sent its user when a call ended in UnauthorizedError; repeat the call then. */
  authorize(onStep?: ConnectOptions['onStep']): Promise<void>;
  /** Revokes the refresh token (RFC 7009), and with it the whole grant. Returns it, and keeps the access token. */
  signOut(): Promise<string>;
  close(): Promise<void>;
}

/** Goes the whole way from a bare URL to a connected client. Throws SignInRefused where the gateway or user says no. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { url, clientName = 'Nexus demo client', mode = 'auto', onStep = () => {}, fetch = globalThis.fetch } = options;
  const oauth = new MemoryOAuthProvider(clientName);
  const browser = new ScriptedBrowser(redirectUri, fetch);
  const newClient = () => new Client({ name: clientName, version: '1.0.0' }, { versionNegotiation: { mode } });
  const newTransport = () => new StreamableHTTPClientTransport(new URL(url), { authProvider: oauth, fetch });

  const finish = (client: Client, transport: StreamableHTTPClientTransport): Connection => ({
    client,
    oauth,
    authorize: (onStep = () => {}) => authorize(transport, { login: options.login, onStep }),
    signOut: () => signOut(oauth, fetch),
    close: () => client.close(),
  });

  async function authorize(transport: StreamableHTTPClientTransport, choices: Choices): Promise<void> {
    const wanted = oauth.takeAuthorizationUrl();
    if (!wanted) throw new Error('The client has begun no authorization.');
    const page = await signIn(browser, wanted, choices);
    if (!browser.arrived(page)) throw new SignInRefused(browser.heading(page));
    const callback = oauth.accept(page.url);
    const refusal = callback.get('error');
    if (refusal !== null) throw new SignInRefused(callback.get('error_description') ?? refusal);
    oauth.onStep = choices.onStep;
    await transport
      .finishAuth(callback)
      .catch((error: unknown) => {
        // The token endpoint said no (RFC 6749 §5.2), as opposed to a network that failed.
        throw OAuthError.isInstance(error) ? new SignInRefused(error.message, { cause: error }) : error;
      })
      .finally(() => (oauth.onStep = () => {}));
  }

  oauth.onStep = onStep;
  const first = newTransport();
  try {
    const client = newClient();
    await client.connect(first);
    return finish(client, first);
  } catch (error) {
    if (!UnauthorizedError.isInstance(error)) throw error;
  }
  await authorize(first, { ...options, onStep });

  const client = newClient();
  const transport = newTransport();
  await client.connect(transport);
  onStep('connected');
  return finish(client, transport);
}

/** RFC 7009 §2.1; the SDK has no function for it. */
async function signOut(oauth: MemoryOAuthProvider, fetch: NonNullable<ConnectOptions['fetch']>): Promise<string> {
  const metadata = oauth.discoveryState()?.authorizationServerMetadata;
  const endpoint = metadata && 'revocation_endpoint' in metadata ? metadata.revocation_endpoint : undefined;
  const token = oauth.tokens()?.refresh_token;
  if (endpoint === undefined || token === undefined)
    throw new Error('There is nothing to revoke, or nowhere to do it.');
  const clientId = oauth.clientInformation()?.client_id ?? '';
  const body = new URLSearchParams({ token, token_type_hint: 'refresh_token', client_id: clientId });
  const response = await fetch(endpoint, { method: 'POST', body });
  if (!response.ok) throw new Error(`The revocation was answered with status ${response.status}.`);
  await response.body?.cancel();
  oauth.forget('refresh_token');
  return token;
}
