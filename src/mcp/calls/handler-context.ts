// What a handler of the MCP SDK knows of its request, in every revision: what the session granted, which client sent it,
// what the client was asked before, and how to tell it something before the result.
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  type ClientCapabilities,
  type Implementation,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { RequestContext } from '../../define/context';
import { createClient, type Client, type Negotiated } from './client';
import { exchangeOf, type CallEnd } from './request-context';
import type { McpRequest } from './request';
import { signState, type RequestState } from './request-state';

/** What every call needs, with the SDK or without it. */
export interface CallContext {
  readonly request: McpRequest;
  /** Aborted when the client cancels or goes away. */
  readonly signal: AbortSignal;
  readonly client: Pick<Client, 'known'>;
  /** How the call ended, for the audit trail and the HTTP status. */
  readonly finish: (end: CallEnd) => void;
}

/** What a call has besides when the SDK serves it: a client that it can talk to. */
export interface Serving extends CallContext, Pick<RequestContext, 'progress' | 'log'> {
  /** `modern`: revision 2026-07-28, where a question to the client is an answer to its request. */
  readonly era: 'modern' | 'legacy';
  readonly client: Client;
  /** What the client answered to an earlier question, by the question's key. Nothing in it is proven. */
  readonly responses: Readonly<Record<string, unknown>>;
  /** The state that the question carried, whose signature was checked. Undefined where nothing was asked. */
  readonly state: RequestState | undefined;
  readonly sign: (state: RequestState) => Promise<string>;
  /** The call goes on with the client's answer: in a request of its own, which ends this one, or within this one. */
  readonly asked: (end: CallEnd) => void;
}

/** What a 2026-07-28 request says of its sender. Checked by the SDK before a handler sees it, but not typed by it. */
interface Envelope {
  readonly [PROTOCOL_VERSION_META_KEY]?: string;
  readonly [CLIENT_INFO_META_KEY]?: Implementation;
  readonly [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities;
}

export function servingOf(server: Server, context: ServerContext): Serving {
  const exchange = exchangeOf(context);
  const { request, interactive, gone } = exchange;
  exchange.begin();
  const { mcpReq } = context;
  const finish = (end: CallEnd): void => exchange.finish(end);
  const negotiated = negotiatedIn(server, context);
  exchange.passedAs = negotiated;
  return {
    request,
    era: negotiated.era,
    signal: AbortSignal.any([mcpReq.signal, gone]),
    client: createClient({
      clientId: request.caller.clientId,
      info: negotiated.info,
      capabilities: negotiated.capabilities,
      interactive,
    }),
    responses: mcpReq.inputResponses ?? {},
    state: mcpReq.requestState<RequestState>(),
    sign: (state) => signState(state, context),
    progress: progressOf(mcpReq),
    // A message that can't be sent must not fail the call: the client may be gone.
    log: (level, data, logger) => mcpReq.log(level, data, logger).catch(() => undefined),
    finish,
    asked: negotiated.era === 'modern' ? finish : () => undefined,
  };
}

/** The revision's era, and the client, as the SDK understood them. */
export function negotiatedIn(server: Server, { mcpReq }: ServerContext): Negotiated {
  const envelope: Envelope | undefined = mcpReq.envelope;
  // The SDK reads the envelope's keys in every revision; only a request that names its revision there is not of 2025.
  return envelope?.[PROTOCOL_VERSION_META_KEY] !== undefined
    ? { era: 'modern', info: envelope[CLIENT_INFO_META_KEY], capabilities: envelope[CLIENT_CAPABILITIES_META_KEY] }
    : { era: 'legacy', info: server.getClientVersion(), capabilities: server.getClientCapabilities() };
}

/** MCP progress: only for a caller who gave a token for it, and each number greater than the one before. */
function progressOf({ _meta, notify }: ServerContext['mcpReq']): RequestContext['progress'] {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return () => Promise.resolve();
  let last = -Infinity;
  return async (progress, total, message) => {
    if (!(progress > last)) return;
    last = progress;
    const params = { progressToken, progress, ...(total !== undefined && { total }), ...(message && { message }) };
    await notify({ method: 'notifications/progress', params }).catch(() => undefined);
  };
}
