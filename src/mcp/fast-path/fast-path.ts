// The fast path: a plain request of a known shape is answered in the SDK's own words, without the SDK. That saves a third
// of a call's CPU, and in a session of a 2025 revision the hop to its object. The endpoint asks here first; a request that
// is not matched goes to the SDK. A result of more than text and data goes to the SDK when it is finished: the SDK checks
// and prunes it. A call that only reads may begin before its session has said yes.
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { GatewayDefinition } from '../../define/gateway';
import type { Catalogue, Viewer } from '../calls/catalogue';
import type { Negotiated } from '../calls/client';
import type { Received } from '../calls/message';
import type { McpRequest } from '../calls/request';
import type { FinishedCall } from '../calls/request-context';
import { runsAlone, type LoneTool } from '../calls/tool';
import { plainRequest, type PlainCall, type PlainList } from './request-shape';
import { isTextAndData, ResponseWriter } from './response';
import { Run } from './run';
import { ShapeCache } from './shape-cache';

/** A call that was begun before its session has said yes. */
export type EarlyRun = Pick<Run, 'discard' | 'finished'>;

export interface Match {
  /** Whether the call goes on when its client is gone: a write in a session does (MCP "Sending Messages to the Server"). */
  readonly outlivesClient: boolean;
  /** Begins a call that only reads. Absent for every other request, which waits for the session's yes. */
  readonly beginEarly: ((request: McpRequest) => EarlyRun) | undefined;
  /** @param early the call, where it was begun by a grant that still holds */
  respond(request: McpRequest, early: EarlyRun | undefined): Promise<FastAnswer>;
}

export interface FastAnswer {
  /** Undefined where the SDK has to write the answer. */
  readonly response: Response | undefined;
  readonly finished: FinishedCall | undefined;
}

const FOR_THE_SDK: FastAnswer = { response: undefined, finished: undefined };

export class FastPath {
  readonly #catalogue: Catalogue;
  readonly #writer: ResponseWriter;
  readonly #shapes: ShapeCache;

  constructor(definition: GatewayDefinition, catalogue: Catalogue, now: () => number) {
    this.#catalogue = catalogue;
    this.#writer = new ResponseWriter(definition);
    this.#shapes = new ShapeCache(now);
  }

  /** @returns undefined for a request that only the SDK can answer */
  match(received: Received): Match | undefined {
    const plain = plainRequest(received);
    const negotiated = plain && this.#shapes.find(plain, received.oauthSessionId);
    if (!plain || !negotiated) return undefined;
    if (plain.method === 'tools/list') return this.#list(plain, negotiated);
    const tool = this.#catalogue.tool(plain.name);
    return tool && runsAlone(tool) ? this.#call(plain, negotiated, tool, received.http.signal) : undefined;
  }

  /** Remembers the shape of a request that the SDK has accepted from this caller. */
  learn(received: Received, negotiated: Negotiated, caller: Viewer): void {
    const plain = plainRequest(received);
    if (plain) this.#shapes.add(plain, received.oauthSessionId, negotiated, this.#catalogue.visible(caller));
  }

  /** Forgets a session of a 2025 revision that has ended. */
  forget(mcpSessionId: string): void {
    this.#shapes.forget(mcpSessionId);
  }

  #list(plain: PlainList, { era }: Negotiated): Match {
    const { mcpSessionId } = plain;
    return {
      outlivesClient: false,
      beginEarly: undefined,
      respond: async ({ caller }) => {
        const lists = this.#catalogue.visible(caller);
        // Other lists than before go by the session's object, which then knows what its client has.
        if (mcpSessionId !== undefined && this.#shapes.listsOf(mcpSessionId) !== lists) return FOR_THE_SDK;
        return { response: this.#writer.toolList(plain, era, lists), finished: undefined };
      },
    };
  }

  #call(plain: PlainCall, negotiated: Negotiated, tool: LoneTool, gone: AbortSignal): Match {
    const reads = tool.hints.readOnlyHint;
    const outlivesClient = plain.mcpSessionId !== undefined && !reads;
    const begin = (request: McpRequest): Run =>
      new Run(tool, plain, negotiated, request, outlivesClient ? new AbortController().signal : gone);
    return {
      outlivesClient,
      beginEarly: reads ? begin : undefined,
      respond: async (request, early) => {
        // A call that lacks scopes is not made. Why is said in words, by the SDK's handler.
        if (!request.call) return FOR_THE_SDK;
        const finished = await (early ?? begin(request)).finished();
        const result = await finished.result.catch(() => undefined);
        return { response: result && this.#written(plain, negotiated, result), finished };
      },
    };
  }

  #written(plain: PlainCall, { era }: Negotiated, result: CallToolResult): Response | undefined {
    return isTextAndData(result) ? this.#writer.call(plain, era, result) : undefined;
  }
}
