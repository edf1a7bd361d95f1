// The way of an audit event: durable before anything acts on it, in D1 exactly once, whatever happens in between.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sessionAt, type GrantedCall, type SessionStub } from '../../../src/session/stub';
import { callTool } from '../../support/mcp-client';
import { resource } from '../../support/oauth-client';
import { auditRows, hold, leave, pass, SessionProbe, stopClock, until } from '../../support/session';
import { World } from '../../support/world';

let world: World;
let token: string;
let sessionId: string;
let session: SessionProbe;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  const signedIn = await world.signIn();
  ({ sessionId } = signedIn);
  token = signedIn.tokens.access_token;
  session = new SessionProbe(sessionId);
  await session.nextAlarm();
});
afterEach(leave);

const getLead = () => callTool(token, 'get_item', { item_id: 'item_0001' });
const calls = () => auditRows('tool_call');

/** The intent of a call whose outcome never comes, as after a crash of the edge. */
async function intend(): Promise<GrantedCall> {
  const answer = await sessionAt(env, sessionId).authorize({
    token,
    resource,
    requestId: 'request',
    traceId: 'trace',
    call: {
      action: 'tool_call',
      tool: 'get_item',
      scopes: ['items:read'],
      upstream: 'shelf',
      argumentsDigest: 'digest',
    },
  });
  if (answer.kind !== 'granted' || !answer.call) throw new Error(`not granted: ${JSON.stringify(answer)}`);
  return answer.call;
}

describe('an intent', () => {
  test('is in storage before the upstream is asked, and the outcome after', async () => {
    const upstream = hold(world, '/v1/items/item_0001');
    const call = getLead();
    await upstream.reached();
    const [row] = await session.outbox();
    expect(row!.event).toMatchObject({
      action: 'tool_call',
      tool: 'get_item',
      outcome: 'unknown',
      reason: 'no_outcome',
    });
    expect(await session.alarmAt()).toBeLessThanOrEqual(Date.now() + 120_000);
    upstream.release();
    await call;
    await session.answered();
    const [after] = await session.outbox();
    expect(after!.event).toMatchObject({ eventId: row!.event.eventId, outcome: 'success', reason: null });
  });

  test('survives an eviction, and its outcome finds it', async () => {
    const { eventId } = await intend();
    await session.evict();
    await sessionAt(env, sessionId).complete([
      { eventId, result: { outcome: 'error', reason: 'upstream_timeout', durationMs: 5 } },
    ]);
    await session.nextAlarm();
    expect(await calls()).toMatchObject([
      { event_id: eventId, outcome: 'error', reason: 'upstream_timeout', duration_ms: 5 },
    ]);
  });

  test('without an outcome is on record as unknown after two minutes, and a late outcome changes nothing', async () => {
    const { eventId } = await intend();
    pass(100_000);
    await session.runAlarm();
    expect(await calls()).toEqual([]);
    pass(20_000);
    await session.runAlarm();
    const unknown = [{ event_id: eventId, outcome: 'unknown', reason: 'no_outcome', duration_ms: null }];
    expect(await calls()).toMatchObject(unknown);
    await sessionAt(env, sessionId).complete([
      { eventId, result: { outcome: 'success', reason: null, durationMs: 130_000 } },
    ]);
    expect(await session.outbox()).toEqual([]);
    pass(10_000);
    await session.runAlarm();
    expect(await calls()).toMatchObject(unknown);
  });

  test('does not hold back events that are over', async () => {
    await intend();
    await getLead();
    await until(async () => {
      const waiting = (await session.outbox()).filter(({ event }) => event.outcome === 'unknown');
      expect(waiting).toHaveLength(1);
    });
    pass(2_000);
    await session.runAlarm();
    expect(await calls()).toMatchObject([{ outcome: 'success' }]);
    expect(await session.outbox()).toHaveLength(1);
  });

  test('keeps an ended session until its outcome is known', async () => {
    const { eventId } = await intend();
    await sessionAt(env, sessionId).revoke('test', { requestId: 'r', traceId: 't' });
    pass(2_000);
    await session.runAlarm();
    await sessionAt(env, sessionId).complete([
      { eventId, result: { outcome: 'success', reason: null, durationMs: 1 } },
    ]);
    await session.nextAlarm();
    expect(await calls()).toMatchObject([{ event_id: eventId, outcome: 'success', tenant_id: 'acme' }]);
    expect(await session.stored()).toEqual({});
  });
});

describe('exactly once', () => {
  test('however often the alarm rings', async () => {
    await getLead();
    for (let ring = 0; ring < 3; ring += 1) await session.nextAlarm();
    expect(await calls()).toHaveLength(1);
  });

  test('when D1 took the batch, and its answer was lost', async () => {
    await getLead();
    await session.answered();
    await session.evict();
    let lost = 0;
    await replaceDb((db) => ({
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await db.batch(statements);
        if (lost++ === 0) throw new Error('network connection lost');
        return results;
      },
    }));
    await session.nextAlarm();
    expect(await calls()).toHaveLength(1);
    expect(await session.outbox()).toHaveLength(1);
    await session.nextAlarm();
    expect(lost).toBe(2);
    expect(await calls()).toHaveLength(1);
    expect(await session.outbox()).toEqual([]);
  });

  test('when an outcome arrives while its intent is being sent as unknown', async () => {
    const { eventId } = await intend();
    await session.evict();
    await replaceDb((db) => ({
      batch: async (statements: D1PreparedStatement[]) => {
        await sessionAt(env, sessionId).complete([
          { eventId, result: { outcome: 'success', reason: null, durationMs: 1 } },
        ]);
        return db.batch(statements);
      },
    }));
    pass(120_000);
    await session.runAlarm();
    await session.nextAlarm();
    expect(await calls()).toMatchObject([{ event_id: eventId, outcome: 'unknown' }]);
    expect(await session.outbox()).toEqual([]);
  });

  test('more events than a batch holds all get there in one alarm', async () => {
    await Promise.all(Array.from({ length: 120 }, () => callTool(token, 'whoami')));
    await session.nextAlarm();
    expect(await calls()).toHaveLength(120);
    expect(new Set((await calls()).map((row) => row.event_id)).size).toBe(120);
    expect(await session.outbox()).toEqual([]);
  });

  test('a batch that fails in the middle of many is continued where it failed', async () => {
    await Promise.all(Array.from({ length: 120 }, () => callTool(token, 'whoami')));
    await session.answered();
    await session.evict();
    let batches = 0;
    await replaceDb((db) => ({
      batch: (statements: D1PreparedStatement[]) =>
        ++batches === 2 ? Promise.reject(new Error('overloaded')) : db.batch(statements),
    }));
    await session.nextAlarm();
    expect(await calls()).toHaveLength(50);
    await session.nextAlarm();
    expect(await calls()).toHaveLength(120);
  });

  test('an event that comes in while a batch is under way waits for the next alarm', async () => {
    await getLead();
    await session.answered();
    await session.evict();
    let batches = 0;
    await replaceDb((db) => ({
      batch: async (statements: D1PreparedStatement[]) => {
        batches += 1;
        pass(10);
        const { eventId } = await intend();
        await sessionAt(env, sessionId).complete([
          { eventId, result: { outcome: 'success', reason: null, durationMs: 1 } },
        ]);
        return db.batch(statements);
      },
    }));
    await session.nextAlarm();
    expect(batches).toBe(1);
    expect(await session.outbox()).toHaveLength(1);
    expect(await session.alarmAt()).toBe(Date.now() + 2_000);
  });
});

test('a D1 outage, an eviction and calls in the middle of it lose nothing and hold up nobody', async () => {
  await env.DB.prepare('ALTER TABLE audit_events RENAME TO gone').run();
  for (let round = 0; round < 3; round += 1) {
    expect((await getLead()).status).toBe(200);
    await session.nextAlarm();
    await session.evict();
  }
  await env.DB.prepare('ALTER TABLE gone RENAME TO audit_events').run();
  await session.nextAlarm();
  expect((await calls()).map(({ outcome }) => outcome)).toEqual(['success', 'success', 'success']);
  expect(await session.outbox()).toEqual([]);
});

test('a call asks its session once and waits for it; the outcome rides behind the answer', async () => {
  const names: string[] = [];
  await session.look((_state, instance) => {
    const methods = Object.getPrototypeOf(instance) as SessionStub;
    for (const name of ['authorize', 'renew', 'complete', 'tokenEndpoint', 'revoke'] as const) {
      const method = methods[name];
      vi.spyOn(methods, name).mockImplementation(function (this: unknown, ...args: unknown[]) {
        names.push(name);
        return Reflect.apply(method, this, args) as never;
      });
    }
  });
  const upstream = hold(world, '/v1/items/item_0001');
  const call = getLead();
  await upstream.reached();
  expect(names).toEqual(['authorize']);
  upstream.release();
  await call;
  await session.answered();
  expect(names).toEqual(['authorize', 'complete']);
});

/** Gives the object (just evicted) another D1, over the real one. */
async function replaceDb(other: (db: D1Database) => Partial<D1Database> | { batch: unknown }): Promise<void> {
  await session.look((_state, instance) => {
    const { env: bindings } = instance as { env: { DB: D1Database } };
    const DB = { prepare: (sql: string) => bindings.DB.prepare(sql), ...other(bindings.DB) };
    Object.assign(instance, { env: { ...bindings, DB } });
  });
}
