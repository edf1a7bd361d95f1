// The session's bookkeeping towards D1: audit events and the session's rows, sent in batches by the object's alarm.
// Nothing here makes a call wait for D1. A batch that fails is sent again later, and counts once.
import {
  auditEvent,
  type AuditAction,
  type AuditEvent,
  type AuditOutcome,
  type Outcome,
  type RequestIds,
} from '../audit/event';
import { AuditOutbox, BATCH_DELAY_MS } from '../audit/outbox';
import { insertAuditEvents, insertAuditSenders } from '../audit/repository';
import { messageOf } from '../shared/errors';
import type { Log } from '../shared/log';
import { saveSession, type CredentialRow } from '../storage/sessions';
import type { BegunBy, CallInput } from './stub';
import { toSessionRow, type RecordStore } from './record';

export interface AuditTrailOptions {
  readonly sql: SqlStorage;
  readonly db: D1Database;
  readonly records: RecordStore;
  readonly credentials: () => CredentialRow[];
  readonly log: Log;
  readonly now: () => number;
}

const MAX_BACKOFF_MS = 300_000;
const STRANGER_PAUSE_MS = 60_000;

export class AuditTrail {
  readonly outbox: AuditOutbox;
  readonly #options: AuditTrailOptions;
  #failures = 0;
  #flushing = false;
  #strangerNotedAt = Number.NEGATIVE_INFINITY;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.outbox = new AuditOutbox(options.sql);
  }

  /** An event of this session, with everything the session knows about itself filled in. */
  event(action: AuditAction, outcome: AuditOutcome, ids: RequestIds, details: Partial<AuditEvent> = {}): AuditEvent {
    const record = this.#options.records.read();
    return auditEvent({
      action,
      outcome,
      occurredAt: this.#options.now(),
      requestId: ids.requestId,
      traceId: ids.traceId,
      tenantId: record?.user?.tenantId ?? null,
      userId: record?.user?.userId ?? null,
      userEmail: record?.identity.email ?? null,
      clientId: record?.clientId ?? null,
      sessionId: record?.sessionId ?? null,
      ...details,
    });
  }

  /** Records an event that needs no outcome. */
  note(action: AuditAction, outcome: AuditOutcome, ids: RequestIds, details: Partial<AuditEvent> = {}): void {
    this.outbox.record(this.event(action, outcome, ids, details), this.#options.now());
  }

  /**
   * A token of this session was refused, whoever sent it. It is recorded once a minute, and without the call: nobody knows
   * whose call it was.
   */
  noteStranger(reason: string, { requestId, traceId }: RequestIds): void {
    if (this.#options.now() - this.#strangerNotedAt < STRANGER_PAUSE_MS) return;
    this.#strangerNotedAt = this.#options.now();
    this.note('refusal', 'refused', { requestId, traceId }, { reason });
  }

  /** A call was refused after it had begun: its caller had been granted the same a moment before. */
  noteBegun(reason: string, { requestId, traceId }: RequestIds, by: BegunBy, call: CallInput): void {
    const { tenantId, userId, email: userEmail, clientId } = by.caller;
    // The edge says who that was: the session may be forgotten by now.
    const who = { tenantId, userId, userEmail, clientId, sessionId: by.sessionId };
    this.note('refusal', 'refused', { requestId, traceId }, { reason, ...who, ...aboutCall(call) });
  }

  /** Records that a call is about to ask the upstream. */
  intend(event: AuditEvent): void {
    this.outbox.intend(event, this.#options.now());
  }

  /** Records how calls ended whose intents are on record. */
  complete(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) this.outbox.complete(outcome, this.#options.now());
  }

  /** When the alarm should next call {@link flush}, or undefined when D1 has everything. */
  nextDue(): number | undefined {
    const { now, records } = this.#options;
    // Events on their way to D1 are still in the outbox, and due. They are no reason to ring again at once.
    if (this.#flushing) return now() + BATCH_DELAY_MS;
    if (this.#failures > 0) return now() + Math.min(BATCH_DELAY_MS * 2 ** this.#failures, MAX_BACKOFF_MS);
    const rows = records.unsaved() ? now() + BATCH_DELAY_MS : undefined;
    const events = this.outbox.nextDue();
    return rows === undefined || events === undefined ? (rows ?? events) : Math.min(rows, events);
  }

  /** Sends what is due. @returns whether D1 now has everything that was due */
  async flush(): Promise<boolean> {
    // Events that are due within the next delay are sent, too: a steady stream of calls makes one batch per delay. Events
    // that arrive during the flush wait for the next alarm, so that this one ends.
    const until = this.#options.now() + BATCH_DELAY_MS;
    this.#flushing = true;
    try {
      while (await this.#flushBatch(until));
      this.#failures = 0;
      return true;
    } catch (error) {
      this.#failures += 1;
      this.#options.log.error('audit.flush_failed', { failures: this.#failures, problem: messageOf(error) });
      return false;
    } finally {
      this.#flushing = false;
    }
  }

  async #flushBatch(until: number): Promise<boolean> {
    const { db, records, credentials, now } = this.#options;
    const events = this.outbox.due(until);
    const record = records.unsaved();
    if (events.length === 0 && !record) return false;
    const rows = record?.user ? saveSession(db, toSessionRow(record, record.user), credentials(), now()) : [];
    const audited = events.map(({ event }) => event);
    const inserts =
      audited.length > 0 ? [insertAuditEvents(db, audited, now()), ...insertAuditSenders(db, audited)] : [];
    await db.batch([...rows, ...inserts]);
    if (record) records.saved(record);
    this.outbox.sent(events);
    return true;
  }
}

/** What an event says about a call. */
export function aboutCall({ tool, upstream, argumentsDigest }: CallInput): Partial<AuditEvent> {
  return { tool, upstream, argumentsDigest };
}
