// The MCP endpoint over Streamable HTTP, both eras from one place: revision 2026-07-28, and 2025-era clients without
// sessions. A fresh low-level server per request, with lists that are already made; it sees what this caller may see.
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
  type AuthInfo,
  type Server,
} from '@modelcontextprotocol/server';
import { argumentsDigest, type AuditResult } from '../audit/event';
import type { Config } from '../config';
import type { GatewayDefinition } from '../define/gateway';
import type { CallInput } from '../session/face';
import { createCatalogue } from './catalogue';
import { authInfoOf, Exchange } from './exchange';
import { MAX_RECORDED_NAME } from './limits';
import type { McpRequest, RequestBody } from './request';
import { createServer } from './server';

export interface McpAnswer {
  readonly response: Response;
  /** The upstream no longer accepts the user: answer with a challenge instead of the response. */
  readonly reauthorize: boolean;
  /** How the call ends whose intent is on record; it may still run while the answer streams. */
  readonly result: Promise<AuditResult> | undefined;
}

export interface McpEndpoint {
  /** What the session has to decide and to record about a request; undefined when it calls no tool. */
  describeCall(body: RequestBody, config: Config): CallInput | undefined;
  serve(http: Request, request: McpRequest): Promise<McpAnswer>;
}

export function createMcpEndpoint(definition: GatewayDefinition): McpEndpoint {
  const catalogue = createCatalogue(definition.tools);
  const modern = createMcpHandler(() => createServer(definition, catalogue), { legacy: 'reject' });

  return {
    describeCall(body, config) {
      const params = toolCallParams(body);
      if (!params) return undefined;
      const tool = catalogue.find(params.name);
      return {
        action: 'tool_call',
        // The name of a tool that doesn't exist is the caller's text: it is refused, and recorded cut short.
        tool: params.name.slice(0, MAX_RECORDED_NAME),
        scopes: tool?.scopes ?? [],
        upstream: tool?.upstream === 'default' ? definition.upstream.name : null,
        argumentsDigest: argumentsDigest(params.arguments ?? {}, config.sessionKey),
      };
    },

    async serve(http, request) {
      const refused = refuse(http, request.body);
      if (refused) return { response: refused, reauthorize: false, result: undefined };
      const parsedBody = request.body.kind === 'json' ? request.body.value : undefined;
      const exchange = new Exchange(request, http.signal);
      const authInfo = authInfoOf(exchange);
      const started = request.now();
      const legacy = await isLegacyRequest(http, parsedBody);
      const served = await (legacy
        ? serveLegacy(http, parsedBody, authInfo, createServer(definition, catalogue))
        : modern.fetch(http, { parsedBody, authInfo }));
      const response = settleWith(served, exchange);
      const result =
        request.call &&
        exchange.over.then(({ outcome, reason }) => ({ outcome, reason, durationMs: request.now() - started }));
      return { response, reauthorize: exchange.end?.reauthorize === true, result };
    },
  };
}

/** A call that the protocol layer refused never reached the tool; its intent still gets an outcome, with the answer's end. */
function settleWith(response: Response, exchange: Exchange): Response {
  const refused = (): void => exchange.finish({ outcome: 'refused', reason: 'protocol_error' });
  const streams = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
  if (!streams || !response.body) {
    refused();
    return response;
  }
  const body = response.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({ flush: refused }));
  return new Response(body, response);
}

async function serveLegacy(http: Request, parsedBody: unknown, authInfo: AuthInfo, server: Server): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  return transport.handleRequest(http, { parsedBody, authInfo });
}

/** What is answered before the protocol: a method we don't serve, or a body that can't be read. */
function refuse(http: Request, body: RequestBody): Response | undefined {
  if (http.method !== 'POST')
    return jsonRpcError(405, -32000, 'Method not allowed: this endpoint serves POST.', { Allow: 'POST' });
  if (body.kind === 'too_large') return jsonRpcError(413, -32600, 'The request body is larger than 4 MiB.');
  if (body.kind === 'too_deep')
    return jsonRpcError(400, -32600, 'The request body is nested too deeply, or has too many parts.');
  if (body.kind !== 'json') return jsonRpcError(400, -32700, 'Parse error: the request body is not JSON.');
  // Batches were removed in revision 2025-06-18; one intent and one decision belong to one request.
  if (Array.isArray(body.value))
    return jsonRpcError(400, -32600, 'Batches are not supported: send one message per request.');
  return undefined;
}

function jsonRpcError(status: number, code: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ jsonrpc: '2.0', id: null, error: { code, message } }, { status, headers });
}

function toolCallParams(body: RequestBody): { name: string; arguments?: unknown } | undefined {
  if (body.kind !== 'json' || body.value === null || typeof body.value !== 'object') return undefined;
  const { method, params } = body.value as { method?: unknown; params?: unknown };
  if (method !== 'tools/call' || params === null || typeof params !== 'object') return undefined;
  const { name, arguments: given } = params as { name?: unknown; arguments?: unknown };
  return typeof name === 'string' ? { name, arguments: given } : undefined;
}
