// One call of the fast path while it runs: by the same function as a call that the SDK serves, and without the SDK.
import type { CallToolResult } from '@modelcontextprotocol/server';
import { HeldLog } from '../../shared/log';
import type { Negotiated } from '../calls/client';
import { clientName } from '../calls/known-clients';
import type { McpRequest } from '../calls/request';
import { PROTOCOL_ERROR, type CallEnd, type FinishedCall } from '../calls/request-context';
import { callAlone, type LoneTool } from '../calls/tool';
import type { PlainCall } from './request-shape';

export class Run {
  readonly #stop = new AbortController();
  /** Keeps the lines of a run until its result is used: an early read that is discarded has failed for nobody. */
  readonly #log: HeldLog;
  readonly #startedAt: number;
  readonly #result: Promise<CallToolResult>;
  #end: CallEnd | undefined;

  /** @param gone aborts the run when the client goes away */
  constructor(tool: LoneTool, call: PlainCall, { info }: Negotiated, request: McpRequest, gone: AbortSignal) {
    this.#log = new HeldLog(request.log);
    this.#startedAt = request.now();
    if (gone.aborted) this.discard();
    else gone.addEventListener('abort', () => this.discard(), { once: true });
    const { signal } = this.#stop;
    const client = { known: clientName(request.caller.clientId, info?.name) };
    // The first end counts.
    const finish = (end: CallEnd): void => void (this.#end ??= end);
    this.#result = callAlone(tool, call.arguments, { request: { ...request, log: this.#log }, signal, client, finish });
    // The result is looked at later, or never when the request is refused.
    this.#result.catch(() => undefined);
  }

  /** Resolves when the call is over, which somebody now waits for. */
  async finished(): Promise<FinishedCall> {
    this.#log.release();
    await this.#result.catch(() => undefined);
    return { result: this.#result, end: this.#end ?? PROTOCOL_ERROR, startedAt: this.#startedAt };
  }

  /** Gives up a read that began early, and whose result nobody may see. */
  discard(): void {
    this.#stop.abort();
  }
}
