// The events of the audit trail: one for each sign-in, credential exchange, refresh, tool call and refusal. An event
// holds arguments only as a keyed digest.
import { macHex } from '../crypto/mac';
import type { Sender } from './sender';

export type AuditAction =
  | 'sign_in'
  | 'credential_exchange'
  | 'credential_refresh'
  | 'token_refresh'
  | 'tool_call'
  | 'resource_read'
  | 'prompt_get'
  | 'completion'
  | 'refusal'
  | 'session_end';

/** `unknown`: the outcome of an intent never arrived, for example after a crash. */
export type AuditOutcome = 'success' | 'refused' | 'error' | 'unknown';

export interface AuditEvent {
  /** A UUID. D1 keeps one row for it, however often the event is inserted. */
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  /** Stable snake_case code; null for a plain success. */
  readonly reason: string | null;
  readonly tenantId: string | null;
  readonly userId: string | null;
  readonly userEmail: string | null;
  readonly clientId: string | null;
  readonly sessionId: string | null;
  /** The tool, resource or prompt that was asked for. */
  readonly tool: string | null;
  readonly upstream: string | null;
  readonly argumentsDigest: string | null;
  readonly durationMs: number | null;
  readonly requestId: string;
  readonly traceId: string;
  /** Who sent a token request; absent for every other event. */
  readonly sender?: Sender;
}

/** How a call ended. */
export interface AuditResult {
  readonly outcome: AuditOutcome;
  readonly reason: string | null;
  readonly durationMs: number | null;
}

/** How a call ended. Its intent has this event id. An outcome may arrive twice; the first one counts. */
export interface Outcome {
  readonly eventId: string;
  readonly result: AuditResult;
  /** Set when the whole answer has left the gateway; absent when some of it may still be on its way. */
  readonly left?: true;
}

/** Which request caused an event. */
export interface RequestIds {
  readonly requestId: string;
  readonly traceId: string;
}

/** An event. Fields that aren't given are null. */
export function auditEvent(
  given: Pick<AuditEvent, 'occurredAt' | 'action' | 'outcome'> & RequestIds & Partial<AuditEvent>,
): AuditEvent {
  return {
    eventId: crypto.randomUUID(),
    reason: null,
    tenantId: null,
    userId: null,
    userEmail: null,
    clientId: null,
    sessionId: null,
    tool: null,
    upstream: null,
    argumentsDigest: null,
    durationMs: null,
    ...given,
  };
}

/**
 * HMAC-SHA-256 of a call's arguments, in hex. An auditor who has the key can check whether a call had certain
 * arguments; nobody else can guess them. Keys are sorted, so the order in which a client sends them doesn't matter.
 */
export function argumentsDigest(args: unknown, key: Uint8Array<ArrayBuffer>): Promise<string> {
  return macHex(`audit-arguments\0${canonicalJson(args)}`, key);
}

function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_name, field: unknown) =>
      field !== null && typeof field === 'object' && !Array.isArray(field)
        ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
        : field,
    ) ?? 'null'
  );
}
