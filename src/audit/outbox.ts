// The outbox of the audit trail, in the SQLite of a session's Durable Object. An event is stored here before anything acts
// on it, and is deleted only after D1 has confirmed it. So neither an eviction nor an outage of D1 loses an event. A batch
// that is sent twice counts once, because D1 keeps one row per event id. An intent whose outcome never arrives is sent
// with the outcome `unknown`.
import { BoundedMap } from '../shared/bounded-map';
import type { AuditEvent, AuditResult, Outcome } from './event';

/** Longer than any call may take (mcp/calls/limits.ts): an intent is given up only when its caller is gone. */
export const INTENT_TIMEOUT_MS = 120_000;
/** The events of one burst of calls share a batch. */
export const BATCH_DELAY_MS = 2_000;
/** Bounds the size of one D1 statement (100 KB of SQL text and values). */
export const BATCH_SIZE = 50;
/** More intents than one session has at the same time. */
const MAX_POSITIONS = 1_000;

/** An event that waits for D1. */
export interface WaitingEvent {
  readonly position: number;
  readonly event: AuditEvent;
}

export class AuditOutbox {
  readonly #sql: SqlStorage;
  /** No event is due before this time. Null when nothing waits; undefined until the table is asked again. */
  #nextDue: number | null | undefined;
  /** The position of the newest event. Events leave in the order of their positions. */
  #position: number;
  /** Positions of intents without an outcome, by event id, as far as this object stored them since it woke. */
  readonly #intents = new BoundedMap<string, number>(MAX_POSITIONS);

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    // There is no index besides the position, so that an insert writes one row. The table is searched by event id only
    // after an eviction, and few events wait.
    sql.exec(
      `CREATE TABLE IF NOT EXISTS audit_waiting (
         position INTEGER PRIMARY KEY, event_id TEXT NOT NULL, event TEXT NOT NULL, result TEXT, due_at INTEGER NOT NULL
       ) STRICT`,
    );
    const { last } = sql.exec<{ last: number | null }>('SELECT MAX(position) AS last FROM audit_waiting').one();
    this.#position = last ?? 0;
  }

  /** Stores an event that is complete. */
  record(event: AuditEvent, now: number): void {
    this.#put(event, now + BATCH_DELAY_MS);
  }

  /** Stores the intent of a call. {@link complete} adds the outcome. */
  intend(event: AuditEvent, now: number): void {
    this.#put({ ...event, outcome: 'unknown', reason: 'no_outcome' }, now + INTENT_TIMEOUT_MS);
    this.#intents.set(event.eventId, this.#position);
  }

  /** Adds the outcome to an intent. The first outcome counts; after the intent was sent as `unknown`, none does. */
  complete({ eventId, result }: Outcome, now: number): void {
    const position = this.#intents.get(eventId) ?? this.#find(eventId);
    if (position === undefined) return;
    this.#intents.delete(eventId);
    const dueAt = now + BATCH_DELAY_MS;
    this.#sql.exec(
      'UPDATE audit_waiting SET result = ?, due_at = ? WHERE position = ?',
      JSON.stringify(result),
      dueAt,
      position,
    );
    this.#isDue(dueAt);
  }

  /** When the next batch is due, in milliseconds since the epoch; undefined when nothing waits. */
  nextDue(): number | undefined {
    if (this.#nextDue === undefined) {
      const { due } = this.#sql.exec<{ due: number | null }>('SELECT MIN(due_at) AS due FROM audit_waiting').one();
      this.#nextDue = due;
    }
    return this.#nextDue ?? undefined;
  }

  /** The next batch of events that are due by `until`. */
  due(until: number): WaitingEvent[] {
    // An outcome may have postponed the event that was due first, so the remembered time may be too early.
    this.#nextDue = undefined;
    return this.#sql
      .exec<{ position: number; event: string; result: string | null }>(
        'SELECT position, event, result FROM audit_waiting WHERE due_at <= ? ORDER BY position LIMIT ?',
        until,
        BATCH_SIZE,
      )
      .toArray()
      .map(({ position, event, result }) => {
        const outcome = JSON.parse(result ?? '{}') as Partial<AuditResult>;
        return { position, event: { ...(JSON.parse(event) as AuditEvent), ...outcome } };
      });
  }

  /** Deletes events that D1 has confirmed. */
  sent(events: readonly WaitingEvent[]): void {
    this.#nextDue = undefined;
    for (const { event } of events) this.#intents.delete(event.eventId);
    this.#sql.exec(
      'DELETE FROM audit_waiting WHERE position IN (SELECT value FROM json_each(?))',
      JSON.stringify(events.map(({ position }) => position)),
    );
  }

  #put(event: AuditEvent, dueAt: number): void {
    this.#position += 1;
    this.#sql.exec(
      'INSERT INTO audit_waiting (position, event_id, event, due_at) VALUES (?, ?, ?, ?)',
      this.#position,
      event.eventId,
      JSON.stringify(event),
      dueAt,
    );
    this.#isDue(dueAt);
  }

  /** The position of an intent without an outcome that was stored before this object was evicted. */
  #find(eventId: string): number | undefined {
    return this.#sql
      .exec<{ position: number }>('SELECT position FROM audit_waiting WHERE event_id = ? AND result IS NULL', eventId)
      .toArray()[0]?.position;
  }

  #isDue(at: number): void {
    if (this.#nextDue !== undefined) this.#nextDue = Math.min(this.#nextDue ?? at, at);
  }
}
