// The SDK's transport for one session, with three things of ours:
// - a request is answered by plain JSON (or a challenge) as long as nothing else was to be sent before the answer;
// - the standalone stream isn't the transport's: it outlives the object's memory (standalone-stream.ts);
// - a request that is cancelled gets an answer, so that its connection ends.
import {
  isJSONRPCErrorResponse,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  WebStandardStreamableHTTPServerTransport,
  type JSONRPCMessage,
  type RequestId,
} from '@modelcontextprotocol/server';
import type { Exchange } from '../calls/request-context';
import { JsonRpcCode } from '../protocol/responses';
import type { EventLog } from './events';
import { KEEP_ALIVE_MS } from './limits';
import { Running } from './running';

type SendOptions = Parameters<WebStandardStreamableHTTPServerTransport['send']>[1];

export interface TransportOptions {
  readonly mcpSessionId: string;
  readonly events: EventLog;
  /** Sends what belongs to no request. */
  readonly standalone: (message: JSONRPCMessage) => void;
  /** A request to the client is about to be sent: from now on a stream waits for a person. */
  readonly asks: () => void;
}

export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #options: TransportOptions;
  readonly #running = new Map<RequestId, Running>();

  constructor(options: TransportOptions) {
    super({
      sessionIdGenerator: () => options.mcpSessionId,
      eventStore: options.events,
      keepAliveMs: KEEP_ALIVE_MS,
    });
    this.#options = options;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  isRunning(id: RequestId): boolean {
    return this.#running.has(id);
  }

  /** Announces a request before it is handed to {@link handleRequest}. */
  expect(id: RequestId, exchange: Exchange): Running {
    const running = new Running(exchange);
    this.#running.set(id, running);
    return running;
  }

  /** The request never reached the protocol. */
  forget(id: RequestId): void {
    this.#running.delete(id);
  }

  /** The protocol answers a cancelled request with nothing, which would leave its connection open. */
  async cancel(id: RequestId): Promise<void> {
    if (!this.#running.has(id)) return;
    const cancelled = { code: JsonRpcCode.refused, message: 'The request was cancelled.' };
    await this.#answer({ jsonrpc: '2.0', id, error: cancelled }, id);
  }

  override async send(message: JSONRPCMessage, options?: SendOptions): Promise<void> {
    if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) {
      const { id } = message;
      if (id === undefined) return;
      const running = this.#running.get(id);
      // After a cancellation its answer is there already.
      if (!running) return;
      await this.#answer(message, id, options);
      running.exchange.finish({ outcome: 'refused', reason: 'protocol_error' });
      return;
    }
    const id = options?.relatedRequestId;
    if (id === undefined) return this.#options.standalone(message);
    this.#running.get(id)?.stream();
    if (isJSONRPCRequest(message)) this.#options.asks();
    await super.send(message, options);
  }

  override closeSSEStream(id: RequestId): void {
    this.#running.get(id)?.stream();
    super.closeSSEStream(id);
  }

  override async close(): Promise<void> {
    for (const running of this.#running.values()) running.stream();
    this.#running.clear();
    await super.close();
  }

  async #answer(message: JSONRPCMessage, id: RequestId, options?: SendOptions): Promise<void> {
    if (this.#running.get(id)?.answer(message)) this.#options.events.skip(message);
    this.#running.delete(id);
    await super.send(message, options);
  }
}
