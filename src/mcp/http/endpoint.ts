// The MCP endpoint over Streamable HTTP, every revision from one place: 2026-07-28 request by request, 2025-era clients
// with a session (sessions/) or, as they like, without one. A fresh low-level server per request, with lists that are
// already made; it sees what this caller may see. Plain requests, of a shape that such a server has let through before,
// are answered without one (plain.ts), in a session those that only read; a plain read may even begin before the session
// has decided about it.
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
  type AuthInfo,
  type McpRequestContext,
  type Server,
} from '@modelcontextprotocol/server';
import type { Outcome } from '../../audit/event';
import type { Bindings, Config } from '../../config';
import type { GatewayDefinition } from '../../define/gateway';
import { sessionAt, type AuthorizeInput } from '../../session/stub';
import type { PendingOutcomes } from '../../session/client/pending-outcomes';
import { accepts, EVENT_STREAM_TYPE, JSON_TYPE } from '../../shared/accept';
import { isEventStream, jsonRpcError, notAcceptable, unauthorized } from '../protocol/responses';
import type { Catalogue } from '../calls/catalogue';
import { describeCall } from './call-description';
import { authInfoOf, Exchange, exchangeIn } from '../calls/request-context';
import { leave } from './leave';
import { isListen, serveListen } from './listen';
import { reported } from '../calls/outcome';
import { KnownShapes, plainRequest, type PlainRequest, type Shape } from '../fast-path/request-shape';
import { PlainAnswers } from '../fast-path/response';
import type { McpRequest, RequestBody } from '../calls/request';
import { createServer } from '../protocol/server';
import { isOfSession, isStandalone, serveSession } from '../sessions/edge';
import { protocolRequest } from '../sessions/stub';
import { MAX_ID } from '../sessions/id';
import { LatelyServed } from '../fast-path/shape-cache';
import { methodOf } from '../sessions/messages';
import type { StreamToken } from '../sessions/stream-deadline';
import { ToolRun } from '../fast-path/run';

export interface McpAnswer {
  readonly response: Response;
  /** The report of how a call ended; the call may still run while the answer streams. It never rejects. */
  readonly outcome: Promise<void> | undefined;
}

export interface ServeOptions {
  readonly bindings: Pick<Bindings, 'SESSIONS' | 'MCP_SESSIONS'>;
  readonly token: StreamToken;
  /** What {@link McpEndpoint.describe} said; undefined where the request was never looked at. */
  readonly about: Described | undefined;
  /** The call, where it was begun before it was decided about. */
  readonly begun: ToolRun | undefined;
}

/** What a request is about, as far as anybody has to know before it is decided about. */
export interface Described extends Pick<AuthorizeInput, 'call' | 'lists' | 'mcpSessionId'> {
  /** The request, if it may go the short way once its shape is known. */
  readonly plain: PlainRequest | undefined;
  /** That shape, if it is known. */
  readonly shape: Shape | undefined;
  /** Whether it only reads, so that it may be begun before it is decided about, and its result thrown away. */
  readonly mayBeginEarly: boolean;
}

export interface McpEndpoint {
  /** @param sessionId the OAuth session that its token is of */
  describe(http: Request, body: RequestBody, config: Config, sessionId: string): Promise<Described>;
  /** Begins a plain call of a known shape, and nothing else; {@link serve} goes on with it. */
  begin(http: Request, request: McpRequest, about: Described): ToolRun | undefined;
  serve(http: Request, request: McpRequest, options: ServeOptions): Promise<McpAnswer>;
}

export function createMcpEndpoint(
  definition: GatewayDefinition,
  catalogue: Catalogue,
  outcomes: PendingOutcomes,
  now: () => number,
): McpEndpoint {
  const modernServer = ({ authInfo }: Pick<McpRequestContext, 'authInfo'>): Server =>
    createServer(definition, catalogue, 'modern', exchangeIn(authInfo).request.access);
  const modern = createMcpHandler(modernServer, { legacy: 'reject' });
  const shapes = new KnownShapes();
  const lately = new LatelyServed(now);
  const answers = new PlainAnswers(definition);

  const begin: McpEndpoint['begin'] = (http, request, { plain, shape }) => {
    if (plain?.method !== 'tools/call' || !shape) return undefined;
    const interactive = shape.era === 'modern' || plain.mcpSessionId !== undefined;
    const exchange = new Exchange(request, http.signal, { interactive });
    exchange.run = new ToolRun(exchange, plain, shape, catalogue);
    return exchange.run;
  };

  const deliverer =
    ({ sessionId }: McpRequest, bindings: ServeOptions['bindings']) =>
    (ended: Outcome) =>
      outcomes.deliver(sessionId, ended, (together) => sessionAt(bindings, sessionId).complete(together));

  /** The long way. @param run the call, where it already runs */
  const viaSdk = async (
    http: Request,
    request: McpRequest,
    { bindings, token, about }: ServeOptions,
    run: ToolRun | undefined,
  ): Promise<McpAnswer> => {
    const { body } = request;
    const parsedBody = bodyOf(request);
    const refused = refuse(http, body);
    const legacy = refused === undefined && (await isLegacyRequest(http, parsedBody));
    if (legacy && isOfSession(http, parsedBody)) {
      // Its server is in its object, and can't take over what runs here. It reads once more.
      run?.discard();
      const plain = about?.plain?.method === 'tools/call' ? about.plain : undefined;
      const response = await serveSession(http, request, parsedBody, { bindings, token, lately, plain });
      // The session's object reports how its calls end.
      return { response, outcome: undefined };
    }

    const exchange = run?.exchange ?? new Exchange(request, http.signal, { interactive: !legacy });
    const authInfo = authInfoOf(exchange);
    const serve = (): Promise<Response> => {
      if (legacy)
        return serveStateless(
          http,
          parsedBody,
          authInfo,
          createServer(definition, catalogue, 'stateless', request.access),
        );
      return isListen(parsedBody)
        ? serveListen({ http, parsedBody, authInfo, request, server: modernServer, token }, bindings)
        : modern.fetch(http, { parsedBody, authInfo });
    };
    const response = settleWith(refused ?? (await serve()), exchange);
    run?.answered();
    if (about?.plain && !about.plain.mcpSessionId && exchange.passedAs) shapes.add(about.plain, exchange.passedAs);
    const outcome = reported(exchange, deliverer(request, bindings), request.call, !isEventStream(response));
    return { response: challenged(response, exchange), outcome };
  };

  const answer: McpEndpoint['serve'] = async (http, request, options) => {
    const { about, bindings, begun } = options;
    const { plain, shape } = about ?? {};
    if (plain?.method === 'tools/list' && shape) {
      const lists = catalogue.visible(request.access);
      return { response: answers.toolList(plain.id, shape.era, lists), outcome: undefined };
    }
    const run = begun ?? (about && begin(http, request, about));
    if (plain?.method !== 'tools/call' || !run) return viaSdk(http, request, options, run);
    const result = await lately.watch(plain, run.plainResult());
    if (!result) return viaSdk(http, request, options, run);
    const { exchange } = run;
    return {
      response: challenged(answers.call(plain, run.era, result), exchange),
      outcome: reported(exchange, deliverer(request, bindings), request.call, true),
    };
  };

  return {
    async describe(http, body, config, sessionId) {
      const plain = plainRequest(http, body);
      const inSession = plain?.mcpSessionId !== undefined;
      const shape = plain && (inSession ? lately.shapeOf(plain, sessionId) : shapes.of(plain));
      const tool = plain?.method === 'tools/call' && shape ? catalogue.tool(plain.name) : undefined;
      const onlyReads = tool?.hints.readOnlyHint === true && tool.confirm === undefined;
      return {
        call: await describeCall(body, config, definition, catalogue),
        lists: shows(body) ? catalogue.fingerprint : undefined,
        mcpSessionId: http.headers.get('Mcp-Session-Id')?.slice(0, MAX_ID),
        plain,
        // In a session whatever changes something is its object's, which can be told to cancel it.
        shape: inSession && !onlyReads ? undefined : shape,
        mayBeginEarly: onlyReads,
      };
    },

    begin,

    async serve(http, request, options) {
      const { response, outcome } = await answer(http, request, options);
      // A stream of changes holds nothing of the caller's, and is ended by the session itself.
      const tellsChanges = isListen(bodyOf(request)) || (http.method === 'GET' && isStandalone(http));
      return { response: tellsChanges ? response : await leave(response, request), outcome };
    },
  };
}

/** An answer to a user whom the upstream no longer accepts says so in its status. */
function challenged(response: Response, { end, request }: Exchange): Response {
  return end?.reauthorize ? unauthorized(response, request.challenge) : response;
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
  return transport.handleRequest(protocolRequest(http), { parsedBody, authInfo });
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

function bodyOf({ body }: McpRequest): unknown {
  return body.kind === 'json' ? body.value : undefined;
}

/** A request that shows what the definition offers, or waits for it to change. */
function shows(body: RequestBody): boolean {
  const method = body.kind === 'json' ? methodOf(body.value) : undefined;
  return method !== undefined && (method.endsWith('/list') || method === 'subscriptions/listen');
}
