// The MCP endpoint over Streamable HTTP, every revision from one place: 2026-07-28 request by request, 2025-era clients
// with a session (sessions/) or, as they like, without one. A fresh low-level server per request, with lists that are
// already made; it sees what this caller may see.
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
  type AuthInfo,
  type Server,
} from '@modelcontextprotocol/server';
import type { Bindings, Config } from '../config';
import type { GatewayDefinition } from '../define/gateway';
import { sessionAt, type AuthorizeInput } from '../session/face';
import { isEventStream, jsonRpcError, unauthorized } from './answers';
import type { Catalogue } from './catalogue';
import { describeCall } from './describe';
import { authInfoOf, Exchange } from './exchange';
import { isListen, serveListen } from './listen';
import { reported } from './outcome';
import type { McpRequest, RequestBody } from './request';
import { createServer } from './server';
import { isOfSession, serveSession } from './sessions/edge';
import { methodOf } from './sessions/messages';

export interface McpAnswer {
  readonly response: Response;
  /** The report of how a call ended; the call may still run while the answer streams. It never rejects. */
  readonly outcome: Promise<void> | undefined;
}

export interface ServeOptions {
  readonly bindings: Pick<Bindings, 'SESSIONS' | 'MCP_SESSIONS'>;
  /** When the access token expires, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface McpEndpoint {
  /** What the OAuth session has to decide, to record and to notice about a request. */
  describe(body: RequestBody, config: Config): Pick<AuthorizeInput, 'call' | 'lists'>;
  serve(http: Request, request: McpRequest, options: ServeOptions): Promise<McpAnswer>;
}

export function createMcpEndpoint(definition: GatewayDefinition, catalogue: Catalogue): McpEndpoint {
  const modernServer = (): Server => createServer(definition, catalogue, 'modern');
  const modern = createMcpHandler(modernServer, { legacy: 'reject' });

  return {
    describe: (body, config) => ({
      call: describeCall(body, config, definition, catalogue),
      lists: shows(body) ? catalogue.fingerprint : undefined,
    }),

    async serve(http, request, { bindings, expiresAt }) {
      const { body } = request;
      const parsedBody = body.kind === 'json' ? body.value : undefined;
      const refused = refuse(http, body);
      const legacy = refused === undefined && (await isLegacyRequest(http, parsedBody));
      // The session's object reports how its calls end.
      if (legacy && isOfSession(http, parsedBody))
        return { response: await serveSession(http, request, parsedBody, bindings, expiresAt), outcome: undefined };

      const exchange = new Exchange(request, http.signal, { interactive: !legacy });
      const outcome = reported(exchange, sessionAt(bindings, request.sessionId), request.now());
      const authInfo = authInfoOf(exchange);
      const serve = (): Promise<Response> => {
        if (legacy) return serveStateless(http, parsedBody, authInfo, createServer(definition, catalogue, 'stateless'));
        return isListen(parsedBody)
          ? serveListen({ http, parsedBody, authInfo, request, server: modernServer, expiresAt }, bindings)
          : modern.fetch(http, { parsedBody, authInfo });
      };
      const response = settleWith(refused ?? (await serve()), exchange);
      return { response: exchange.end?.reauthorize ? unauthorized(response, request.challenge) : response, outcome };
    },
  };
}

/** A call that the protocol layer refused never reached a handler; its intent still gets an outcome, with the answer's end. */
function settleWith(response: Response, exchange: Exchange): Response {
  const answered = (): void => exchange.answered();
  if (!isEventStream(response) || !response.body) {
    answered();
    return response;
  }
  const body = response.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({ flush: answered }));
  return new Response(body, response);
}

async function serveStateless(
  http: Request,
  parsedBody: unknown,
  authInfo: AuthInfo,
  server: Server,
): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  return transport.handleRequest(http, { parsedBody, authInfo });
}

/** What is answered before the protocol: a method we don't serve, or a body that can't be read. */
function refuse(http: Request, body: RequestBody): Response | undefined {
  if (http.method !== 'POST') {
    if ((http.method === 'GET' || http.method === 'DELETE') && http.headers.has('Mcp-Session-Id')) return undefined;
    return jsonRpcError(405, -32000, 'Method not allowed: without a session, this endpoint serves POST.', {
      Allow: 'POST',
    });
  }
  if (body.kind === 'too_large') return jsonRpcError(413, -32600, 'The request body is larger than 4 MiB.');
  if (body.kind === 'too_deep')
    return jsonRpcError(400, -32600, 'The request body is nested too deeply, or has too many parts.');
  if (body.kind !== 'json') return jsonRpcError(400, -32700, 'Parse error: the request body is not JSON.');
  // Batches were removed in revision 2025-06-18; one intent and one decision belong to one request.
  if (Array.isArray(body.value))
    return jsonRpcError(400, -32600, 'Batches are not supported: send one message per request.');
  return undefined;
}

/** A request that shows what the definition offers, or waits for it to change. */
function shows(body: RequestBody): boolean {
  const method = body.kind === 'json' ? methodOf(body.value) : undefined;
  return method !== undefined && (method.endsWith('/list') || method === 'subscriptions/listen');
}
