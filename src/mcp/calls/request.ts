// One authenticated request to the MCP endpoint: everything a handler needs, and nothing it may not have. The access
// token of the first hop is not in here; the credential of the second is used by the API client alone.
import type { RequestIds } from '../../audit/event';
import type { Config } from '../../config';
import type { Changed } from '../../define/content';
import type { GatewayDefinition } from '../../define/gateway';
import type { Caller } from '../../define/tool';
import type { Access } from '../../policy/access';
import type { CredentialAnswer, GrantedCall, SessionStub, Withheld } from '../../session/stub';
import type { Standing } from '../../session/standing';
import type { Log } from '../../shared/log';
import type { Trace } from '../../shared/trace';

/** A call that may be made. An early read has no intent on record yet, and so no event. */
export type RunnableCall = Pick<GrantedCall, 'credential'> & Partial<Pick<GrantedCall, 'eventId'>>;

/** What a request is, as plain data: it may travel to a session's object. */
export interface RequestData {
  readonly caller: Caller;
  /** What decides about the caller's requests; tools never see it. */
  readonly access: Access;
  /** The OAuth session that the token belongs to. */
  readonly sessionId: string;
  /** The event and the credential of a call; absent for every other request. */
  readonly call: RunnableCall | undefined;
  /** The call lacks scopes, and is answered in words. */
  readonly withheld?: Withheld | undefined;
  /** The challenge (RFC 6750 §3) that would get them, beside {@link withheld}. */
  readonly stepUp?: string | undefined;
  /** The `WWW-Authenticate` challenge (RFC 6750 §3) for a user whom the upstream no longer accepts. */
  readonly challenge: string;
  readonly ids: RequestIds;
  readonly trace: Trace;
}

export interface McpRequest extends RequestData {
  readonly definition: GatewayDefinition;
  readonly config: Config;
  /** A credential of this upstream, newer than `version`. */
  readonly renew: (upstream: string, version: number) => Promise<CredentialAnswer>;
  /** Tells those who listen, in this isolate and in others, what a call has changed. */
  readonly publish: (changes: readonly Changed[]) => Promise<void>;
  /** Whether the session still stands behind it: asked before anything of it leaves. */
  readonly standing: Standing;
  /** Resolves when the session has admitted a request that was begun early; absent where it already has. */
  readonly admitted?: Promise<undefined> | undefined;
  readonly log: Log;
  readonly now: () => number;
}

/** A request with what serves it; what it asks of its OAuth session is asked of `session`, once that has admitted it. */
export function createRequest(
  data: RequestData,
  session: Pick<SessionStub, 'renew' | 'publish'>,
  around: Pick<McpRequest, 'definition' | 'config' | 'log' | 'now' | 'admitted' | 'standing'>,
): McpRequest {
  const { admitted } = around;
  return {
    ...dataOf(data),
    ...around,
    renew: async (upstream, version) => {
      await admitted;
      return session.renew(upstream, version, data.ids);
    },
    publish: async (changes) => {
      await admitted;
      return session.publish(changes);
    },
  };
}

/** What of a request may travel, and nothing else that it happens to carry. */
export function dataOf(data: RequestData): RequestData {
  const { caller, access, sessionId, call, withheld, stepUp, challenge, ids, trace } = data;
  return { caller, access, sessionId, call, withheld, stepUp, challenge, ids, trace };
}
