// `subscriptions/listen` (revision 2026-07-28). The SDK writes the wire: acknowledgement, filter, subscription ids. Changes
// come from the caller's own session, by a WebSocket of this one request. A bus that requests share would tell each caller
// what others do, and would miss what happens in other isolates.
import {
  createMcpHandler,
  type AuthInfo,
  type McpRequestContext,
  type Server,
  type ServerEvent,
  type ServerEventBus,
} from '@modelcontextprotocol/server';
import type { Bindings } from '../../config';
import type { Changed } from '../../define/content';
import { sessionAt } from '../../session/stub';
import { MAX_LISTENERS } from '../../session/limits';
import { JsonRpcCode, jsonRpcError, unauthorized } from '../protocol/responses';
import { valueOf, type Message } from '../calls/message';
import type { McpRequest } from '../calls/request';
import { streamEndsAt, until, type StreamToken } from '../sessions/stream-deadline';

export interface Listening {
  readonly http: Request;
  readonly message: Message;
  readonly authInfo: AuthInfo;
  readonly request: McpRequest;
  readonly server: (context: Pick<McpRequestContext, 'authInfo'>) => Server;
  readonly token: StreamToken;
}

export async function serveListen(listening: Listening, bindings: Pick<Bindings, 'SESSIONS'>): Promise<Response> {
  const { http, message, authInfo, request, server, token } = listening;
  const { status, webSocket: socket } = await sessionAt(bindings, request.sessionId).listen();
  if (!socket) return refused(status, request.challenge);
  // A change of a resource names a record, and is for the bearer of a good token. A changed list tells nothing of data.
  const mayTell = ({ kind }: Changed): boolean => kind !== 'resource' || request.now() < token.expiresAt;
  // The handler also closes when a deployment resets the object: the client then listens again, to the new one.
  const bus = new SocketBus(socket, mayTell, () => void handler.close());
  const handler = createMcpHandler(server, { legacy: 'reject', bus });
  const response = await handler.fetch(http, { parsedBody: valueOf(message), authInfo });
  // Nobody has subscribed where the SDK has refused the request, or where it asks for nothing that can change.
  bus.releaseUnused();
  return until(streamEndsAt(request.now(), token), response, () => void handler.close());
}

function refused(status: number, challenge: string): Response {
  // The session ended after it had admitted this request.
  if (status !== 429)
    return unauthorized(jsonRpcError(401, JsonRpcCode.refused, 'The session has ended: sign in again.'), challenge);
  const problem = `This session has ${MAX_LISTENERS} streams of changes open: close one first.`;
  return jsonRpcError(429, JsonRpcCode.refused, problem, { 'Retry-After': '60' });
}

/** A bus with one listener, fed by a socket. Changes that arrive before the listener wait in the socket. */
class SocketBus implements ServerEventBus {
  readonly #socket: WebSocket;
  readonly #mayTell: (change: Changed) => boolean;
  readonly #closed: () => void;
  #listened = false;

  /** @param closed is told when nothing comes any more */
  constructor(socket: WebSocket, mayTell: (change: Changed) => boolean, closed: () => void) {
    this.#socket = socket;
    this.#mayTell = mayTell;
    this.#closed = closed;
  }

  publish(): never {
    throw new Error('changes are published by the session');
  }

  /** Gives the connection back when nobody has subscribed. */
  releaseUnused(): void {
    if (this.#listened) return;
    this.#socket.accept();
    this.#socket.close(1000, 'not listening');
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    this.#listened = true;
    this.#socket.addEventListener('message', ({ data }) => {
      for (const change of JSON.parse(String(data)) as Changed[]) if (this.#mayTell(change)) listener(eventOf(change));
    });
    this.#socket.addEventListener('close', this.#closed);
    this.#socket.addEventListener('error', this.#closed);
    this.#socket.accept();
    return () => this.#socket.close(1000, 'client gone');
  }
}

function eventOf(change: Changed): ServerEvent {
  return change.kind === 'resource'
    ? { kind: 'resource_updated', uri: change.uri }
    : { kind: `${change.kind}_list_changed` };
}
