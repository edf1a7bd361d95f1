// The SDK's server and transport of one session, as long as its object is in memory. After an eviction both are built
// again from the session's record, by the same `initialize` that the client once sent.
import type { JSONRPCMessage, RequestId, Server } from '@modelcontextprotocol/server';
import { challenged, isEventStream, JsonRpcCode, jsonRpcError } from '../protocol/responses';
import { authInfoOf, Exchange } from '../calls/request-context';
import type { McpRequest } from '../calls/request';
import { clientHeader, protocolRequest } from './stub';
import { HOLD_MS, MAX_RUNNING } from './limits';
import { messageOf, valueOf, type Message } from '../calls/message';
import { cancelledBy } from './messages';
import type { McpSessionRecord } from './record';
import type { SessionTransport } from './transport';

export class Connection {
  readonly #server: Server;
  readonly #transport: SessionTransport;

  private constructor(server: Server, transport: SessionTransport) {
    this.#server = server;
    this.#transport = transport;
  }

  static async open(server: Server, transport: SessionTransport): Promise<Connection> {
    await server.connect(transport);
    return new Connection(server, transport);
  }

  /** Brings server and transport back to where the session was. */
  async restore({ id, initialize, logLevel }: McpSessionRecord, request: McpRequest): Promise<void> {
    // An exchange of its own, so that its end is no call's.
    const exchange = new Exchange(request, new AbortController().signal, { interactive: false });
    const headers = [
      ['Content-Type', 'application/json'],
      ['Accept', 'application/json, text/event-stream'],
      ['Mcp-Session-Id', id],
    ] as const;
    const send = (message: object) =>
      this.post(protocolRequest({ method: 'POST', headers }), messageOf(message), exchange);
    const began = await send(initialize);
    if (!began.ok) throw new Error(`initialize was answered with ${began.status} this time`);
    const level = { jsonrpc: '2.0', id: 'restored', method: 'logging/setLevel', params: { level: logLevel } };
    if (logLevel !== undefined) await send(level);
  }

  /** Requests whose answer is not out yet. */
  get running(): number {
    return this.#transport.runningCount;
  }

  async post(http: Request, message: Message, exchange: Exchange): Promise<Response> {
    const handle = () =>
      this.#transport.handleRequest(http, { parsedBody: valueOf(message), authInfo: authInfoOf(exchange) });
    if (message.kind !== 'request') {
      const taken = await handle();
      const cancelled = cancelledBy(message);
      if (taken.ok && cancelled !== undefined) await this.#transport.cancel(cancelled);
      return taken;
    }
    const { id } = message;
    const refused = this.#refuse(id);
    const running = refused ? undefined : this.#transport.expect(id, exchange);
    const response = refused ?? (await handle());
    if (!running || !isEventStream(response)) {
      if (running) this.#transport.forget(id);
      exchange.finish({ outcome: 'refused', reason: 'protocol_error' });
      return response;
    }
    const first = await running.first(HOLD_MS);
    return first === 'stream' ? response : answerWith(first, response, exchange);
  }

  /** Goes on with the answer to an earlier request (`Last-Event-ID`). */
  resume(http: Request): Promise<Response> {
    return this.#transport.handleRequest(http);
  }

  /** Ends its streams and aborts what runs. */
  close(): Promise<void> {
    return this.#server.close();
  }

  #refuse(id: RequestId): Response | undefined {
    // Only the id of its request tells which answer is whose.
    if (this.#transport.isRunning(id))
      return jsonRpcError(
        400,
        JsonRpcCode.invalidRequest,
        'A request with this id is still running: ids must be unique in a session.',
      );
    if (this.#transport.runningCount >= MAX_RUNNING)
      return jsonRpcError(429, JsonRpcCode.refused, `At most ${MAX_RUNNING} requests of a session run at a time.`, {
        'Retry-After': '1',
      });
    return undefined;
  }
}

function answerWith(message: JSONRPCMessage, stream: Response, exchange: Exchange): Response {
  void stream.body?.cancel();
  const mcpSessionId = stream.headers.get('Mcp-Session-Id');
  const headers = {
    ...(mcpSessionId !== null && { 'Mcp-Session-Id': mcpSessionId }),
    ...(exchange.passedAs && clientHeader(exchange.passedAs)),
  };
  return challenged(Response.json(message, { headers }), exchange.end, exchange.request.challenge);
}
