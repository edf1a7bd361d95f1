// MCP clients that nobody here wrote, behind one face. Each brings its own OAuth and its own idea of the protocol; the
// person behind them is the demo's: a scripted browser, and an OAuth provider that keeps tokens in memory.
import { auth, createMCPClient, UnauthorizedError as UnauthorizedAi, type OAuthClientProvider } from '@ai-sdk/mcp';
import {
  Client as Client2,
  StreamableHTTPClientTransport as Transport2,
  UnauthorizedError as Unauthorized2,
} from '@modelcontextprotocol/client';
import { UnauthorizedError as Unauthorized1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { MemoryOAuthProvider } from '../../demo/oauth-provider.ts';

export interface Connected {
  toolNames(): Promise<string[]>;
  call(name: string, args?: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;
/** Where a client connects, with what, and through what. */
interface Way {
  readonly url: URL;
  readonly oauth: MemoryOAuthProvider;
  readonly fetch: Fetch;
}

export interface ClientKind {
  readonly name: string;
  /** The revision that it ends up speaking with a server of both eras. */
  readonly revision: '2026-07-28' | '2025-11-25';
  /** What it does with a 403 that names scopes: sends its user to allow them, or just fails. */
  readonly stepsUp: boolean;
  connect(way: Way): Promise<Connected>;
  /** Redeems the code that the browser brought back. */
  finish(way: Way, callback: URLSearchParams): Promise<void>;
  /** Whether a failure means: send your user to sign in. */
  wantsSignIn(error: unknown): boolean;
}

const me = { name: 'interop', version: '1.0.0' };

function version2(name: string, mode: 'auto' | 'legacy' | { pin: string }): ClientKind {
  const transport = ({ url, oauth, fetch }: Way) => new Transport2(url, { authProvider: oauth, fetch });
  return {
    name,
    revision: mode === 'legacy' ? '2025-11-25' : '2026-07-28',
    stepsUp: true,
    async connect(way) {
      const client = new Client2(me, { versionNegotiation: { mode } });
      await client.connect(transport(way));
      return {
        toolNames: async () => (await client.listTools()).tools.map((tool) => tool.name),
        call: (tool, args = {}) => client.callTool({ name: tool, arguments: args }),
        close: () => client.close(),
      };
    },
    finish: (way, callback) => transport(way).finishAuth(callback),
    wantsSignIn: (error) => Unauthorized2.isInstance(error),
  };
}

const version1: ClientKind = {
  name: 'MCP SDK v1',
  revision: '2025-11-25',
  stepsUp: false,
  async connect(way) {
    const client = new Client1(me);
    await client.connect(transport1(way));
    return {
      toolNames: async () => (await client.listTools()).tools.map((tool) => tool.name),
      call: (tool, args = {}) => client.callTool({ name: tool, arguments: args }),
      close: () => client.close(),
    };
  },
  finish: (way, callback) => transport1(way).finishAuth(callback.get('code') ?? ''),
  wantsSignIn: (error) => error instanceof Unauthorized1,
};

function transport1({ url, oauth, fetch }: Way): Transport1 {
  return new Transport1(url, { authProvider: oauth, fetch });
}

const aiSdk: ClientKind = {
  name: 'Vercel AI SDK',
  revision: '2026-07-28',
  stepsUp: false,
  async connect({ url, oauth, fetch }) {
    const authProvider = aiProvider(oauth);
    const client = await createMCPClient({
      transport: { type: 'http', url: url.href, authProvider, fetch: fetch as typeof globalThis.fetch },
    });
    return {
      toolNames: async () => (await client.listTools()).tools.map((tool) => tool.name),
      call: (tool, args = {}) => client.callTool({ name: tool, arguments: args }),
      close: () => client.close(),
    };
  },
  async finish({ url, oauth, fetch }, callback) {
    await auth(aiProvider(oauth), {
      serverUrl: url,
      authorizationCode: callback.get('code') ?? '',
      callbackState: callback.get('state') ?? '',
      callbackIssuer: callback.get('iss') ?? '',
      fetchFn: fetch as typeof globalThis.fetch,
    });
  },
  wantsSignIn: (error) => error instanceof Error && [error, error.cause].some((one) => one instanceof UnauthorizedAi),
};

function aiProvider(oauth: MemoryOAuthProvider): OAuthClientProvider {
  return oauth as unknown as OAuthClientProvider;
}

export const clientKinds: readonly ClientKind[] = [
  version1,
  version2('MCP SDK v2, auto', 'auto'),
  version2('MCP SDK v2, pinned to 2026-07-28', { pin: '2026-07-28' }),
  version2('MCP SDK v2, legacy', 'legacy'),
  aiSdk,
];
