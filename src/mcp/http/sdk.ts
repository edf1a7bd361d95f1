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
import { isListen, valueOf, type Message, type Received, type Refusal } from '../calls/message';
import type { McpRequest } from '../calls/request';
import { authInfoOf, Exchange, exchangeIn, type FinishedCall } from '../calls/request-context';
import type { FastPath } from '../fast-path/fast-path';
import { challenged, isEventStream, JsonRpcCode, jsonRpcError, notAcceptable } from '../protocol/responses';
import { createServer } from '../protocol/server';
import { isOfSession, serveSession } from '../sessions/edge';
import { protocolRequest } from '../sessions/stub';
import type { StreamToken } from '../sessions/stream-deadline';
import { serveListen } from './listen';

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
    received: Received,
    request: McpRequest,
    options: SdkOptions,
    finished: FinishedCall | undefined,
  ): Promise<SdkAnswer> {
    const { http, message } = received;
    const refused = refuse(http, message);
    const legacy = refused === undefined && (await isLegacyRequest(http, valueOf(message)));
    if (legacy && !finished && isOfSession(http, message))
      // The session's object reports how its calls end.
      return { response: await this.#serveSession(received, request, options), ended: undefined };

    const exchange = new Exchange(request, http.signal, { interactive: !legacy, finished });
    const response = settleWith(refused ?? (await this.#serve(received, legacy, exchange, options)), exchange);
    if (exchange.passedAs && !finished) this.#fastPath.learn(received, exchange.passedAs, request.access);
    return {
      response: challenged(response, exchange.end, request.challenge),
      ended: { of: exchange, leaves: !isEventStream(response) },
    };
  }

  readonly #modernServer = ({ authInfo }: Pick<McpRequestContext, 'authInfo'>): Server =>
    createServer(this.#definition, this.#catalogue, 'modern', exchangeIn(authInfo).request.access);

  #serve(
    { http, message }: Received,
    legacy: boolean,
    exchange: Exchange,
    { bindings, token }: SdkOptions,
  ): Response | Promise<Response> {
    const { request } = exchange;
    const parsedBody = valueOf(message);
    const authInfo = authInfoOf(exchange);
    if (legacy)
      return serveStateless(
        http,
        parsedBody,
        authInfo,
        createServer(this.#definition, this.#catalogue, 'stateless', request.access),
      );
    return isListen(message)
      ? serveListen({ http, message, authInfo, request, server: this.#modernServer, token }, bindings)
      : this.#modern.fetch(http, { parsedBody, authInfo });
  }

  #serveSession(received: Received, request: McpRequest, { bindings, token }: SdkOptions): Promise<Response> {
    return serveSession(received, request, {
      bindings,
      token,
      accepted: (client) => this.#fastPath.learn(received, { era: 'legacy', ...client }, request.access),
      ended: (mcpSessionId) => this.#fastPath.forget(mcpSessionId),
    });
  }
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

/** What is answered before the SDK looks: a method that isn't served, or a message that can't be read. */
function refuse(http: Request, message: Message): Response | undefined {
  if (http.method !== 'POST') {
    if ((http.method === 'GET' || http.method === 'DELETE') && http.headers.has('Mcp-Session-Id')) return undefined;
    const problem = 'Method not allowed: without a session, this endpoint serves POST.';
    return jsonRpcError(405, JsonRpcCode.refused, problem, { Allow: 'POST' });
  }
  const accept = http.headers.get('Accept');
  if (!accepts(accept, JSON_TYPE) || (isListen(message) && !accepts(accept, EVENT_STREAM_TYPE))) return notAcceptable();
  return message.kind === 'refused' ? refusalOf(message.why) : undefined;
}

function refusalOf(why: Refusal): Response {
  switch (why) {
    case 'too_large':
      return jsonRpcError(413, JsonRpcCode.invalidRequest, 'The request body is larger than 4 MiB.');
    case 'too_deep': {
      const problem = 'The request body is nested too deeply, or has too many parts.';
      return jsonRpcError(400, JsonRpcCode.invalidRequest, problem);
    }
    case 'malformed':
      return jsonRpcError(400, JsonRpcCode.parseError, 'Parse error: the request body is not JSON in UTF-8.');
    case 'batch':
      return jsonRpcError(400, JsonRpcCode.invalidRequest, 'Batches are not supported: send one message per request.');
  }
}
