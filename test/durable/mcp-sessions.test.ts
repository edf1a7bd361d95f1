// A 2025-era session across evictions, lost connections and time: what its client may rely on, and what is not kept.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, assert, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Changed } from '../../src/define/content';
import { mcpSessionAt, type SessionRequest } from '../../src/mcp/sessions/stub';
import { HOLD_MS, IDLE_MS, MAX_EVENTS, UNUSED_MS } from '../../src/mcp/sessions/limits';
import { sessionAt } from '../../src/session/stub';
import { MAX_MCP_SESSIONS } from '../../src/session/limits';
import { McpSessionClient, type EventReader } from '../support/mcp-session';
import { sessionIdOf, type OAuthClient } from '../support/oauth-client';
import { hold, leave, pass, SessionProbe, stopClock, until } from '../support/session';
import { ada } from '../support/caller';
import { World } from '../support/world';

let world: World;
let token: string;
let client: OAuthClient;
let refreshToken: string;
let oauthSessionId: string;
let session: McpSessionClient;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  const signedIn = await world.signIn();
  token = signedIn.tokens.access_token;
  refreshToken = signedIn.tokens.refresh_token;
  client = signedIn.client;
  oauthSessionId = signedIn.sessionId;
  session = await McpSessionClient.begin(token, { elicitation: {} });
});
afterEach(leave);

const publish = (...changes: Changed[]) => sessionAt(env, oauthSessionId).publish(changes);
const revoke = () => sessionAt(env, oauthSessionId).revoke('test', { requestId: 'test', traceId: 'test' });
const change = { item_id: 'item_0001', notes: 'watch' };

/** A call that waits for its user. @returns its stream, and how the user says yes */
async function ask(id: number): Promise<{ events: EventReader; lastId: string; agree: () => Promise<unknown> }> {
  const { events } = await session.call('update_item', change, id);
  assert(events);
  await events.next();
  const question = await events.next();
  assert(question?.id);
  const agree = () => session.respond(question.message.id, { action: 'accept', content: answerTo(question.message) });
  return { events, lastId: question.id, agree };
}

function answerTo(question: { params: { requestedSchema: { properties: Record<string, { type: string }> } } }): object {
  const properties = Object.entries(question.params.requestedSchema.properties);
  return Object.fromEntries(properties.map(([name, { type }]) => [name, type === 'boolean' ? true : 'yes']));
}

describe('an eviction', () => {
  test('between any two requests is not noticed, and what the client can do is known again', async () => {
    await session.probe.evict();
    expect((await session.request('tools/list')).status).toBe(200);
    await session.probe.evict();
    const { events, agree } = await ask(1);
    await agree();
    expect((await events.message()).result.structuredContent.notes).toBe('watch');
  });

  test('takes nothing from the record of the call that comes next', async () => {
    await session.probe.evict();
    await session.call('get_item', { item_id: 'item_0001' });
    const oauth = new SessionProbe(oauthSessionId);
    await oauth.answered();
    const calls = (await oauth.outbox()).filter(({ event }) => event.action === 'tool_call');
    expect(calls).toMatchObject([{ event: { tool: 'get_item', outcome: 'success', reason: null } }]);
  });

  test('leaves an idle stream open, and it hears what comes after', async () => {
    const stream = await session.stream();
    await publish({ kind: 'tools' });
    expect(await stream.message()).toMatchObject({ method: 'notifications/tools/list_changed' });
    await session.probe.evict();
    await publish({ kind: 'prompts' });
    expect(await stream.message()).toMatchObject({ method: 'notifications/prompts/list_changed' });
    await stream.drop();
  });

  test('forgets no subscription', async () => {
    const uri = 'shelf://items/item_0001';
    expect((await session.request('resources/subscribe', { uri })).body.result).toBeDefined();
    const stream = await session.stream();
    await session.probe.evict();
    await publish({ kind: 'resource', uri: 'shelf://items/item_0002' }, { kind: 'resource', uri });
    expect(await stream.message()).toMatchObject({ method: 'notifications/resources/updated', params: { uri } });
    await session.request('resources/unsubscribe', { uri });
    await publish({ kind: 'resource', uri }, { kind: 'tools' });
    expect(await stream.message()).toMatchObject({ method: 'notifications/tools/list_changed' });
    await stream.drop();
  });
});

describe('Last-Event-ID', () => {
  test('brings the answer that was missed, and nothing of another stream', async () => {
    const [one, two] = [await ask(1), await ask(2)];
    await one.events.drop();
    await two.events.drop();
    await one.agree();
    await two.agree();
    await until(async () => assert((await session.probe.stored()).events.length >= 4));
    const resumed = await session.stream(one.lastId);
    expect(await resumed.rest()).toMatchObject([{ id: 1, result: { structuredContent: { notes: 'watch' } } }]);
  });

  test('goes on with an answer that is still to come', async () => {
    const { events, lastId, agree } = await ask(1);
    await events.drop();
    const resumed = await session.stream(lastId);
    await agree();
    expect(await resumed.message()).toMatchObject({ id: 1, result: { structuredContent: { notes: 'watch' } } });
    expect(await resumed.rest()).toEqual([]);
  });

  test('survives an eviction', async () => {
    const stream = await session.stream();
    const opened = await stream.next();
    assert(opened?.id);
    await stream.drop();
    await publish({ kind: 'tools' }, { kind: 'prompts' });
    await session.probe.evict();
    const resumed = await session.stream(opened.id);
    expect((await resumed.message()).method).toBe('notifications/tools/list_changed');
    expect((await resumed.message()).method).toBe('notifications/prompts/list_changed');
    await resumed.drop();
  });

  test('of another session brings nothing', async () => {
    const stream = await session.stream();
    await publish({ kind: 'tools' });
    await stream.next();
    const event = await stream.next();
    assert(event?.id);
    const sibling = await McpSessionClient.begin(token);
    const resumed = await sibling.stream(event.id.replace(/^\d+/, '1'));
    await publish({ kind: 'prompts' });
    expect((await resumed.message()).method).toBe('notifications/prompts/list_changed');
    await Promise.all([stream.drop(), resumed.drop()]);
  });

  test('that is no id of ours is refused, or begins at the end', async () => {
    await publish({ kind: 'tools' });
    const stream = await session.stream("1' OR 1=1");
    await publish({ kind: 'prompts' });
    expect((await stream.message()).method).toBe('notifications/prompts/list_changed');
    await stream.drop();
  });
});

describe('what is kept', () => {
  test('has bounds in number and age', async () => {
    const stream = await session.stream();
    await stream.drop();
    await publish(...Array.from({ length: MAX_EVENTS + 20 }, () => ({ kind: 'tools' as const })));
    await until(async () => expect((await session.probe.stored()).events).toHaveLength(MAX_EVENTS));
    pass(900_010);
    await session.probe.runAlarm();
    expect((await session.probe.stored()).events).toEqual([]);
    expect((await session.request('ping')).status).toBe(200);
  });

  test('of an answer goes after a quarter of an hour, whether or not anybody comes back', async () => {
    const { events, agree } = await ask(1);
    await events.drop();
    await agree();
    await until(async () => assert((await session.probe.stored()).events.length === 2));
    expect((await session.probe.alarmAt()) ?? 0).toBeLessThanOrEqual(Date.now() + 900_010);
    pass(900_010);
    await session.probe.runAlarm();
    expect(await session.probe.stored()).toMatchObject({ records: ['mcp-session'], events: [] });
  });

  test('holds nothing of an answer that reached its client', async () => {
    await session.call('get_item', { item_id: 'item_0001' });
    expect((await session.probe.stored()).events).toEqual([]);
  });
});

describe('an hour without use', () => {
  /** Lets the alarm ring until it is due no more. */
  const ring = async (): Promise<void> => {
    pass(Math.max(0, ((await session.probe.alarmAt()) ?? 0) - Date.now()));
    await session.probe.runAlarm();
  };

  test('ends a session, and leaves nothing of it', async () => {
    await ring();
    expect(await session.probe.stored()).toEqual({ records: [], events: [] });
    expect(await session.probe.alarmAt()).toBeNull();
    token = (await client.refresh(refreshToken)).body.access_token;
    expect((await session.as({ token }).request('ping')).status).toBe(404);
  });

  test('counts from the last use', async () => {
    pass(IDLE_MS - 60_000);
    expect((await session.request('ping')).status).toBe(200);
    pass(60_001);
    await session.probe.evict();
    await session.probe.runAlarm();
    expect((await session.probe.stored()).records).toHaveLength(1);
    await ring();
    expect((await session.probe.stored()).records).toEqual([]);
  });

  test('is not counted while a stream is open', async () => {
    const stream = await session.stream();
    await ring();
    expect((await session.probe.stored()).records).toHaveLength(1);
    await stream.drop();
  });
});

test('a lost connection cancels nothing: the call ends as it would have', async () => {
  const held = hold(world, '/v1/items/item_0001');
  const gone = new AbortController();
  const answer = session.call('get_item', { item_id: 'item_0001' }, 1, gone.signal).catch(() => 'lost');
  await held.reached();
  gone.abort();
  expect(await answer).toBe('lost');
  held.release();
  const oauth = new SessionProbe(oauthSessionId);
  await oauth.answered();
  const calls = (await oauth.outbox()).filter(({ event }) => event.action === 'tool_call');
  expect(calls).toMatchObject([{ event: { tool: 'get_item', outcome: 'success' } }]);
});

test('the object itself serves nobody but the OAuth session that opened it', async () => {
  const request: SessionRequest = {
    message: { jsonrpc: '2.0', id: 1, method: 'ping' },
    caller: { ...ada, clientId: 'client' },
    access: { ...ada, policy: [] },
    sessionId: 'another-oauth-session',
    call: undefined,
    standing: { age: 0, tokenDigest: '' },
    challenge: '',
    ids: { requestId: 'request', traceId: 'trace' },
    trace: { traceId: 'trace', spanId: 'span', flags: '00' },
    mcpSessionId: session.id,
    expiresAt: Date.now() + 60_000,
    http: { method: 'POST', headers: [] },
  };
  expect((await mcpSessionAt(env, session.id).serve(request)).status).toBe(404);
  expect((await mcpSessionAt(env, session.id).stream(request)).status).toBe(404);
});

describe('the end of the OAuth session', () => {
  test('comes before who would listen to it', async () => {
    await revoke();
    expect((await sessionAt(env, oauthSessionId).listen()).status).toBe(410);
    expect(await sessionAt(env, oauthSessionId).watch(session.id)).toBe(false);
  });

  test('ends a standalone stream', async () => {
    const stream = await session.stream();
    await revoke();
    expect(await stream.rest()).toEqual([]);
    await until(async () => expect((await session.probe.stored()).events).toEqual([]));
  });

  test('ends what waits for a person, and keeps nothing of it', async () => {
    const { events } = await ask(1);
    await revoke();
    expect(await events.rest()).toEqual([]);
    await until(async () => expect((await session.probe.stored()).events).toEqual([]));
  });

  test('ends nothing once the session is used under the next one', async () => {
    const signedIn = await world.authorize(client, 'ada@acme.example');
    const { body } = await client.redeem(signedIn.searchParams.get('code') ?? '');
    const again = session.as({ token: body.access_token });
    const stream = await again.stream();
    await revoke();
    await sessionAt(env, sessionIdOf(body)).publish([{ kind: 'tools' }]);
    expect(await stream.message()).toMatchObject({ method: 'notifications/tools/list_changed' });
    await stream.drop();
  });
});

describe('a stream that its session does not outlive', () => {
  type Object = Record<'dismissed' | 'watch', (...input: never[]) => Promise<unknown>>;
  /** Does something else in place of a method, the first time it is called. */
  const once = (
    namespace: DurableObjectNamespace,
    id: string,
    method: keyof Object,
    instead: (real: () => Promise<unknown>) => Promise<unknown>,
  ): Promise<void> =>
    runInDurableObject(namespace.get(namespace.idFromName(id)), (instance) => {
      const methods = Object.getPrototypeOf(instance) as Object;
      const real = methods[method];
      vi.spyOn(methods, method).mockImplementationOnce(function (this: unknown, ...input) {
        return instead(() => Reflect.apply(real, this, input));
      });
    });

  test('ends by the next alarm where it could not be told at once', async () => {
    const stream = await session.stream();
    await once(env.MCP_SESSIONS, session.id, 'dismissed', () => Promise.reject(new Error('a deployment')));
    await revoke();
    const oauth = new SessionProbe(oauthSessionId);
    await until(async () => assert(((await oauth.alarmAt()) ?? Infinity) <= Date.now() + 1_000));
    await oauth.nextAlarm();
    expect(await stream.rest()).toEqual([]);
    // Nothing is left to tell, and nothing is kept for it.
    for (let rings = 0; rings < 5 && (await oauth.nextAlarm()); rings += 1);
    expect(await oauth.stored()).toEqual({});
  });

  test('is not opened when the session ends in that very moment, or ends at once, with nothing told', async () => {
    await once(env.SESSIONS, oauthSessionId, 'watch', async (real) => {
      const watching = await real();
      await revoke();
      await until(async () => assert((await session.probe.stored()).records.length === 1));
      return watching;
    });
    const answer = await session.listen();
    // Which of the two comes first, the push of the end or the answer to `watch`, nobody decides.
    expect([404, 200]).toContain(answer.status);
    expect((await answer.events?.rest()) ?? []).toEqual([]);
  });

  test('ends when its client goes on under another, since it would not hear of the end of the one before', async () => {
    const stream = await session.stream();
    const signedIn = await world.authorize(client, 'ada@acme.example');
    const { body } = await client.redeem(signedIn.searchParams.get('code') ?? '');
    expect((await session.as({ token: body.access_token }).request('ping')).status).toBe(200);
    expect(await stream.rest()).toEqual([]);
  });
});

test('a session that makes room for others finishes what it does', async () => {
  const held = hold(world, '/v1/items/item_0001');
  const answer = session.call('get_item', { item_id: 'item_0001' });
  await held.reached();
  for (let count = 0; count < MAX_MCP_SESSIONS; count += 1) await McpSessionClient.begin(token);
  await until(async () => assert(((await session.probe.alarmAt()) ?? Infinity) <= Date.now() + UNUSED_MS));
  held.release();
  expect((await answer).body.result.structuredContent.id).toBe('item_0001');
  pass(UNUSED_MS);
  await session.probe.runAlarm();
  expect((await session.request('ping')).status).toBe(404);
  expect(await session.probe.stored()).toEqual({ records: [], events: [] });
});

describe('timers', () => {
  /** Lets timers of some length go off soon. */
  function soon(which: (milliseconds: number) => boolean): void {
    const real = setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms = 0) => real(run, which(ms) ? 50 : ms));
  }

  test('the rest of an earlier answer is waited for as long as the token is good, and no longer', async () => {
    const { events, lastId } = await ask(1);
    await events.drop();
    pass(3_580_000);
    soon((ms) => ms > 15_000 && ms <= 20_000);
    const resumed = await session.stream(lastId);
    expect(await resumed.rest()).toEqual([]);
  });

  test('an answer that takes long becomes a stream', async () => {
    soon((ms) => ms === HOLD_MS);
    const held = hold(world, '/v1/items/item_0001');
    const answer = session.call('get_item', { item_id: 'item_0001' }, 3);
    await held.reached();
    const { events } = await answer;
    held.release();
    expect(await events?.message()).toMatchObject({ id: 3, result: { structuredContent: { id: 'item_0001' } } });
  });
});
