// The audit trail's outbox in a session's Durable Object. An event is durable here before anything acts on it, and
// leaves only when D1 has confirmed it, so eviction and a D1 outage lose nothing; D1 keeps one row per event id, so
// a batch that is sent twice counts once. An intent whose outcome doesn't come is sent as `unknown`.
import { BoundedMap } from '../shared/bounded-map';
import type { AuditEvent, AuditResult } from './event';

/** Longer than any call may take (mcp/limits.ts), so an intent is only given up when its caller is gone. */
export const INTENT_TIMEOUT_MS = 120_000;
/** Events of one call burst share a batch. */
export const BATCH_DELAY_MS = 2_000;
/** Bounds the size of one D1 statement (100 KB of SQL text and values). */
export const BATCH_SIZE = 50;
/** Intents of one session that run at once, by far. */
const MAX_POSITIONS = 1_000;

/** An event that waits for D1. */
export interface WaitingEvent {
  readonly position: number;
  readonly event: AuditEvent;
}

export class AuditOutbox {
  readonly #sql: SqlStorage;
  /** Not later than the earliest event is due, null when nothing waits; undefined until it is looked up again. */
  #nextDue: number | null | undefined;
  /** Of the event that came last: events leave in the order in which they came. */
  #position: number;
  /** Where intents without an outcome are, of those taken down since this object woke: a row is found by its place alone. */
  readonly #intents = new BoundedMap<string, number>(MAX_POSITIONS);

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    // An event is appended, its outcome has a column of its own, and there is no index: that makes two small writes of a
    // call. The event's id is looked for only when it isn't known where it stands, and then among the few that wait.
    sql.exec(
      `CREATE TABLE IF NOT EXISTS audit_waiting (
         position INTEGER PRIMARY KEY, event_id TEXT NOT NULL, event TEXT NOT NULL, result TEXT, due_at INTEGER NOT NULL
       ) STRICT`,
    );
    this.#adopt('audit_outbox', 'NULL', 'rowid');
    this.#adopt('audit_queue', 'result', 'position');
    const { position } = sql
      .exec<{ position: number | null }>('SELECT MAX(position) AS position FROM audit_waiting')
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
    this.#intents.set(event.eventId, this.#position);
  }

  /** Adds the outcome to an intent: the first counts, and one that was already sent as unknown stays so. */
  complete(eventId: string, result: AuditResult, now: number): void {
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

  /** When the next batch is due, or undefined when nothing waits. */
  nextDue(): number | undefined {
    if (this.#nextDue === undefined)
      this.#nextDue = this.#sql.exec<{ due: number | null }>('SELECT MIN(due_at) AS due FROM audit_waiting').one().due;
    return this.#nextDue ?? undefined;
  }

  /** The next batch of events that are due by then. */
  due(until: number): WaitingEvent[] {
    // An outcome may have put off what was due first.
    this.#nextDue = undefined;
    return this.#sql
      .exec<{ position: number; event: string; result: string | null }>(
        'SELECT position, event, result FROM audit_waiting WHERE due_at <= ? ORDER BY position LIMIT ?',
        until,
        BATCH_SIZE,
      )
      .toArray()
      .map(({ position, event, result }) => ({
        position,
        event: {
          ...(JSON.parse(event) as AuditEvent),
          ...(result === null ? {} : (JSON.parse(result) as AuditResult)),
        },
      }));
  }

  /** Forgets events that D1 has confirmed. */
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

  /** Where an intent without an outcome is that was taken down before this object slept; undefined for any other event. */
  #find(eventId: string): number | undefined {
    const [row] = this.#sql
      .exec<{ position: number }>('SELECT position FROM audit_waiting WHERE event_id = ? AND result IS NULL', eventId)
      .toArray();
    return row?.position;
  }

  #isDue(at: number): void {
    if (this.#nextDue !== undefined) this.#nextDue = Math.min(this.#nextDue ?? at, at);
  }

  /**
   * Objects live across deployments: one may hold events in a table that came before this one. What is taken over is
   * gone from there with the same commit, so this may happen again, as after a deployment that was rolled back.
   */
  #adopt(table: string, result: string, order: string): void {
    if (this.#sql.exec('SELECT name FROM sqlite_master WHERE name = ?', table).toArray().length === 0) return;
    this.#sql.exec(
      `INSERT INTO audit_waiting (event_id, event, result, due_at)
         SELECT event_id, event, ${result}, due_at FROM ${table}
           WHERE event_id NOT IN (SELECT event_id FROM audit_waiting) ORDER BY ${order}`,
    );
    this.#sql.exec(`DROP TABLE ${table}`);
  }
}
