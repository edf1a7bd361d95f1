// One request on its way through the MCP SDK. The SDK's handlers are built before the request comes; so everything that
// belongs to it travels as its authentication information, which holds no token here.
import type { AuthInfo, CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import type { AuditResult } from '../../audit/event';
import type { Negotiated } from './client';
import type { McpRequest } from './request';

/** How a call ended, beside what its client is told. */
export interface CallEnd extends Pick<AuditResult, 'outcome' | 'reason'> {
  /** The upstream no longer accepts this user: the HTTP answer has to be a 401 challenge, not a result. */
  readonly reauthorize?: boolean;
}

export const PROTOCOL_ERROR: CallEnd = { outcome: 'refused', reason: 'protocol_error' };

/** A tool call that was made without the SDK, and is over. */
export interface FinishedCall {
  /** Settled. It was rejected where the protocol itself has an answer for what the tool threw. */
  readonly result: Promise<CallToolResult>;
  readonly end: CallEnd;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export interface ExchangeOptions {
  /**
   * Whether the client can be asked something while it waits: always in revision 2026-07-28, where the question is the
   * answer to its request; in the 2025 revisions only within a session, whose stream carries the question.
   */
  readonly interactive: boolean;
  /** The call, where only its result is left to be written by the SDK. */
  readonly finished?: FinishedCall | undefined;
}

export class Exchange {
  readonly request: McpRequest;
  readonly interactive: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Aborted when the client goes away; the 2025-era transport doesn't connect it. */
  readonly gone: AbortSignal;
  /** Resolves when the call is over, which may be long after its answer began to stream. */
  readonly over: Promise<CallEnd>;
  readonly finished: FinishedCall | undefined;
  /** What the SDK found out about the request, once it has let it through to a handler. */
  passedAs: Negotiated | undefined;
  #begun = false;
  #end: CallEnd | undefined;
  readonly #settle: (end: CallEnd) => void;

  constructor(request: McpRequest, gone: AbortSignal, { interactive, finished }: ExchangeOptions) {
    this.request = request;
    this.finished = finished;
    this.startedAt = finished?.startedAt ?? request.now();
    this.gone = gone;
    this.interactive = interactive;
    const { promise, resolve } = Promise.withResolvers<CallEnd>();
    this.over = promise;
    this.#settle = resolve;
    if (finished) this.finish(finished.end);
  }

  /** Undefined while the call runs. */
  get end(): CallEnd | undefined {
    return this.#end;
  }

  /** A handler has the call, and says how it ends, even after its client has gone. */
  begin(): void {
    this.#begun = true;
  }

  /** The answer is complete. A call that no handler had was refused by the SDK. */
  answered(): void {
    if (!this.#begun) this.finish(PROTOCOL_ERROR);
  }

  /** The first end counts. */
  finish(end: CallEnd): void {
    this.#end ??= end;
    this.#settle(this.#end);
  }
}

export function authInfoOf(exchange: Exchange): AuthInfo {
  const { caller } = exchange.request;
  return { token: '', clientId: caller.clientId, scopes: [...caller.scopes], extra: { exchange } };
}

export function exchangeOf(context: Pick<ServerContext, 'http'>): Exchange {
  return exchangeIn(context.http?.authInfo);
}

export function exchangeIn(authInfo: AuthInfo | undefined): Exchange {
  const exchange = authInfo?.extra?.['exchange'];
  if (!(exchange instanceof Exchange)) throw new Error('an MCP request without its exchange');
  return exchange;
}
