// Writes the audit trail to D1. It only inserts: an event that is there already stays as it was first written.
import type { AuditEvent } from './event';

/**
 * One statement that inserts a batch. All values are one JSON parameter, because D1 allows a hundred bound parameters
 * in a statement and a batch has more.
 */
export function insertAuditEvents(
  db: D1Database,
  events: readonly AuditEvent[],
  recordedAt: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT OR IGNORE INTO audit_events
         (event_id, occurred_at, action, outcome, reason, tenant_id, user_id, user_email, client_id, session_id,
          tool, upstream, arguments_digest, duration_ms, request_id, trace_id, recorded_at)
       SELECT value ->> 'eventId', value ->> 'occurredAt', value ->> 'action', value ->> 'outcome', value ->> 'reason',
              value ->> 'tenantId', value ->> 'userId', value ->> 'userEmail', value ->> 'clientId', value ->> 'sessionId',
              value ->> 'tool', value ->> 'upstream', value ->> 'argumentsDigest', value ->> 'durationMs',
              value ->> 'requestId', value ->> 'traceId', ?2
         FROM json_each(?1)`,
    )
    .bind(JSON.stringify(events), recordedAt);
}

/** Statements that insert the senders of these events; empty when no event has a sender. */
export function insertAuditSenders(db: D1Database, events: readonly AuditEvent[]): D1PreparedStatement[] {
  const sent = events.flatMap(({ eventId, sender }) => (sender ? [{ eventId, ...sender }] : []));
  if (sent.length === 0) return [];
  const insert = db.prepare(
    `INSERT OR IGNORE INTO audit_senders (event_id, network, user_agent)
       SELECT value ->> 'eventId', value ->> 'network', value ->> 'userAgent' FROM json_each(?1)`,
  );
  return [insert.bind(JSON.stringify(sent))];
}
