// An app on this computer as MCP hosts are built: the SDK's client with a callback server on a random loopback port
// (RFC 8252 §7.3), which waits there for its user's browser to come back.
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { MemoryOAuthProvider } from '../../demo/oauth-provider.ts';
import { type LocalServer, serve } from '../browser/harness.ts';

export class LoopbackApp implements AsyncDisposable {
  readonly redirectUri: string;
  readonly oauth: MemoryOAuthProvider;
  /** The status of each answer to a request to the connector URL. */
  readonly answers: number[] = [];
  readonly #name: string;
  readonly #url: URL;
  readonly #server: LocalServer;
  #wanted: URL | undefined;
  #transport: StreamableHTTPClientTransport | undefined;
  #client: Client | undefined;

  private constructor(name: string, url: string, server: LocalServer) {
    this.#name = name;
    this.#url = new URL(url);
    this.#server = server;
    this.redirectUri = `${server.origin}/callback`;
    const memory = new MemoryOAuthProvider(name);
    // As the demo's, but for where its user goes, and where they come back to.
    this.oauth = Object.assign(memory, {
      redirectUrl: this.redirectUri,
      clientMetadata: { ...memory.clientMetadata, redirect_uris: [this.redirectUri] },
      redirectToAuthorization: (url: URL) => void (this.#wanted = url),
    });
  }

  /** @param url the connector URL: `<gateway>/mcp` */
  static async start(name: string, url: string): Promise<LoopbackApp> {
    const done = '<!doctype html><title>Done</title><p>You can close this window.';
    return new LoopbackApp(
      name,
      url,
      await serve(() => new Response(done, { headers: { 'Content-Type': 'text/html; charset=utf-8' } })),
    );
  }

  /** Connects without a token. @returns where the app sends its user, after the gateway asked for a sign-in */
  async needsSignIn(): Promise<string> {
    this.oauth.invalidateCredentials('tokens');
    this.#wanted = undefined;
    const refused = await this.connect().then(
      () => undefined,
      (error: unknown) => error,
    );
    // Assigned by the callback above, which the compiler does not see.
    const wanted = this.#wanted as URL | undefined;
    if (!UnauthorizedError.isInstance(refused) || !wanted)
      throw new Error('It was not sent to sign in.', { cause: refused });
    return wanted.href;
  }

  /** What the browser brought back, each time that it came. */
  callbacks(): URL[] {
    const paths = this.#server.requests.map(({ path }) => path).filter((path) => path.startsWith('/callback'));
    return paths.map((path) => new URL(path, this.#server.origin));
  }

  /** The callback's parameters, once they are known to answer the app's own request. */
  lastAnswer(): URLSearchParams {
    const callback = this.callbacks().at(-1);
    if (!callback) throw new Error('The browser never came back.');
    return this.oauth.accept(callback);
  }

  /** Redeems the code that came back, and connects with the token. */
  async finish(): Promise<Client> {
    await this.#transport?.finishAuth(this.lastAnswer());
    return this.connect();
  }

  async connect(): Promise<Client> {
    await this.#client?.close();
    this.#client = new Client({ name: this.#name, version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
    this.#transport = new StreamableHTTPClientTransport(this.#url, {
      authProvider: this.oauth,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (String(url) === this.#url.href) this.answers.push(response.status);
        return response;
      },
    });
    await this.#client.connect(this.#transport);
    return this.#client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.close();
    await this.#server[Symbol.asyncDispose]();
  }
}
