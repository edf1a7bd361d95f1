// Who is told that something has changed, in both eras: every window of the session that it concerns, and nobody else.
import { env } from 'cloudflare:workers';
import { afterEach, assert, beforeEach, describe, expect, test, vi } from 'vitest';
import { product } from '../../product/definition';
import { sessionAt } from '../../../src/session/stub';
import { LIST_TTL_MS, MAX_LISTENERS, MAX_STREAM_MS } from '../../../src/session/limits';
import { modernRequest } from '../../support/envelope';
import { serve } from '../../support/definition';
import { mcp } from '../../support/mcp-client';
import { EventReader, McpSessionClient } from '../../support/mcp-session';
import { gateway, type OAuthClient, type TokenSet } from '../../support/oauth-client';
import { leave, pass, SessionProbe, stopClock, until } from '../../support/session';
import { World } from '../../support/world';

let world: World;
let client: OAuthClient;
let tokens: TokenSet;
let sessionId: string;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  ({ client, tokens, sessionId } = await world.signIn());
});
afterEach(leave);

const lists = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

function ask(token: string, notifications: object): Promise<Response> {
  return gateway('/mcp', modernRequest(token, 'subscriptions/listen', { notifications }, 'sub'));
}

/** A listener whose subscription is acknowledged. */
async function listen(token = tokens.access_token, notifications: object = lists): Promise<EventReader> {
  const response = await ask(token, notifications);
  assert(response.body, `listen answered ${response.status}`);
  const events = new EventReader(response.body);
  const { params } = await events.message();
  expect(params.notifications).toEqual(notifications);
  return events;
}

const changed = (kind: 'tools' | 'prompts' | 'resources') => `notifications/${kind}/list_changed`;
async function methods(events: EventReader, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) seen.push((await events.message())?.method);
  return seen;
}

/** From now on the backend allows the user this only. */
async function narrow(...scopes: string[]): Promise<void> {
  world.intercept = async (request) => {
    if (!new URL(request.url).pathname.startsWith('/auth/')) return undefined;
    const answer = await world.neighbour(request);
    return answer.ok ? Response.json({ ...(await answer.json<object>()), scopes }) : answer;
  };
  await client.refresh(tokens.refresh_token);
}

describe('the lists of a caller', () => {
  test('change when the backend allows less: all windows of the session hear it, in both eras', async () => {
    const [modern, other] = [await listen(), await listen()];
    const legacy = await (await McpSessionClient.begin(tokens.access_token)).stream();
    await narrow('profile:read', 'items:read');
    const all = [changed('tools'), changed('prompts'), changed('resources')];
    for (const events of [modern, other, legacy]) expect(await methods(events, 3)).toEqual(all);
    for (const events of [modern, other, legacy]) await events.drop();
  });

  test('and nobody else', async () => {
    const colleague = await world.signIn('grace@globex.example');
    const theirs = await listen(colleague.tokens.access_token);
    await narrow('profile:read', 'items:read');
    await sessionAt(env, colleague.sessionId).publish([{ kind: 'prompts' }]);
    expect(await methods(theirs, 1)).toEqual([changed('prompts')]);
    await theirs.drop();
  });

  test('stay as they are when a renewal allows the same', async () => {
    const events = await listen();
    await client.refresh(tokens.refresh_token);
    await sessionAt(env, sessionId).publish([{ kind: 'prompts' }]);
    expect(await methods(events, 1)).toEqual([changed('prompts')]);
    await events.drop();
  });

  test('change with a deployment: whoever listens is told by the first request that sees it', async () => {
    await mcp(tokens.access_token, 'tools/list');
    const events = await listen();
    serve({ tools: product.tools.slice(1) });
    await mcp(tokens.access_token, 'tools/list');
    expect(await methods(events, 1)).toEqual([changed('tools')]);
    await events.drop();
  });

  test('but not back and forth while it rolls out', async () => {
    serve({ tools: product.tools.slice(1) });
    await mcp(tokens.access_token, 'tools/list');
    serve({ tools: product.tools.slice(2) });
    await mcp(tokens.access_token, 'tools/list');
    pass(LIST_TTL_MS);
    const events = await listen(tokens.access_token, { toolsListChanged: true });
    serve({ tools: product.tools.slice(1) });
    await mcp(tokens.access_token, 'tools/list');
    await sessionAt(env, sessionId).publish([{ kind: 'tools' }]);
    expect(await methods(events, 1)).toEqual([changed('tools')]);
    await sessionAt(env, sessionId).revoke('test', { requestId: 'test', traceId: 'test' });
    expect(await events.rest()).toMatchObject([{ id: 'sub' }]);
  });

  test('that changed while nobody listened are told on the next connection, as long as old ones may be kept', async () => {
    await mcp(tokens.access_token, 'tools/list');
    await narrow('profile:read', 'items:read');
    const soon = await listen(tokens.access_token, { toolsListChanged: true });
    expect(await methods(soon, 1)).toEqual([changed('tools')]);
    await soon.drop();
    pass(LIST_TTL_MS);
    const later = await listen(tokens.access_token, { toolsListChanged: true });
    await sessionAt(env, sessionId).publish([{ kind: 'tools' }]);
    expect(await methods(later, 1)).toEqual([changed('tools')]);
    await sessionAt(env, sessionId).revoke('test', { requestId: 'test', traceId: 'test' });
    expect(await later.rest()).toMatchObject([{ id: 'sub' }]);
  });

  test('and a 2025-era session is told when they are not those that it was given', async () => {
    const session = await McpSessionClient.begin(tokens.access_token);
    await session.request('tools/list');
    await (await session.stream()).drop();
    await narrow('profile:read', 'items:read');
    const stream = await session.stream();
    expect(await methods(stream, 1)).toEqual([changed('tools')]);
    await stream.drop();
  });
});

test('what a call changed is heard by those who subscribed to it', async () => {
  const uri = 'shelf://items/item_0001';
  const modern = await listen(tokens.access_token, { resourceSubscriptions: [uri] });
  const session = await McpSessionClient.begin(tokens.access_token);
  await session.request('resources/subscribe', { uri });
  const legacy = await session.stream();
  for (const item_id of ['item_0002', 'item_0001'])
    await mcp(tokens.access_token, 'tools/call', {
      name: 'update_item',
      arguments: { item_id, notes: 'watch' },
    });
  for (const events of [modern, legacy])
    expect(await events.message()).toMatchObject({ method: 'notifications/resources/updated', params: { uri } });
  for (const events of [modern, legacy]) await events.drop();
});

describe('past the expiry of the token that opened it', () => {
  const uri = 'shelf://items/item_0001';

  test('a stream says that lists have changed, and nothing of any record; it ends with the session, asleep or not', async () => {
    const filter = { ...lists, resourceSubscriptions: [uri] };
    const modern = await listen(tokens.access_token, filter);
    const session = await McpSessionClient.begin(tokens.access_token);
    await session.request('resources/subscribe', { uri });
    const legacy = await session.stream();
    pass(3_600_001);
    expect((await ask(tokens.access_token, lists)).status).toBe(401);
    await new SessionProbe(sessionId).evict();
    await sessionAt(env, sessionId).publish([{ kind: 'resource', uri }, { kind: 'tools' }]);
    for (const events of [modern, legacy]) expect(await methods(events, 1)).toEqual([changed('tools')]);
    await session.probe.evict();
    await new SessionProbe(sessionId).evict();
    await client.revoke(tokens.refresh_token);
    expect(await modern.rest()).toMatchObject([{ id: 'sub', result: { resultType: 'complete' } }]);
    expect(await legacy.rest()).toEqual([]);
  });

  test('what was kept from it is sent to a good token that goes on from there, and to no other', async () => {
    const session = await McpSessionClient.begin(tokens.access_token);
    await session.request('resources/subscribe', { uri });
    const stream = await session.stream();
    const first = await stream.next();
    pass(3_600_001);
    await sessionAt(env, sessionId).publish([{ kind: 'resource', uri }, { kind: 'tools' }]);
    const told = await stream.next();
    expect(told).toMatchObject({ id: undefined, message: { method: changed('tools') } });
    await stream.drop();
    expect((await session.listen(first?.id)).status).toBe(401);
    const { access_token: token } = (await client.refresh(tokens.refresh_token)).body;
    const resumed = await session.as({ token }).stream(first?.id);
    expect(await methods(resumed, 2)).toEqual(['notifications/resources/updated', changed('tools')]);
    await resumed.drop();
  });
});

describe('a subscription ends', () => {
  test('with the session, in the protocol’s own way', async () => {
    const events = await listen();
    await client.revoke(tokens.refresh_token);
    expect(await events.rest()).toMatchObject([{ id: 'sub', result: { resultType: 'complete' } }]);
    expect((await ask(tokens.access_token, lists)).status).toBe(401);
  });

  test('after eight hours, and no sooner for the token that opened it', async () => {
    const real = setTimeout;
    const long: number[] = [];
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms = 0) => {
      if (ms > 600_000) long.push(ms);
      return real(run, ms === MAX_STREAM_MS ? 50 : ms);
    });
    const [modern, legacy] = [await listen(), await (await McpSessionClient.begin(tokens.access_token)).stream()];
    expect(await modern.rest()).toMatchObject([{ id: 'sub', result: { resultType: 'complete' } }]);
    expect(await legacy.rest()).toEqual([]);
    expect(long).toEqual([MAX_STREAM_MS, MAX_STREAM_MS]);
  });

  test('when its client goes away: it makes room for others', async () => {
    const open = await Promise.all(Array.from({ length: MAX_LISTENERS }, () => listen()));
    const refused = await ask(tokens.access_token, lists);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('16') } });
    await open[0]?.drop();
    await until(async () => {
      const another = await ask(tokens.access_token, lists);
      await another.body?.cancel();
      assert(another.status === 200);
    });
    for (const events of open.slice(1)) await events.drop();
  });

  test('at once, when it is for nothing that changes; and it holds no connection', async () => {
    for (const filter of [{}, { toolsListChanged: false }])
      for (let times = 0; times <= MAX_LISTENERS; times += 1) {
        const text = await (await ask(tokens.access_token, filter)).text();
        expect(text).toContain('"resultType":"complete"');
      }
    for (let times = 0; times <= MAX_LISTENERS; times += 1)
      expect(await (await ask(tokens.access_token, [])).text()).toContain('-32602');
  });
});

test('a 17th session that listens takes the place of the first, whose stream ends', async () => {
  const sessions = await Promise.all(
    Array.from({ length: MAX_LISTENERS + 1 }, () => McpSessionClient.begin(tokens.access_token)),
  );
  const streams: EventReader[] = [];
  for (const session of sessions) streams.push(await session.stream());
  expect(await streams[0]?.rest()).toEqual([]);
  await sessionAt(env, sessionId).publish([{ kind: 'tools' }]);
  for (const stream of streams.slice(1)) expect(await methods(stream, 1)).toEqual([changed('tools')]);
  for (const stream of streams.slice(1)) await stream.drop();
});
