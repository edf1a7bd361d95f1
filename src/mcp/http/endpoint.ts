// The MCP endpoint over Streamable HTTP, for every revision. The lifecycle of a request calls `describe` before its
// session decides, and `respond` after. The fast path is asked first; everything else is answered by the MCP SDK.
import type { Outcome } from '../../audit/event';
import type { Config, Bindings } from '../../config';
import type { GatewayDefinition } from '../../define/gateway';
import { sessionAt, type AuthorizeInput } from '../../session/stub';
import type { PendingOutcomes } from '../../session/client/pending-outcomes';
import type { Catalogue } from '../calls/catalogue';
import { reported } from '../calls/outcome';
import { isListen, methodOf, type Message, type Received } from '../calls/message';
import type { McpRequest } from '../calls/request';
import { FastPath, type EarlyRun, type Match } from '../fast-path/fast-path';
import { challenged } from '../protocol/responses';
import { isStandalone } from '../sessions/edge';
import { MAX_ID } from '../sessions/id';
import type { StreamToken } from '../sessions/stream-deadline';
import { describeCall } from './call-description';
import { leave } from './leave';
import { SdkEndpoint, type SdkAnswer } from './sdk';

export type { EarlyRun };

export interface McpAnswer {
  readonly response: Response;
  /** The report of how a call ended, which may come after its answer has begun to stream. It never rejects. */
  readonly outcome: Promise<void> | undefined;
}

/** What a request is about, as far as anybody has to know before its session decides. */
export interface Described extends Pick<AuthorizeInput, 'call' | 'lists' | 'mcpSessionId'> {
  /** Present where the fast path answers the request. */
  readonly fast: Match | undefined;
}

export interface RespondOptions {
  readonly bindings: Pick<Bindings, 'SESSIONS' | 'MCP_SESSIONS'>;
  readonly token: StreamToken;
  readonly described: Described;
  /** The call, where it was begun by {@link Match.beginEarly} and its grant still holds. */
  readonly early: EarlyRun | undefined;
}

export class McpEndpoint {
  readonly #definition: GatewayDefinition;
  readonly #catalogue: Catalogue;
  readonly #outcomes: PendingOutcomes;
  readonly #fastPath: FastPath;
  readonly #sdk: SdkEndpoint;

  constructor(definition: GatewayDefinition, catalogue: Catalogue, outcomes: PendingOutcomes, now: () => number) {
    this.#definition = definition;
    this.#catalogue = catalogue;
    this.#outcomes = outcomes;
    this.#fastPath = new FastPath(definition, catalogue, now);
    this.#sdk = new SdkEndpoint(definition, catalogue, this.#fastPath);
  }

  async describe(received: Received, config: Config): Promise<Described> {
    const { http, message } = received;
    return {
      call: await describeCall(message, config, this.#definition, this.#catalogue),
      lists: shows(message) ? this.#catalogue.fingerprint : undefined,
      mcpSessionId: http.headers.get('Mcp-Session-Id')?.slice(0, MAX_ID),
      fast: this.#fastPath.match(received),
    };
  }

  /** Answers a request that its session has granted. */
  async respond(received: Received, request: McpRequest, options: RespondOptions): Promise<McpAnswer> {
    const { http, message } = received;
    const { response, ended } = await this.#answer(received, request, options);
    const deliver = (one: Outcome) =>
      this.#outcomes.deliver(request.sessionId, one, (together) =>
        sessionAt(options.bindings, request.sessionId).complete(together),
      );
    const outcome = ended && reported(ended.of, deliver, request.call, ended.leaves);
    // A stream of changes holds nothing of the caller's data, and the session itself ends it.
    const tellsChanges = isListen(message) || (http.method === 'GET' && isStandalone(http));
    return { response: tellsChanges ? response : await leave(response, request), outcome };
  }

  async #answer(received: Received, request: McpRequest, options: RespondOptions): Promise<SdkAnswer> {
    const fast = await options.described.fast?.respond(request, options.early);
    if (!fast?.response) return this.#sdk.respond(received, request, options, fast?.finished);
    const { response, finished } = fast;
    if (!finished) return { response, ended: undefined };
    const over = Promise.resolve(finished.end);
    return {
      response: challenged(response, finished.end, request.challenge),
      ended: { of: { ...finished, over, request }, leaves: true },
    };
  }
}

/** A request that shows what the definition offers, or waits for it to change. */
function shows(message: Message): boolean {
  const method = methodOf(message);
  return method !== undefined && (method.endsWith('/list') || method === 'subscriptions/listen');
}
