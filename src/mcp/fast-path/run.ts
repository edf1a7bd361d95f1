// A plain call (plain.ts) that runs before the MCP SDK has seen it, or without the SDK ever seeing it. As soon as it needs
// what the SDK has, such as a stream for its progress or a signed question, it waits for the SDK's handler to take it
// over; and whatever is not a plain result, the SDK puts on the wire.
import { isInputRequiredResult, type CallToolResult, type InputRequiredResult } from '@modelcontextprotocol/server';
import { HeldLog } from '../../shared/log';
import { callTool } from '../calls/tool';
import type { Catalogue } from '../calls/catalogue';
import { createClient } from '../calls/client';
import { PROTOCOL_ERROR, type Exchange } from '../calls/request-context';
import type { PlainCall, Shape } from './request-shape';
import type { Serving } from '../calls/handler-context';

type CallResult = CallToolResult | InputRequiredResult;

export class ToolRun {
  readonly exchange: Exchange;
  readonly era: Shape['era'];
  readonly #stop = new AbortController();
  /** A run that is discarded has failed for nobody: its lines are written once its result is used. */
  readonly #log: HeldLog;
  #taken = false;
  readonly #result: Promise<CallResult>;
  /** Where the SDK's side of the call will come from, once the run has needed it or the SDK has it. */
  #sdk: PromiseWithResolvers<Serving> | undefined;
  #whenNeeded: (() => void) | undefined;

  constructor(exchange: Exchange, call: PlainCall, shape: Shape, catalogue: Catalogue) {
    this.exchange = exchange;
    this.era = shape.era;
    this.#log = new HeldLog(exchange.request.log);
    exchange.begin();
    this.#stopWith(exchange.gone);
    this.#result = callTool(this.#serving(call, shape), catalogue, { name: call.name, arguments: call.arguments });
    // It is looked at later, or never when the request was refused.
    this.#result.catch(() => undefined);
  }

  /** Its result, if that is one which needs nothing of the SDK. */
  plainResult(): Promise<CallToolResult | undefined> {
    return new Promise((resolve) => {
      const none = (): void => resolve(undefined);
      this.#whenNeeded = none;
      if (this.#sdk) none();
      this.#result.then((result) => {
        if (isInputRequiredResult(result) || !isPlain(result)) return none();
        this.#log.release();
        resolve(result);
      }, none);
    });
  }

  /** The SDK's handler has the call now. */
  takeOver(serving: Serving): Promise<CallResult> {
    this.#taken = true;
    this.#log.release();
    this.#stopWith(serving.signal);
    this.#sdk ??= Promise.withResolvers();
    this.#sdk.resolve(serving);
    return this.#result;
  }

  /** The request is refused: nobody will see what it did. */
  discard(): void {
    this.#stop.abort();
  }

  /** The SDK has answered. Should it have refused what it once let through, this run is over: nobody takes it over. */
  answered(): void {
    if (this.#taken) return;
    this.discard();
    this.exchange.finish(PROTOCOL_ERROR);
  }

  #serving({ wantsProgress }: PlainCall, { era, info, capabilities }: Shape): Serving {
    const { exchange } = this;
    const request = { ...exchange.request, log: this.#log };
    const sdk = (): Promise<Serving> => {
      this.#sdk ??= Promise.withResolvers();
      this.#whenNeeded?.();
      return this.#sdk.promise;
    };
    const { clientId } = request.caller;
    const finish: Serving['finish'] = (end) => exchange.finish(end);
    return {
      request,
      era,
      signal: this.#stop.signal,
      client: createClient({ clientId, info, capabilities, interactive: exchange.interactive }),
      responses: {},
      state: undefined,
      sign: async (state) => (await sdk()).sign(state),
      progress: wantsProgress ? async (...told) => (await sdk()).progress(...told) : () => Promise.resolve(),
      log: async (...told) => (await sdk()).log(...told),
      finish,
      asked: era === 'modern' ? finish : () => undefined,
    };
  }

  #stopWith(signal: AbortSignal): void {
    if (signal.aborted) this.#stop.abort();
    else signal.addEventListener('abort', () => this.#stop.abort(), { once: true });
  }
}

const TEXT_KEYS = new Set(['type', 'text']);

/** Words and data: the SDK would let them through as they are. What else a tool's result has, it checks and prunes. */
function isPlain({ content, structuredContent }: CallToolResult): boolean {
  return content.every(isText) && (structuredContent === undefined || isData(structuredContent));
}

function isText(block: CallToolResult['content'][number]): boolean {
  return (
    block.type === 'text' && typeof block.text === 'string' && Object.keys(block).every((key) => TEXT_KEYS.has(key))
  );
}

function isData(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !Object.hasOwn(value, '__proto__')
  );
}
