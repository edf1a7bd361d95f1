// A request that runs in a session, and how its HTTP answer begins: held until the first thing that is to be sent, so
// that it can still be JSON, or a 401; or a stream, once there is more to send, or it takes long.
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { Exchange } from '../calls/request-context';

export class Running {
  readonly exchange: Exchange;
  readonly #first = Promise.withResolvers<JSONRPCMessage | 'stream'>();
  #held = true;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  /** The answer, if it is the first thing to send within `milliseconds`. */
  async first(milliseconds: number): Promise<JSONRPCMessage | 'stream'> {
    const timer = setTimeout(() => this.stream(), milliseconds);
    try {
      return await this.#first.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Something else is sent, or the answer takes too long. */
  stream(): void {
    this.#held = false;
    this.#first.resolve('stream');
  }

  /** @returns whether the answer goes out by itself, and not on a stream */
  answer(message: JSONRPCMessage): boolean {
    this.#first.resolve(message);
    return this.#held;
  }
}
