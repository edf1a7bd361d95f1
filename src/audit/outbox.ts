// The audit trail's outbox in a session's Durable Object. An event is durable here before anything acts on it, and
// leaves only when D1 has confirmed it, so eviction and a D1 outage lose nothing; D1 keeps one row per event id, so
// a batch that is sent twice counts once. An intent whose outcome doesn't come is sent as `unknown`.
import { BoundedMap } from '../shared/bounded-map';
import type { AuditEvent, AuditResult, Outcome } from './event';

/** Longer than any call may take (mcp/calls/limits.ts), so an intent is only given up when its caller is gone. */
export const INTENT_TIMEOUT_MS = 120_000;
/** Events of one call burst share a batch. */
export const BATCH_DELAY_MS = 2_000;
/** Bounds the size of one D1 statement (100 KB of SQL text and values). */
export const BATCH_SIZE = 50;
/** Intents of one session that run at once, by far. */
const MAX_POSITIONS = 1_000;
/** Outcomes that stand in another event's row, and so have to be remembered; while D1 is down there may be any number. */
export const MAX_CARRIED = 1_000;

/** An outcome as it stands in the row of a later intent: of the event at this position, due then. */
type Carried = readonly [position: number, dueAt: number, result: AuditResult];

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
  /** What the rows of later intents say of earlier ones. */
  readonly #carried = new Map<number, Carried>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    // Events are appended, and there is no index. How a call ended mostly comes with the next one, and is written in that
    // one's row: that makes one small write of a call. Else it has a column of its own. The event's id is looked for only
    // when it isn't known where it stands, and then among the few that wait.
    sql.exec(
      `CREATE TABLE IF NOT EXISTS audit_waiting (
         position INTEGER PRIMARY KEY, event_id TEXT NOT NULL, event TEXT NOT NULL, result TEXT, carries TEXT,
         due_at INTEGER NOT NULL
       ) STRICT`,
    );
    // One that was made before a row could carry anything; what made it goes on with this one, too.
    if (!this.#has("SELECT 1 FROM pragma_table_info('audit_waiting') WHERE name = 'carries'"))
      sql.exec('ALTER TABLE audit_waiting ADD COLUMN carries TEXT');
    this.#adopt('audit_outbox', 'NULL', 'rowid');
    this.#adopt('audit_queue', 'result', 'position');
    this.#position = this.#load();
  }

  /** Records an event that is over. */
  record(event: AuditEvent, now: number): void {
    this.#put(event, now + BATCH_DELAY_MS);
  }

  /**
   * Records that something is about to happen; how it ended is said later.
   * @param ended how earlier calls did, which is recorded with it
   */
  intend(event: AuditEvent, now: number, ended: readonly Outcome[] = []): void {
    const carried: Carried[] = [];
    for (const outcome of ended) {
      if (this.#carried.size + carried.length >= MAX_CARRIED) {
        this.complete(outcome, now);
        continue;
      }
      const position = this.#take(outcome);
      const isFirst = position !== undefined && !carried.some(([already]) => already === position);
      if (isFirst) carried.push([position, now + BATCH_DELAY_MS, outcome.result]);
    }
    const unknown: AuditEvent = { ...event, outcome: 'unknown', reason: 'no_outcome' };
    this.#put(unknown, now + INTENT_TIMEOUT_MS, carried);
    this.#intents.set(event.eventId, this.#position);
  }

  /** Adds the outcome to an intent: the first counts, and one that was already sent as unknown stays so. */
  complete(outcome: Outcome, now: number): void {
    const position = this.#take(outcome);
    if (position === undefined) return;
    const dueAt = now + BATCH_DELAY_MS;
    this.#sql.exec(
      'UPDATE audit_waiting SET result = ?, due_at = ? WHERE position = ?',
      JSON.stringify(outcome.result),
      dueAt,
      position,
    );
    this.#isDue(dueAt);
  }

  /** When the next batch is due, or undefined when nothing waits. */
  nextDue(): number | undefined {
    if (this.#nextDue === undefined) {
      const { due } = this.#sql.exec<{ due: number | null }>('SELECT MIN(due_at) AS due FROM audit_waiting').one();
      this.#nextDue = due;
      for (const [, dueAt] of this.#carried.values()) this.#isDue(dueAt);
    }
    return this.#nextDue ?? undefined;
  }

  /** The next batch of events that are due by then. */
  due(until: number): WaitingEvent[] {
    // An outcome may have put off what was due first.
    this.#nextDue = undefined;
    const batch: WaitingEvent[] = [];
    const rows = this.#sql.exec<{ position: number; event: string; result: string | null; due_at: number }>(
      'SELECT position, event, result, due_at FROM audit_waiting ORDER BY position',
    );
    for (const { position, event, result, due_at } of rows) {
      const [, dueAt, carried] = this.#carried.get(position) ?? [position, due_at];
      if (dueAt > until) continue;
      const ended = carried ?? (JSON.parse(result ?? '{}') as Partial<AuditResult>);
      batch.push({ position, event: { ...(JSON.parse(event) as AuditEvent), ...ended } });
      if (batch.length === BATCH_SIZE) break;
    }
    return batch;
  }

  /** Forgets events that D1 has confirmed. */
  sent(events: readonly WaitingEvent[]): void {
    this.#nextDue = undefined;
    for (const { position, event } of events) {
      this.#intents.delete(event.eventId);
      this.#carried.delete(position);
    }
    this.#sql.exec(
      'DELETE FROM audit_waiting WHERE position IN (SELECT value FROM json_each(?))',
      JSON.stringify(events.map(({ position }) => position)),
    );
  }

  #put(event: AuditEvent, dueAt: number, carries: readonly Carried[] = []): void {
    this.#position += 1;
    this.#sql.exec(
      'INSERT INTO audit_waiting (position, event_id, event, carries, due_at) VALUES (?, ?, ?, ?, ?)',
      this.#position,
      event.eventId,
      JSON.stringify(event),
      carries.length > 0 ? JSON.stringify(carries) : null,
      dueAt,
    );
    this.#isDue(dueAt);
    for (const carried of carries) this.#remember(carried);
  }

  #remember(carried: Carried): void {
    const [position, dueAt] = carried;
    this.#carried.set(position, carried);
    this.#isDue(dueAt);
  }

  /** Where the intent is that an outcome is the first of. */
  #take({ eventId }: Outcome): number | undefined {
    const position = this.#intents.get(eventId) ?? this.#find(eventId);
    this.#intents.delete(eventId);
    return position;
  }

  /** Where an intent without an outcome is that was taken down before this object slept; undefined for any other event. */
  #find(eventId: string): number | undefined {
    const [row] = this.#sql
      .exec<{ position: number }>('SELECT position FROM audit_waiting WHERE event_id = ? AND result IS NULL', eventId)
      .toArray();
    return row && !this.#carried.has(row.position) ? row.position : undefined;
  }

  /**
   * Learns what rows carry. An event leaves no later than the one whose row says how it ended: that one came later, and
   * is due later. So a position that isn't there any more is one that was sent.
   * @returns the last position
   */
  #load(): number {
    const carried = this.#sql.exec<{ value: string }>(
      `SELECT each.value FROM audit_waiting, json_each(carries) AS each
         WHERE json_extract(each.value, '$[0]') IN (SELECT position FROM audit_waiting)`,
    );
    for (const { value } of carried) this.#remember(JSON.parse(value) as Carried);
    const { last } = this.#sql.exec<{ last: number | null }>('SELECT MAX(position) AS last FROM audit_waiting').one();
    return last ?? 0;
  }

  #has(query: string, ...values: string[]): boolean {
    return this.#sql.exec(query, ...values).toArray().length > 0;
  }

  #isDue(at: number): void {
    if (this.#nextDue !== undefined) this.#nextDue = Math.min(this.#nextDue ?? at, at);
  }

  /**
   * Objects live across deployments: one may hold events in a table that came before this one. What is taken over is
   * gone from there with the same commit, so this may happen again, as after a deployment that was rolled back.
   */
  #adopt(table: string, result: string, order: string): void {
    if (!this.#has('SELECT 1 FROM sqlite_master WHERE name = ?', table)) return;
    this.#sql.exec(
      `INSERT INTO audit_waiting (event_id, event, result, due_at)
         SELECT event_id, event, ${result}, due_at FROM ${table}
           WHERE event_id NOT IN (SELECT event_id FROM audit_waiting) ORDER BY ${order}`,
    );
    this.#sql.exec(`DROP TABLE ${table}`);
  }
}
