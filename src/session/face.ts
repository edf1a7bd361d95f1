// What the edge may ask of a session's Durable Object, as plain data over RPC. One `authorize` per request brings
// the token and what the call is; it gets claims, the decision, the credential, and the intent is on record.
import type { AuthRequest } from '@cloudflare/workers-oauth-provider';
import type { AuditAction, AuditResult, RequestIds } from '../audit/event';
import type { Bindings } from '../config';
import type { Caller } from '../define/tool';

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
}

/** Something that is done for the caller, so that it is decided and put on record before it happens. */
export interface CallInput {
  readonly action: Extract<AuditAction, 'tool_call' | 'resource_read' | 'prompt_get' | 'completion'>;
  /** The name of the tool, resource or prompt. */
  readonly tool: string;
  /** Scopes it needs; the object decides with those of the token. */
  readonly scopes: readonly string[];
  /** Null for what is answered without an upstream. */
  readonly upstream: string | null;
  readonly argumentsDigest: string;
}

export interface AuthorizeInput extends RequestIds {
  readonly token: string;
  readonly resource: string;
  /** Absent for a request that asks for nothing of the caller's. */
  readonly call?: CallInput | undefined;
}

export interface ReadyCredential {
  readonly kind: 'ready';
  readonly accessToken: string;
  readonly version: number;
}

export type CredentialAnswer =
  | ReadyCredential
  /** The backend can't be reached; the session lives on. */
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number }
  /** The backend's final no: the session has ended. */
  | { readonly kind: 'ended'; readonly reason: string };

export interface GrantedCall {
  readonly eventId: string;
  readonly credential: Exclude<CredentialAnswer, { kind: 'ended' }> | null;
}

export type AuthorizeResult =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'insufficient_scope'; readonly needed: readonly string[] }
  | {
      readonly kind: 'granted';
      readonly caller: Caller;
      readonly audience: string;
      /** Seconds since the epoch. */
      readonly expiresAt: number;
      readonly call?: GrantedCall | undefined;
    };

/** What a token request presents, as far as the session itself looks at it. */
export interface Presented {
  readonly clientId: string | undefined;
  readonly refreshToken: string | undefined;
  /** A digest of the whole request, client authentication included. */
  readonly fingerprint: string;
}

export interface SessionFace {
  /** Opens the session with a grant and its authorization code. @returns where to send the browser */
  open(input: OpenInput): Promise<string>;
  /** Serves the token endpoint (RFC 6749 §3.2) and revocation (RFC 7009) for this session's grant. */
  tokenEndpoint(request: Request, ids: RequestIds, presented: Presented): Promise<Response>;
  authorize(input: AuthorizeInput): Promise<AuthorizeResult>;
  /** A credential newer than `version`, after the upstream refused that one. */
  renew(version: number, ids: RequestIds): Promise<CredentialAnswer>;
  /** How a call ended whose intent `authorize` put on record. */
  complete(eventId: string, result: AuditResult): Promise<void>;
  /** Ends the session at once: its tokens, its credential, its grant. */
  revoke(reason: string, ids: RequestIds): Promise<void>;
}

/** The session's object, wherever it runs. */
export function sessionAt({ SESSIONS }: Pick<Bindings, 'SESSIONS'>, sessionId: string): SessionFace {
  // A stub that has seen its object reset stays broken, so each question takes one of its own.
  const object = () => SESSIONS.get(SESSIONS.idFromName(sessionId)) as unknown as SessionFace;
  return {
    open: (input) => object().open(input),
    tokenEndpoint: (request, ids, presented) => object().tokenEndpoint(request, ids, presented),
    authorize: (input) => onceMore(() => object().authorize(input)),
    renew: (version, ids) => onceMore(() => object().renew(version, ids)),
    complete: (eventId, result) => onceMore(() => object().complete(eventId, result)),
    revoke: (reason, ids) => onceMore(() => object().revoke(reason, ids)),
  };
}

/**
 * A deployment or a crash resets an object under its callers, whose requests then fail with a mark (Cloudflare's
 * "Error handling" for Durable Objects). For what may safely happen twice, the caller need not hear of it.
 */
async function onceMore<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const { retryable, durableObjectReset, overloaded } = Object(error) as Record<string, unknown>;
    if ((retryable !== true && durableObjectReset !== true) || overloaded === true) throw error;
    return ask();
  }
}
