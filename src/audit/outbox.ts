// The audit trail's outbox in a session's Durable Object. An event is durable here before anything acts on it, and
// leaves only when D1 has confirmed it, so eviction and a D1 outage lose nothing; D1 keeps one row per event id, so
// a batch that is sent twice counts once. An intent whose outcome doesn't come is sent as `unknown`.
import type { AuditEvent, AuditResult } from './event';

/** Longer than any call may take (mcp/limits.ts), so an intent is only given up when its caller is gone. */
export const INTENT_TIMEOUT_MS = 120_000;
/** Events of one call burst share a batch. */
export const BATCH_DELAY_MS = 2_000;
/** Bounds the size of one D1 statement (100 KB of SQL text and values). */
export const BATCH_SIZE = 50;

export class AuditOutbox {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      'CREATE TABLE IF NOT EXISTS audit_outbox (event_id TEXT PRIMARY KEY, event TEXT NOT NULL, due_at INTEGER NOT NULL) STRICT',
    );
  }

  /** Records an event that is over. */
  record(event: AuditEvent, now: number): void {
    this.#put(event, now + BATCH_DELAY_MS);
  }

  /** Records that something is about to happen; {@link complete} says how it ended. */
  intend(event: AuditEvent, now: number): void {
    this.#put({ ...event, outcome: 'unknown', reason: 'no_outcome' }, now + INTENT_TIMEOUT_MS);
  }

  /** Adds the outcome to an intent. One that was already sent as unknown stays so. */
  complete(eventId: string, result: AuditResult, now: number): void {
    const row = this.#sql
      .exec<{ event: string }>('SELECT event FROM audit_outbox WHERE event_id = ?', eventId)
      .toArray()[0];
    if (row) this.#put({ ...(JSON.parse(row.event) as AuditEvent), ...result }, now + BATCH_DELAY_MS);
  }

  /** When the next batch is due, or undefined when nothing waits. */
  nextDue(): number | undefined {
    return this.#sql.exec<{ due: number | null }>('SELECT MIN(due_at) AS due FROM audit_outbox').one().due ?? undefined;
  }

  /** The next batch of events that are due by then. */
  due(until: number): AuditEvent[] {
    return this.#sql
      .exec<{ event: string }>(
        'SELECT event FROM audit_outbox WHERE due_at <= ? ORDER BY due_at LIMIT ?',
        until,
        BATCH_SIZE,
      )
      .toArray()
      .map((row) => JSON.parse(row.event) as AuditEvent);
  }

  /** Forgets events that D1 has confirmed. */
  sent(events: readonly AuditEvent[]): void {
    for (const { eventId } of events) this.#sql.exec('DELETE FROM audit_outbox WHERE event_id = ?', eventId);
  }

  #put(event: AuditEvent, dueAt: number): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO audit_outbox (event_id, event, due_at) VALUES (?, ?, ?)',
      event.eventId,
      JSON.stringify(event),
      dueAt,
    );
  }
}
