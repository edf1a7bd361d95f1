// What a tool, a resource or a prompt is given beside its input: an identity, an API client and the client at the other
// end. Never a token, a host or a tenant id to choose.
import type { ApiClient } from './api';
import type { UpstreamUse } from './upstream';

/** Who a call acts for. Everything here was verified by the gateway; nothing comes from the model. */
export interface Caller {
  readonly userId: string;
  readonly email: string;
  readonly tenantId: string;
  readonly tenantName: string;
  /** The MCP client's OAuth client id. */
  readonly clientId: string;
  /** Scopes of the access token that made this call. */
  readonly scopes: readonly string[];
  /**
   * Scopes that this person could have: what the role allows. Where the backend doesn't say what that is, every scope
   * that it has not refused them.
   */
  readonly attainable: readonly string[];
  /** Whether the backend says what the role allows. */
  readonly roleKnown: boolean;
  /** When the user signed in, in milliseconds since the epoch. */
  readonly signedInAt: number;
}

/** RFC 5424 severities, as MCP logging has them. */
export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency';

/** A request that a client can be asked to fulfil; `params` are MCP's own. */
export interface ClientRequest {
  readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list';
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What a run answers when it first needs something of the client or its user; it is then run again, with the answers. */
export interface Ask {
  readonly kind: 'ask';
  readonly requests: Readonly<Record<string, ClientRequest>>;
  /** JSON for the next round. Signed and bound to session, request and arguments; readable by the client. */
  readonly state?: unknown;
}

/** Ends a round: the client gets `requests` to fulfil, and the run begins anew with {@link Round}. */
export function ask(requests: Ask['requests'], state?: unknown): Ask {
  return state === undefined ? { kind: 'ask', requests } : { kind: 'ask', requests, state };
}

export function isAsk(answer: object): answer is Ask {
  return 'kind' in answer && answer.kind === 'ask';
}

/** What came of an {@link Ask} before; empty in the first round. */
export interface Round {
  /** By the key of the request. It comes from the client: check it. */
  readonly responses: Readonly<Record<string, unknown>>;
  /** What the last round's Ask gave as its state; undefined in the first. */
  readonly state: unknown;
}

/** The client at the other end, as far as it told about itself. */
export interface ClientView {
  readonly name: string | undefined;
  readonly version: string | undefined;
  /** Whether it can be asked: it declared the ability, and there is a way to reach it in this request. */
  readonly can: (ability: 'elicitation' | 'sampling' | 'roots') => boolean;
}

/** What a session could be given beyond what its user consented to. */
export interface MoreAccess {
  /** Scopes that another consent could add. Empty where there is nothing, or where nobody says what the role allows. */
  readonly offered: readonly string[];
  /** How the user gives it, in words for the model; null where nothing is left to give. */
  readonly how: string | null;
}

export interface RequestContext {
  readonly caller: Caller;
  readonly moreAccess: MoreAccess;
  /** Requests to the entry's upstream. */
  readonly api: ApiClient;
  /** Aborted when the caller goes away or cancels, or the call's time is up. */
  readonly signal: AbortSignal;
  readonly client: ClientView;
  readonly round: Round;
  /** Tells a caller who asked for it how far the call is (MCP progress); otherwise does nothing. */
  readonly progress: (done: number, total?: number, message?: string) => Promise<void>;
  /** A log message for the client (MCP logging, where the client set a level); never for secrets. */
  readonly log: (level: LogLevel, data: unknown, logger?: string) => Promise<void>;
}

/** What an entry of this upstream is given: without an upstream, there is no client. */
export type ContextFor<Upstream extends UpstreamUse, Context = RequestContext> = [Upstream] extends ['none']
  ? Omit<Context, 'api'>
  : Context;

/** What a completion is given. `arguments` are the other arguments, as far as they are filled in. */
export interface CompletionContext extends Pick<RequestContext, 'caller' | 'api' | 'signal'> {
  readonly arguments: Readonly<Record<string, string>>;
}

/** Suggests values that begin with, or match, what was typed; the gateway sends the first hundred. */
export type Completer = (typed: string, context: CompletionContext) => Promise<readonly string[]> | readonly string[];
