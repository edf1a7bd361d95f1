// What the edge may ask of a session's Durable Object, as plain data over RPC. Each request asks `authorize` once, with the
// token and the call. The answer holds the decision, the caller and the credential, and the intent is then on record.
import type { AuthRequest } from '@cloudflare/workers-oauth-provider';
import type { AuditAction, Outcome, RequestIds } from '../audit/event';
import type { Sender } from '../audit/sender';
import { objectAt, type Bindings } from '../config';
import type { Changed } from '../define/content';
import type { Caller } from '../define/tool';
import type { Access, AccessEntry } from '../policy/access';
import { onceMore } from '../shared/retry-on-reset';

/** A person the identity provider has vouched for. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** Verified by the identity provider, lower case. */
  readonly email: string;
}

export interface OpenInput {
  readonly sessionId: string;
  readonly request: AuthRequest;
  /** What the user consented to. */
  readonly scopes: readonly string[];
  readonly identity: Identity;
  /** The protected resource that its tokens are for (RFC 8707 §2). */
  readonly resource: string;
  /** The tenant that the user picked, or that the resource names; null leaves it to the backend. */
  readonly tenantId: string | null;
}

/** Something that is done for the caller. It is decided and put on record before it happens. */
export interface CallInput {
  readonly action: Extract<AuditAction, 'tool_call' | 'resource_read' | 'prompt_get' | 'completion'>;
  /** The name of the tool, resource or prompt. */
  readonly tool: string;
  /** Scopes it needs; the object decides with those of the token. */
  readonly scopes: readonly string[];
  /** By its name in the definition; null for what is answered without one. */
  readonly upstream: string | null;
  readonly argumentsDigest: string;
  /**
   * A call of the gateway's own `request_access`, which needs the scopes that it asks for. `role`: it exists only where
   * the role is known; elsewhere the call is let through, and answered like one of any unknown tool.
   */
  readonly asksAccess?: 'role' | 'always';
}

/** What the access of a caller is asked about, for this call. */
export function entryOf({ action, tool, scopes, asksAccess }: CallInput): AccessEntry {
  return { kind: asksAccess ? 'access_request' : ENTRY_KINDS[action], name: tool, scopes };
}

const ENTRY_KINDS = {
  tool_call: 'tool',
  resource_read: 'resource',
  prompt_get: 'prompt',
  completion: 'completion',
} as const satisfies Record<CallInput['action'], AccessEntry['kind']>;

/** Why a call that isn't allowed is answered in words, and not by a challenge. It is not made. */
export interface Withheld {
  /**
   * `role_forbids`, `policy_forbids`: no consent could give it. `user_declined`, `asked_too_often`: the user is left alone for now.
   * `in_words`: the client doesn't act on a challenge.
   */
  readonly why: 'role_forbids' | 'policy_forbids' | 'user_declined' | 'asked_too_often' | 'in_words';
  /** What is lacking. */
  readonly scopes: readonly string[];
  /** What a new authorization request has to name: what the token has, and that. */
  readonly needed: readonly string[];
}

/** What is known of a good access token. */
export interface AccessToken {
  readonly scopes: readonly string[];
  /** The protected resource that it is for. */
  readonly audience: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What the edge has verified of another issuer's token (oauth/token-verifier.ts). */
export type VerifiedToken = AccessToken;

export interface AuthorizeInput extends RequestIds {
  readonly token: string;
  /** Absent for a token of this gateway, which only the session's object can validate. */
  readonly verified?: VerifiedToken | undefined;
  readonly resource: string;
  /** Absent for a request that touches nothing of the caller's data. */
  readonly call?: CallInput | undefined;
  /** The fingerprint of the definition's lists, in a request that lists or listens; see change-feed.ts. */
  readonly lists?: string | undefined;
  /** How earlier calls ended. It is recorded whatever the decision about this request is. */
  readonly ended?: readonly Outcome[] | undefined;
  /** The MCP session that the client names, in whatever form. */
  readonly mcpSessionId?: string | undefined;
  /** Present when the call was begun before this decision, so that it may have reached the upstream. */
  readonly begunBy?: BegunBy | undefined;
}

/** To whom the same token was granted something a moment ago. The session itself may be forgotten by now. */
export interface BegunBy {
  readonly sessionId: string;
  readonly caller: Pick<Caller, 'tenantId' | 'userId' | 'email' | 'clientId'>;
}

export interface ReadyCredential {
  readonly kind: 'ready';
  readonly accessToken: string;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type CredentialAnswer =
  | ReadyCredential
  /** The upstream can't be reached; the session lives on. */
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number }
  /** A further upstream's no: it has no access for this user, and the session lives on. */
  | { readonly kind: 'denied'; readonly reason: string }
  /** The first upstream's final no: the session has ended. */
  | { readonly kind: 'ended'; readonly reason: string };

export interface GrantedCall {
  readonly eventId: string;
  readonly credential: Exclude<CredentialAnswer, { kind: 'ended' }> | null;
}

export type AuthorizeResult =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'insufficient_scope'; readonly needed: readonly string[]; readonly missing: readonly string[] }
  | {
      readonly kind: 'granted';
      readonly caller: Caller;
      /** What decides about this caller's requests. */
      readonly access: Access;
      readonly audience: string;
      /** Milliseconds since the epoch. */
      readonly expiresAt: number;
      /** Whether this gateway issued the token. */
      readonly ours: boolean;
      readonly call?: GrantedCall | undefined;
      /** The call isn't made, and this is said instead. */
      readonly withheld?: Withheld | undefined;
    };

/** What a token request presents, as far as the session itself looks at it. */
export interface Presented {
  readonly clientId: string | undefined;
  /** Whether the client authenticates by an assertion (RFC 7523 §2.2). */
  readonly asserted: boolean;
  /** Whether a token is to be revoked (RFC 7009), and not issued. */
  readonly revokes: boolean;
  readonly refreshToken: string | undefined;
  /** As they were sent; empty when they weren't. */
  readonly scope: string;
  readonly resource: readonly string[];
  /** A digest of how the client authenticates, or that it doesn't. */
  readonly authentication: string;
  readonly sender: Sender;
}

export interface SessionStub {
  /** Opens the session with a grant and its authorization code. @returns where to send the browser */
  open(input: OpenInput): Promise<string>;
  /** Serves the token endpoint (RFC 6749 §3.2) and revocation (RFC 7009) for this session's grant. */
  tokenEndpoint(request: Request, ids: RequestIds, presented: Presented): Promise<Response>;
  authorize(input: AuthorizeInput): Promise<AuthorizeResult>;
  /** A credential of an upstream, newer than `version`, after the upstream refused that one. */
  renew(upstream: string, version: number, ids: RequestIds): Promise<CredentialAnswer>;
  /**
   * Whether what `authorize` granted to a token still holds, asked before an answer leaves that took long (standing.ts).
   * @param tokenDigest SHA-256 of the access token, in hex
   */
  stands(tokenDigest: string, ids: RequestIds): Promise<boolean>;
  /** How calls ended whose intents `authorize` put on record. */
  complete(ended: readonly Outcome[]): Promise<void>;
  /** Ends the session at once: its tokens, its credential, its grant. Resolves when none of its answers can leave any more. */
  revoke(reason: string, ids: RequestIds): Promise<void>;
  /** The user has refused to give this session more: it doesn't ask again for a day. */
  noteAccessDenied(ids: RequestIds): Promise<void>;
  /** Tells everybody who listens to this session what has changed. */
  publish(changes: readonly Changed[]): Promise<void>;
  /** Counts an MCP session as one of this session, upon which the one that was used least lately may have to end. */
  adopt(mcpSessionId: string): Promise<void>;
  /** Lets an MCP session hear what changes. @returns false when this session has ended */
  watch(mcpSessionId: string): Promise<boolean>;
  unwatch(mcpSessionId: string): Promise<void>;
  /** A WebSocket that carries lists of {@link Changed}: 101, or 410 when the session has ended, or 429. */
  listen(): Promise<Response>;
}

/** The object behind the stub. */
export interface SessionObject extends Omit<SessionStub, 'listen' | 'authorize'> {
  /** @returns an {@link AuthorizeResult} as JSON, since RPC carries an object over member by member */
  authorize(input: AuthorizeInput): Promise<string>;
  /** A WebSocket can be handed out by `fetch` alone. */
  fetch(request: Request): Promise<Response>;
}

/** The session's object, wherever it runs. */
export function sessionAt(bindings: Pick<Bindings, 'SESSIONS'>, sessionId: string): SessionStub {
  // A platform stub that has seen its object reset stays broken, so each question takes a new one.
  const object = () => objectAt(bindings, 'SESSIONS', sessionId) as unknown as SessionObject;
  return {
    open: (input) => object().open(input),
    tokenEndpoint: (request, ids, presented) => object().tokenEndpoint(request, ids, presented),
    authorize: async (input) => JSON.parse(await onceMore(() => object().authorize(input))) as AuthorizeResult,
    renew: (upstream, version, ids) => onceMore(() => object().renew(upstream, version, ids)),
    stands: (tokenDigest, ids) => onceMore(() => object().stands(tokenDigest, ids)),
    complete: (ended) => onceMore(() => object().complete(ended)),
    revoke: (reason, ids) => onceMore(() => object().revoke(reason, ids)),
    noteAccessDenied: (ids) => onceMore(() => object().noteAccessDenied(ids)),
    publish: (changes) => onceMore(() => object().publish(changes)),
    watch: (mcpSessionId) => onceMore(() => object().watch(mcpSessionId)),
    adopt: (mcpSessionId) => onceMore(() => object().adopt(mcpSessionId)),
    unwatch: (mcpSessionId) => onceMore(() => object().unwatch(mcpSessionId)),
    listen: () =>
      onceMore(() => object().fetch(new Request('https://session.internal/', { headers: { Upgrade: 'websocket' } }))),
  };
}
