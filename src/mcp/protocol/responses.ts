// HTTP answers that the endpoint gives without the SDK.
import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { CallEnd } from '../calls/request-context';

/** JSON-RPC's own codes as the SDK has them, and two of the range that JSON-RPC leaves to servers. */
export const JsonRpcCode = {
  parseError: ProtocolErrorCode.ParseError,
  invalidRequest: ProtocolErrorCode.InvalidRequest,
  internalError: ProtocolErrorCode.InternalError,
  refused: -32000,
  sessionNotFound: -32001,
} as const;

export function jsonRpcError(
  status: number,
  code: (typeof JsonRpcCode)[keyof typeof JsonRpcCode],
  message: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ jsonrpc: '2.0', id: null, error: { code, message } }, { status, headers });
}

/** RFC 9110 §15.5.7: the client accepts neither kind of answer. */
export function notAcceptable(): Response {
  return jsonRpcError(
    406,
    JsonRpcCode.refused,
    'Not Acceptable: the client must accept application/json and text/event-stream.',
  );
}

/** To an id that is nobody's, another's, or of a session that has ended: the client begins a new one (MCP "Session Management"). */
export function sessionNotFound(): Response {
  return jsonRpcError(404, JsonRpcCode.sessionNotFound, 'Session not found: begin a new one with initialize.');
}

/** The protocol's own answer for whoever reads it, and the challenge by which a client signs in again (RFC 6750 §3). */
export function unauthorized(answer: Response, challenge: string): Response {
  const headers = new Headers(answer.headers);
  headers.set('WWW-Authenticate', challenge);
  headers.set('Cache-Control', 'no-store');
  return new Response(answer.body, { status: 401, headers });
}

/** An answer to a user whom the upstream no longer accepts says so in its status. */
export function challenged(response: Response, end: CallEnd | undefined, challenge: string): Response {
  return end?.reauthorize ? unauthorized(response, challenge) : response;
}

export function isEventStream(response: Response): boolean {
  return response.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
}
