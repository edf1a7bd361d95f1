// What a question to the client carries so that its answer can be trusted to belong to it (MCP `requestState`): signed,
// good for five minutes, and bound to the OAuth session, the method, the name and the arguments that it was asked for.
// The client can read it. It isn't single-use: replayed, it repeats the very call that the same client could make its
// user confirm again, or answer in their stead; a client that lies to its own user can't be stopped here.
import { createHmac } from 'node:crypto';
import { createRequestStateCodec, type RequestStateCodec, type ServerContext } from '@modelcontextprotocol/server';
import type { Config } from '../../config';
import { exchangeOf } from './request-context';
import { MAX_STATE, STATE_TTL_SECONDS } from './limits';

export interface RequestState {
  /** The method and the name that was called. */
  readonly of: string;
  /** A keyed digest of the arguments. */
  readonly arguments: string;
  /** The gateway's own question before a tool runs: put to the user, or already answered with yes. */
  readonly confirmation?: 'asked' | 'given';
  /** What the run wants to see again. */
  readonly state?: unknown;
}

const codecs = new WeakMap<Config, RequestStateCodec<RequestState>>();

/** The codec of a configuration, built once: its key is derived from SESSION_KEY, which all isolates share. */
function codecOf(config: Config): RequestStateCodec<RequestState> {
  const known = codecs.get(config);
  if (known) return known;
  const codec = createRequestStateCodec<RequestState>({
    key: createHmac('sha256', config.sessionKey).update('mcp-request-state').digest(),
    ttlSeconds: STATE_TTL_SECONDS,
    bind: (context) => JSON.stringify([exchangeOf(context).request.sessionId, context.mcpReq.method]),
  });
  codecs.set(config, codec);
  return codec;
}

/** @throws Error for a state that is too long, which is a fault of the definition */
export function signState(state: RequestState, context: ServerContext): Promise<string> {
  const { length } = JSON.stringify(state);
  if (length > MAX_STATE)
    throw new Error(`the state of an Ask has ${length} characters; at most ${MAX_STATE} are carried`);
  return codecOf(exchangeOf(context).request.config).mint(state, context);
}

/** @throws Error for a state that was changed, has expired, or is of another session or method; the SDK answers -32602 */
export function verifyState(signed: string, context: ServerContext): Promise<RequestState> {
  return codecOf(exchangeOf(context).request.config).verify(signed, context);
}
