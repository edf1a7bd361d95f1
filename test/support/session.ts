// A session's Durable Object, looked into and pushed around: its alarm, its outbox, what it stores; and what can
// happen to it: an eviction between two requests, a crash in the middle of one.
import { env } from 'cloudflare:workers';
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { assert, vi } from 'vitest';
import type { AuditEvent } from '../../src/audit/event';
import { forgetObject, objectsIn } from './objects';
import type { World } from './world';

/** Far enough ahead of the runtime's own clock that no alarm fires by itself: a test says when. */
const START = Date.UTC(2035, 0, 1);

/** Stops the clock that everything asks; `pass` moves it. Call it after `World.begin`. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
}

/** For `afterEach`: outcomes that ride behind an answer arrive before the storage is wiped, and the clock goes on. */
export async function leave(): Promise<void> {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  for (const id of await objectsIn(env.SESSIONS)) {
    await new SessionProbe(id).answered(20).catch(() => undefined);
    forgetObject(id);
  }
  vi.useRealTimers();
}

const nextTurn = (
  (timer) => () =>
    new Promise((resolve) => timer(resolve, 5))
)(setTimeout);

/** Polls without touching the clock, which `vi.waitFor` moves on. @throws what `check` threw last */
export async function until(check: () => unknown, turns = 1_000): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    try {
      return void (await check());
    } catch (error) {
      if (turn >= turns) throw error;
      await nextTurn();
    }
  }
}

export function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

export interface OutboxRow {
  readonly dueAt: number;
  readonly event: AuditEvent;
}

export interface StoredCredential {
  readonly envelope: string;
  readonly version: number;
  readonly expiresAt: number;
  readonly refreshTokenSpent: boolean;
}

export class SessionProbe {
  readonly #id: DurableObjectId;

  constructor(session: string | DurableObjectId) {
    this.#id = typeof session === 'string' ? env.SESSIONS.idFromName(session) : session;
  }

  get stub(): DurableObjectStub {
    return env.SESSIONS.get(this.#id);
  }

  look<Result>(callback: (state: DurableObjectState, instance: object) => Result | Promise<Result>): Promise<Result> {
    return runInDurableObject(this.stub, (instance, state) => callback(state, instance));
  }

  alarmAt(): Promise<number | null> {
    return this.look((state) => state.storage.getAlarm());
  }

  runAlarm(): Promise<boolean> {
    return runDurableObjectAlarm(this.stub);
  }

  /** Lets time pass until the alarm is due, and runs it. @returns false when none is set */
  async nextAlarm(): Promise<boolean> {
    await this.answered();
    const due = await this.alarmAt();
    if (due !== null && due > Date.now()) vi.setSystemTime(due);
    return this.runAlarm();
  }

  /** PendingOutcomes ride behind the answer; this waits until each has arrived. */
  answered(turns = 500): Promise<void> {
    return until(async () => {
      const waiting = (await this.outbox()).filter(({ event }) => event.outcome === 'unknown');
      assert(waiting.length === 0, `${waiting.length} outcomes have not arrived`);
    }, turns);
  }

  outbox(): Promise<OutboxRow[]> {
    return this.look(({ storage }) => {
      const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'audit_waiting'").toArray();
      if (tables.length === 0) return [];
      const rows = storage.sql
        .exec<{ event: string; result: string | null; due_at: number }>('SELECT * FROM audit_waiting ORDER BY position')
        .toArray();
      return rows.map(({ due_at, event, result }) => ({
        dueAt: due_at,
        event: { ...JSON.parse(event), ...JSON.parse(result ?? '{}') } as AuditEvent,
      }));
    });
  }

  credential(): Promise<StoredCredential | undefined> {
    // Of the first upstream, where there are several.
    return this.look(({ storage }) => [...storage.kv.list<StoredCredential>({ prefix: 'credential:' })][0]?.[1]);
  }

  /** Everything the object keeps: its key-value pairs and the rows of each table. */
  stored(): Promise<Record<string, unknown>> {
    return this.look(({ storage }) => {
      const names = storage.sql
        .exec<{ name: string }>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
        )
        .toArray();
      const tables = names.map(({ name }) => [name, storage.sql.exec(`SELECT * FROM "${name}"`).toArray()] as const);
      return Object.fromEntries([...storage.kv.list(), ...tables]);
    });
  }

  /** As the platform does between two requests: memory is lost, storage stays. */
  evict(): Promise<void> {
    return evictDurableObject(this.stub);
  }

  /**
   * As the platform does at any moment: whatever runs in the object stops where it is. Don't await anything in the test
   * that code inside the object resolved before this; poll with `vi.waitFor`.
   */
  crash(): void {
    this.look((state) => state.abort('crashed by the test')).catch(() => undefined);
  }
}

export interface AuditRow {
  event_id: string;
  occurred_at: number;
  action: string;
  outcome: string;
  reason: string | null;
  tenant_id: string | null;
  user_id: string | null;
  user_email: string | null;
  client_id: string | null;
  session_id: string | null;
  tool: string | null;
  upstream: string | null;
  arguments_digest: string | null;
  duration_ms: number | null;
  request_id: string;
  trace_id: string;
  recorded_at: number;
}

/** The audit trail in D1, in order. */
export async function auditRows(action?: string): Promise<AuditRow[]> {
  const { results } = await env.DB.prepare('SELECT * FROM audit_events ORDER BY occurred_at, rowid').all<AuditRow>();
  return action === undefined ? results : results.filter((row) => row.action === action);
}

/** Every line that is logged from here on, in place of the console. */
export function captureLog(): string[] {
  const lines: string[] = [];
  const write = (...parts: unknown[]): void => void lines.push(parts.map(String).join(' '));
  vi.stubGlobal('console', { ...console, log: write, info: write, warn: write, error: write, debug: write });
  return lines;
}

/** Pauses that the gateway takes between attempts, skipped and noted in milliseconds; timeouts are left alone. */
export function skipPauses(): number[] {
  const pauses: number[] = [];
  const real = setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms = 0) => {
    const isPause = ms >= 100 && ms <= 1_000;
    if (isPause) pauses.push(ms);
    return real(run, isPause ? 0 : ms);
  });
  return pauses;
}

/** The bearer tokens that reached the backend's data, in order. */
export function bearersSeen(world: World): string[] {
  const seen: string[] = [];
  const before = world.intercept;
  world.intercept = (request) => {
    if (new URL(request.url).pathname.startsWith('/v1/')) seen.push(request.headers.get('Authorization') ?? '');
    return before?.(request);
  };
  return seen;
}

/**
 * Holds the answer to the first request for `path` back until `release`; the neighbour acts on it first. What is
 * `reached` is polled, so that the test goes on in its own context (see `crash`).
 */
export function hold(world: World, path: string): { reached(): Promise<void>; release(): void } {
  const gate = Promise.withResolvers<void>();
  let reached = false;
  world.intercept = async (request) => {
    if (reached || new URL(request.url).pathname !== path) return undefined;
    const answer = await world.neighbour(request);
    reached = true;
    await gate.promise;
    return answer;
  };
  return {
    reached: () => until(() => assert(reached, `nobody asked for ${path}`)),
    release: () => gate.resolve(),
  };
}
