// What the MCP SDK answers: revision 2026-07-28 request by request, the 2025 revisions with a session (sessions/) or without.
// A fresh low-level server serves each request, with lists that are already made, and sees what this caller may see.
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
  type AuthInfo,
  type McpRequestContext,
  type Server,
} from '@modelcontextprotocol/server';
import type { Bindings } from '../../config';
import type { GatewayDefinition } from '../../define/gateway';
import { accepts, EVENT_STREAM_TYPE, JSON_TYPE } from '../../shared/accept';
import type { Catalogue } from '../calls/catalogue';
import type { reported } from '../calls/outcome';
import type { McpRequest, RequestBody } from '../calls/request';
import { authInfoOf, Exchange, exchangeIn, type CallEnd, type FinishedCall } from '../calls/request-context';
import type { FastPath } from '../fast-path/fast-path';
import { isEventStream, jsonRpcError, notAcceptable, unauthorized } from '../protocol/responses';
import { createServer } from '../protocol/server';
import { isOfSession, serveSession } from '../sessions/edge';
import { protocolRequest } from '../sessions/stub';
import type { StreamToken } from '../sessions/stream-deadline';
import { isListen, serveListen } from './listen';

export interface SdkAnswer {
  readonly response: Response;
  /** The call whose end is to be reported; undefined where none was made, or where a session's object reports it. */
  readonly ended: { readonly of: Parameters<typeof reported>[0]; readonly leaves: boolean } | undefined;
}

export interface SdkOptions {
  readonly bindings: Pick<Bindings, 'SESSIONS' | 'MCP_SESSIONS'>;
  readonly token: StreamToken;
}

export class SdkEndpoint {
  readonly #definition: GatewayDefinition;
  readonly #catalogue: Catalogue;
  readonly #fastPath: Pick<FastPath, 'learn' | 'forget'>;
  readonly #modern: ReturnType<typeof createMcpHandler>;

  /** @param fastPath learns which requests the SDK has accepted */
  constructor(definition: GatewayDefinition, catalogue: Catalogue, fastPath: Pick<FastPath, 'learn' | 'forget'>) {
    this.#definition = definition;
    this.#catalogue = catalogue;
    this.#fastPath = fastPath;
    this.#modern = createMcpHandler(this.#modernServer, { legacy: 'reject' });
  }

  /** @param finished the call, where it is over and only its result is left to be written */
  async respond(
    http: Request,
    request: McpRequest,
    options: SdkOptions,
    finished: FinishedCall | undefined,
  ): Promise<SdkAnswer> {
    const refused = refuse(http, request.body);
    const parsedBody = bodyOf(request);
    const legacy = refused === undefined && (await isLegacyRequest(http, parsedBody));
    if (legacy && !finished && isOfSession(http, parsedBody))
      // The session's object reports how its calls end.
      return { response: await this.#serveSession(http, request, options), ended: undefined };

    const exchange = new Exchange(request, http.signal, { interactive: !legacy, finished });
    const response = settleWith(refused ?? (await this.#serve(http, legacy, exchange, options)), exchange);
    if (exchange.passedAs && !finished)
      this.#fastPath.learn({ http, body: request.body, oauthSessionId: request.sessionId }, exchange.passedAs);
    return {
      response: challenged(response, exchange.end, request),
      ended: { of: exchange, leaves: !isEventStream(response) },
    };
  }

  readonly #modernServer = ({ authInfo }: Pick<McpRequestContext, 'authInfo'>): Server =>
    createServer(this.#definition, this.#catalogue, 'modern', exchangeIn(authInfo).request.caller);

  #serve(
    http: Request,
    legacy: boolean,
    exchange: Exchange,
    { bindings, token }: SdkOptions,
  ): Response | Promise<Response> {
    const { request } = exchange;
    const parsedBody = bodyOf(request);
    const authInfo = authInfoOf(exchange);
    if (legacy)
      return serveStateless(
        http,
        parsedBody,
        authInfo,
        createServer(this.#definition, this.#catalogue, 'stateless', request.caller),
      );
    return isListen(parsedBody)
      ? serveListen({ http, parsedBody, authInfo, request, server: this.#modernServer, token }, bindings)
      : this.#modern.fetch(http, { parsedBody, authInfo });
  }

  #serveSession(http: Request, request: McpRequest, { bindings, token }: SdkOptions): Promise<Response> {
    const candidate = { http, body: request.body, oauthSessionId: request.sessionId };
    return serveSession(http, request, bodyOf(request), {
      bindings,
      token,
      accepted: (client) => this.#fastPath.learn(candidate, { era: 'legacy', ...client }),
      ended: (mcpSessionId) => this.#fastPath.forget(mcpSessionId),
    });
  }
}

/** An answer to a user whom the upstream no longer accepts says so in its status. */
export function challenged(response: Response, end: CallEnd | undefined, { challenge }: McpRequest): Response {
  return end?.reauthorize ? unauthorized(response, challenge) : response;
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

/** A session's id stands in the answer to each of its requests; this transport knows of no session. */
async function serveStateless(
  http: Request,
  parsedBody: unknown,
  authInfo: AuthInfo,
  server: Server,
): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  const response = await transport.handleRequest(protocolRequest(http), { parsedBody, authInfo });
  const mcpSessionId = http.headers.get('Mcp-Session-Id');
  if (mcpSessionId !== null) response.headers.set('Mcp-Session-Id', mcpSessionId);
  return response;
}

/** What is answered before the protocol: a method we don't serve, or a body that can't be read. */
function refuse(http: Request, body: RequestBody): Response | undefined {
  if (http.method !== 'POST') {
    if ((http.method === 'GET' || http.method === 'DELETE') && http.headers.has('Mcp-Session-Id')) return undefined;
    return jsonRpcError(405, -32000, 'Method not allowed: without a session, this endpoint serves POST.', {
      Allow: 'POST',
    });
  }
  const accept = http.headers.get('Accept');
  const listens = body.kind === 'json' && isListen(body.value);
  if (!accepts(accept, JSON_TYPE) || (listens && !accepts(accept, EVENT_STREAM_TYPE))) return notAcceptable();
  if (body.kind === 'too_large') return jsonRpcError(413, -32600, 'The request body is larger than 4 MiB.');
  if (body.kind === 'too_deep')
    return jsonRpcError(400, -32600, 'The request body is nested too deeply, or has too many parts.');
  if (body.kind !== 'json') return jsonRpcError(400, -32700, 'Parse error: the request body is not JSON in UTF-8.');
  // Only 2025-03-26 has batches, and isn't served (revisions.ts); one intent and one decision belong to one request.
  if (Array.isArray(body.value))
    return jsonRpcError(400, -32600, 'Batches are not supported: send one message per request.');
  return undefined;
}

export function bodyOf({ body }: McpRequest): unknown {
  return body.kind === 'json' ? body.value : undefined;
}
