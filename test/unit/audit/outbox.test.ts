// The audit trail's outbox over an object's SQLite: what waits, when it is due, and in what order it leaves.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { auditEvent, type AuditEvent, type AuditResult } from '../../../src/audit/event';
import {
  AuditOutbox,
  BATCH_DELAY_MS,
  BATCH_SIZE,
  INTENT_TIMEOUT_MS,
  MAX_CARRIED,
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

describe('an outcome that comes with the next intent', () => {
  const success: AuditResult = { outcome: 'success', reason: null, durationMs: 1 };

  test('costs no row of its own, and is the same from memory as from storage', () =>
    within((outbox, again, sql) => {
      const [first, second] = [event('first'), event('second')];
      outbox.intend(first, NOW);
      const exec = vi.spyOn(sql, 'exec');
      outbox.intend(second, NOW + 500, [{ eventId: first.eventId, result }]);
      expect(exec.mock.results.map(({ value }) => (value as SqlStorageCursor<never>).rowsWritten)).toEqual([1]);
      exec.mockRestore();
      for (const each of [outbox, again()]) {
        expect(each.nextDue()).toBe(NOW + 500 + BATCH_DELAY_MS);
        expect(events(each.due(NOW + 499 + BATCH_DELAY_MS))).toEqual([]);
        expect(events(each.due(NOW + 500 + BATCH_DELAY_MS))).toEqual([{ ...first, ...result }]);
      }
    }));

  test('is the first one, whichever way others come, before and after an eviction', () =>
    within((outbox, again) => {
      const [first, second] = [event('first'), event('second')];
      outbox.intend(first, NOW);
      const ended = { eventId: first.eventId, result };
      outbox.intend(second, NOW, [ended, { ...ended, result: success }]);
      for (const next of [() => outbox, again]) {
        const each = next();
        each.intend(event('third'), NOW, [{ ...ended, result: success }]);
        each.complete({ ...ended, result: success }, NOW);
        expect(events(each.due(NOW + BATCH_DELAY_MS))).toEqual([{ ...first, ...result }]);
      }
      const [apart, later] = [event('apart'), again()];
      later.intend(apart, NOW);
      later.complete({ eventId: apart.eventId, result }, NOW);
      later.intend(event('last'), NOW, [{ eventId: apart.eventId, result: success }]);
      for (const each of [later, again()])
        expect(events(each.due(NOW + BATCH_DELAY_MS)).at(-1)).toEqual({ ...apart, ...result });
    }));

  test('stays with its event until that has left, and goes with it', () =>
    within((outbox, again) => {
      const all = Array.from({ length: 2 * BATCH_SIZE }, (_, index) => event(`request-${index}`));
      let before: AuditEvent | undefined;
      for (const each of all) {
        outbox.intend(each, NOW, before && [{ eventId: before.eventId, result }]);
        before = each;
      }
      const left: AuditEvent[] = [];
      for (const each of [outbox, again(), again()]) {
        const batch = each.due(NOW + BATCH_DELAY_MS);
        left.push(...events(batch));
        each.sent(batch);
      }
      expect(left).toEqual(all.slice(0, -1).map((each) => ({ ...each, ...result })));
      const last = again();
      expect(last.nextDue()).toBe(NOW + INTENT_TIMEOUT_MS);
      last.sent(last.due(Infinity));
      expect(last.nextDue()).toBeUndefined();
    }));

  test('is written apart where too many are carried already, as while D1 is down', { timeout: 60_000 }, () =>
    within((outbox, again, sql) => {
      const carriedNow = () =>
        sql.exec<{ count: number }>('SELECT SUM(json_array_length(carries)) AS count FROM audit_waiting').one().count;
      const all = Array.from({ length: MAX_CARRIED + 5 }, (_, index) => event(`request-${index}`));
      for (const each of all) outbox.intend(each, NOW);
      const ended = all.map(({ eventId }) => ({ eventId, result }));
      outbox.intend(event('next'), NOW, ended.slice(0, 500));
      const last = event('last');
      outbox.intend(last, NOW, ended.slice(500));
      expect(carriedNow()).toBe(MAX_CARRIED);
      for (const each of [outbox, again()]) {
        let count = 0;
        for (let batch = each.due(NOW + BATCH_DELAY_MS); batch.length > 0; batch = each.due(NOW + BATCH_DELAY_MS)) {
          expect(new Set(batch.map((one) => one.event.outcome))).toEqual(new Set([result.outcome]));
          count += batch.length;
          each.sent(batch);
        }
        expect(count).toBe(each === outbox ? all.length : 0);
      }
      // There is room again.
      outbox.intend(event('another'), NOW, [{ eventId: last.eventId, result }]);
      expect(carriedNow()).toBe(MAX_CARRIED + 1);
    }),
  );
});

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

describe('what an object still holds in the table of an earlier deployment is taken over, once and in order', () => {
  test.each([
    ['audit_outbox', 'event_id TEXT PRIMARY KEY, event TEXT NOT NULL, due_at INTEGER NOT NULL) STRICT', false],
    [
      'audit_queue',
      'event_id TEXT PRIMARY KEY, event TEXT NOT NULL, result TEXT, due_at INTEGER NOT NULL, position INTEGER NOT NULL) STRICT, WITHOUT ROWID',
      true,
    ],
  ])('%s', (table, columns, apart) =>
    within((_outbox, again, sql) => {
      const [over, intent, ended] = [event('over'), event('intent'), event('ended')];
      const leave = () => {
        sql.exec(`CREATE TABLE ${table} (${columns}`);
        for (const [position, [each, its, due]] of (
          [
            [over, null, NOW],
            [{ ...intent, outcome: 'unknown', reason: 'no_outcome' }, null, NOW + 5_000],
            [ended, result, NOW],
          ] as const
        ).entries())
          if (apart)
            sql.exec(
              `INSERT INTO ${table} (event_id, event, result, due_at, position) VALUES (?, ?, ?, ?, ?)`,
              each.eventId,
              JSON.stringify(each),
              its && JSON.stringify(its),
              due,
              position,
            );
          else
            sql.exec(`INSERT INTO ${table} VALUES (?, ?, ?)`, each.eventId, JSON.stringify({ ...each, ...its }), due);
      };
      leave();
      const outbox = again();
      expect(outbox.nextDue()).toBe(NOW);
      outbox.complete({ eventId: intent.eventId, result: { outcome: 'success', reason: null, durationMs: 3 } }, NOW);
      expect(sql.exec('SELECT name FROM sqlite_master WHERE name = ?', table).toArray()).toEqual([]);
      // As after a deployment that was rolled back and came again.
      leave();
      const next = event('next');
      const later = again();
      later.record(next, NOW);
      expect(events(later.due(NOW + BATCH_DELAY_MS))).toEqual([
        over,
        { ...intent, reason: null, durationMs: 3 },
        { ...ended, ...result },
        next,
      ]);
    }),
  );
});

test('a table of before outcomes could be carried is used on, and one of now by what came before', () =>
  within((_outbox, again, sql) => {
    const [before, first, second] = [event('before'), event('first'), event('second')];
    sql.exec('DROP TABLE audit_waiting');
    sql.exec(
      'CREATE TABLE audit_waiting (position INTEGER PRIMARY KEY, event_id TEXT NOT NULL, event TEXT NOT NULL, result TEXT, due_at INTEGER NOT NULL) STRICT',
    );
    const put = (position: number, each: AuditEvent) =>
      sql.exec(
        'INSERT INTO audit_waiting (position, event_id, event, due_at) VALUES (?, ?, ?, ?)',
        position,
        each.eventId,
        JSON.stringify(each),
        NOW,
      );
    put(1, before);
    const outbox = again();
    outbox.intend(first, NOW);
    outbox.intend(second, NOW, [{ eventId: first.eventId, result }]);
    const rolledBack = event('rolled back');
    put(4, rolledBack);
    expect(events(again().due(NOW + BATCH_DELAY_MS))).toEqual([before, { ...first, ...result }, rolledBack]);
  }));
