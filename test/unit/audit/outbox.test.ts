// The audit trail's outbox over an object's SQLite: what waits, when it is due, and in what order it leaves.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { auditEvent, type AuditEvent, type AuditResult } from '../../../src/audit/event';
import {
  AuditOutbox,
  BATCH_DELAY_MS,
  BATCH_SIZE,
  INTENT_TIMEOUT_MS,
  type WaitingEvent,
} from '../../../src/audit/outbox';
import { SessionProbe } from '../../support/session';
import { World } from '../../support/world';

beforeEach(() => World.begin());

const NOW = 1_000_000;
const result: AuditResult = { outcome: 'error', reason: 'upstream_timeout', durationMs: 7 };

function event(requestId: string): AuditEvent {
  return auditEvent({ action: 'tool_call', outcome: 'success', occurredAt: NOW, requestId, traceId: 't', tool: 'x' });
}

const events = (waiting: readonly WaitingEvent[]) => waiting.map(({ event: waits }) => waits);

/** Runs with an outbox over an object's storage; `again` is what one finds that was built after an eviction. */
function within(run: (outbox: AuditOutbox, again: () => AuditOutbox, sql: SqlStorage) => void): Promise<void> {
  return new SessionProbe('outbox').look(({ storage: { sql } }) =>
    run(new AuditOutbox(sql), () => new AuditOutbox(sql), sql),
  );
}

test('an event that is over leaves as it is', () =>
  within((outbox, again) => {
    const over = event('over');
    outbox.record(over, NOW);
    for (const each of [outbox, again()]) expect(events(each.due(NOW + BATCH_DELAY_MS))).toEqual([over]);
  }));

test('an intent leaves with its outcome, or as unknown', () =>
  within((outbox, again) => {
    const [ended, lost] = [event('ended'), event('lost')];
    outbox.intend(ended, NOW);
    outbox.intend(lost, NOW);
    outbox.complete({ eventId: ended.eventId, result }, NOW);
    for (const each of [outbox, again()])
      expect(events(each.due(NOW + INTENT_TIMEOUT_MS))).toEqual([
        { ...ended, ...result },
        { ...lost, outcome: 'unknown', reason: 'no_outcome' },
      ]);
  }));

test('the first outcome counts, and one for nothing that waits changes nothing', () =>
  within((outbox) => {
    const intent = event('intent');
    outbox.intend(intent, NOW);
    outbox.complete({ eventId: intent.eventId, result }, NOW);
    outbox.complete(
      { eventId: intent.eventId, result: { outcome: 'success', reason: null, durationMs: 1 } },
      NOW + 1_000,
    );
    outbox.complete({ eventId: 'another', result }, NOW - 60_000);
    expect(outbox.nextDue()).toBe(NOW + BATCH_DELAY_MS);
    const due = outbox.due(NOW + BATCH_DELAY_MS);
    expect(events(due)).toEqual([{ ...intent, ...result }]);
    outbox.sent(due);
    outbox.complete({ eventId: intent.eventId, result }, NOW);
    expect(outbox.nextDue()).toBeUndefined();
  }));

test('an outcome costs one row, and looks at nothing else', () =>
  within((outbox, _again, sql) => {
    const intent = event('intent');
    outbox.intend(intent, NOW);
    expect(outbox.nextDue()).toBe(NOW + INTENT_TIMEOUT_MS);
    const exec = vi.spyOn(sql, 'exec');
    outbox.complete({ eventId: intent.eventId, result }, NOW);
    expect(outbox.nextDue()).toBe(NOW + BATCH_DELAY_MS);
    expect(exec.mock.results.map(({ value }) => (value as SqlStorageCursor<never>).rowsWritten)).toEqual([1]);
    exec.mockRestore();
  }));

test('the first outcome counts after an eviction too', () =>
  within((outbox, again) => {
    const intent = event('intent');
    outbox.intend(intent, NOW);
    outbox.complete({ eventId: intent.eventId, result }, NOW);
    const after = again();
    after.complete(
      { eventId: intent.eventId, result: { outcome: 'success', reason: null, durationMs: 1 } },
      NOW + 1_000,
    );
    for (const each of [after, again()])
      expect(events(each.due(NOW + BATCH_DELAY_MS))).toEqual([{ ...intent, ...result }]);
  }));

test('each of many outcomes leaves with its own event, and D1 may be down for long', () =>
  within((outbox, again) => {
    const all = Array.from({ length: 1_000 + 5 }, (_, index) => event(`request-${index}`));
    for (const each of all) outbox.intend(each, NOW);
    for (const { eventId, requestId } of all)
      outbox.complete({ eventId, result: { ...result, reason: requestId } }, NOW);
    const left: AuditEvent[] = [];
    for (const each of [outbox, again()]) {
      for (let batch = each.due(NOW + BATCH_DELAY_MS); batch.length > 0; batch = each.due(NOW + BATCH_DELAY_MS)) {
        left.push(...events(batch));
        each.sent(batch);
      }
      expect(each.nextDue()).toBeUndefined();
    }
    expect(left).toEqual(all.map((each) => ({ ...each, ...result, reason: each.requestId })));
  }));

describe('when the next is due', () => {
  test('is the same from memory as from storage, after each step', () =>
    within((outbox, again) => {
      const is = (expected: number | undefined) => {
        expect([outbox.nextDue(), again().nextDue()]).toEqual([expected, expected]);
      };
      is(undefined);
      const first = event('first');
      outbox.intend(first, NOW);
      is(NOW + INTENT_TIMEOUT_MS);
      const second = event('second');
      outbox.record(second, NOW + 500);
      is(NOW + 500 + BATCH_DELAY_MS);
      outbox.complete({ eventId: first.eventId, result }, NOW + 100);
      is(NOW + 100 + BATCH_DELAY_MS);
      const sent = (one: AuditEvent) =>
        outbox.sent(outbox.due(Infinity).filter((each) => each.event.eventId === one.eventId));
      sent(first);
      is(NOW + 500 + BATCH_DELAY_MS);
      sent(second);
      is(undefined);
    }));

  test('is put right by looking, when an outcome has put off what was due first', () =>
    within((outbox) => {
      const intent = event('intent');
      outbox.intend(intent, NOW);
      const late = NOW + INTENT_TIMEOUT_MS - 1_000;
      expect(outbox.nextDue()).toBe(NOW + INTENT_TIMEOUT_MS);
      outbox.complete({ eventId: intent.eventId, result }, late);
      // Or an alarm that finds nothing would ring again at once, for ever.
      expect(outbox.due(NOW + INTENT_TIMEOUT_MS)).toEqual([]);
      expect(outbox.nextDue()).toBe(late + BATCH_DELAY_MS);
    }));
});

test('those that are due together leave in the order in which they came, across an eviction too', () =>
  within((outbox, again) => {
    const all = Array.from({ length: 2 * BATCH_SIZE + 5 }, (_, index) => event(`request-${index}`));
    for (const each of all.slice(0, 70)) outbox.record(each, NOW);
    const after = again();
    for (const each of all.slice(70)) after.record(each, NOW);
    const left: AuditEvent[] = [];
    for (let batch = after.due(Infinity); batch.length > 0; batch = after.due(Infinity)) {
      expect(batch.length).toBeLessThanOrEqual(BATCH_SIZE);
      left.push(...events(batch));
      after.sent(batch);
    }
    expect(left).toEqual(all);
  }));

test('an outcome finds its intent after an eviction too', () =>
  within((outbox, again) => {
    const [first, second] = [event('first'), event('second')];
    outbox.intend(first, NOW);
    outbox.intend(second, NOW);
    const after = again();
    after.complete({ eventId: second.eventId, result }, NOW);
    expect(events(after.due(NOW + BATCH_DELAY_MS))).toEqual([{ ...second, ...result }]);
  }));
