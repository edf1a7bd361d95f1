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
  /** Not later than the earliest event is due, null when nothing waits; undefined until it is looked up again. */
  #nextDue: number | null | undefined;
  /** Of the event that came last: those that are due together leave in the order in which they came. */
  #position: number;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    // The outcome has a column of its own, so that it can be added without reading the event; and without a rowid, an
    // event is one row and no index entry.
    sql.exec(
      `CREATE TABLE IF NOT EXISTS audit_queue (
         event_id TEXT PRIMARY KEY, event TEXT NOT NULL, result TEXT, due_at INTEGER NOT NULL, position INTEGER NOT NULL
       ) STRICT, WITHOUT ROWID`,
    );
    this.#adopt();
    const { position } = sql
      .exec<{ position: number | null }>('SELECT MAX(position) AS position FROM audit_queue')
      .one();
    this.#position = position ?? 0;
  }

  /** Records an event that is over. */
  record(event: AuditEvent, now: number): void {
    this.#put(event, now + BATCH_DELAY_MS);
  }

  /** Records that something is about to happen; {@link complete} says how it ended. */
  intend(event: AuditEvent, now: number): void {
    this.#put({ ...event, outcome: 'unknown', reason: 'no_outcome' }, now + INTENT_TIMEOUT_MS);
  }

  /** Adds the outcome to an intent: the first counts, and one that was already sent as unknown stays so. */
  complete(eventId: string, result: AuditResult, now: number): void {
    const dueAt = now + BATCH_DELAY_MS;
    const { rowsWritten } = this.#sql.exec(
      'UPDATE audit_queue SET result = ?, due_at = ? WHERE event_id = ? AND result IS NULL',
      JSON.stringify(result),
      dueAt,
      eventId,
    );
    if (rowsWritten > 0) this.#isDue(dueAt);
  }

  /** When the next batch is due, or undefined when nothing waits. */
  nextDue(): number | undefined {
    if (this.#nextDue === undefined)
      this.#nextDue = this.#sql.exec<{ due: number | null }>('SELECT MIN(due_at) AS due FROM audit_queue').one().due;
    return this.#nextDue ?? undefined;
  }

  /** The next batch of events that are due by then. */
  due(until: number): AuditEvent[] {
    // An outcome may have put off what was due first.
    this.#nextDue = undefined;
    return this.#sql
      .exec<{ event: string; result: string | null }>(
        'SELECT event, result FROM audit_queue WHERE due_at <= ? ORDER BY due_at, position LIMIT ?',
        until,
        BATCH_SIZE,
      )
      .toArray()
      .map(({ event, result }) => ({
        ...(JSON.parse(event) as AuditEvent),
        ...(result === null ? {} : (JSON.parse(result) as AuditResult)),
      }));
  }

  /** Forgets events that D1 has confirmed. */
  sent(events: readonly AuditEvent[]): void {
    this.#nextDue = undefined;
    this.#sql.exec(
      'DELETE FROM audit_queue WHERE event_id IN (SELECT value FROM json_each(?))',
      JSON.stringify(events.map(({ eventId }) => eventId)),
    );
  }

  #put(event: AuditEvent, dueAt: number): void {
    this.#position += 1;
    this.#sql.exec(
      'INSERT INTO audit_queue (event_id, event, due_at, position) VALUES (?, ?, ?, ?)',
      event.eventId,
      JSON.stringify(event),
      dueAt,
      this.#position,
    );
    this.#isDue(dueAt);
  }

  #isDue(at: number): void {
    if (this.#nextDue !== undefined) this.#nextDue = Math.min(this.#nextDue ?? at, at);
  }

  /**
   * Objects live across deployments: one may hold events in the table that came before this one. What is taken over is
   * gone from there with the same commit, so this may happen again, as after a deployment that was rolled back.
   */
  #adopt(): void {
    const before = this.#sql.exec("SELECT name FROM sqlite_master WHERE name = 'audit_outbox'").toArray();
    if (before.length === 0) return;
    this.#sql.exec(
      `INSERT OR IGNORE INTO audit_queue (event_id, event, due_at, position)
         SELECT event_id, event, due_at, rowid FROM audit_outbox`,
    );
    this.#sql.exec('DROP TABLE audit_outbox');
  }
}
