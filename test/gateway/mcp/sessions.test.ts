// Sessions of 2025-era clients: whose they are, what they carry, and how they end.
import { env } from 'cloudflare:workers';
import { assert, beforeEach, describe, expect, test } from 'vitest';
import { sessionAt } from '../../../src/session/stub';
import { MAX_MCP_SESSIONS } from '../../../src/session/limits';
import { legacyMcp } from '../../support/mcp-client';
import { McpSessionClient } from '../../support/mcp-session';
import { objectsIn } from '../../support/objects';
import { sessionIdOf, type OAuthClient, type TokenSet } from '../../support/oauth-client';
import { hold, until } from '../../support/session';
import { World } from '../../support/world';

let world: World;
let client: OAuthClient;
let tokens: TokenSet;
beforeEach(async () => {
  world = await World.begin();
  ({ client, tokens } = await world.signIn());
});

const begin = (capabilities: object = {}, revision?: string) =>
  McpSessionClient.begin(tokens.access_token, capabilities, revision);
const item = { item_id: 'item_0001' };

test.each(['2024-11-05', '2025-06-18', '2025-11-25'])('%s: begins, lists and calls', async (revision) => {
  const session = await begin({}, revision);
  expect(session.id).toMatch(/^[\x21-\x7e]{40,}$/);
  const list = await session.request('tools/list');
  expect(list.body.result.tools.length).toBeGreaterThan(10);
  expect(list.headers.get('Mcp-Session-Id')).toBe(session.id);
  const called = await session.call('get_item', item);
  expect(called.body.result.structuredContent.id).toBe('item_0001');
});

test('a client that ignores its session is served without', async () => {
  await begin();
  const reply = await legacyMcp(tokens.access_token, 'tools/call', { name: 'get_item', arguments: item });
  expect(reply.body.result.structuredContent.id).toBe('item_0001');
  expect(reply.headers.get('Mcp-Session-Id')).toBeNull();
});

describe('a session is of a person with one client', () => {
  test('another user gets 404', async () => {
    const session = await begin();
    const bob = await world.signIn('grace@globex.example');
    for (const answer of [
      session.as({ token: bob.tokens.access_token }).request('tools/list'),
      session.as({ token: bob.tokens.access_token }).listen(),
      session.as({ token: bob.tokens.access_token }).end(),
    ])
      expect((await answer).status).toBe(404);
    expect((await session.request('tools/list')).status).toBe(200);
  });

  test('and so does the same user with another client', async () => {
    const session = await begin();
    const again = await world.signIn();
    const answer = await session.as({ token: again.tokens.access_token }).request('tools/list');
    expect(answer).toMatchObject({ status: 404, body: { error: { message: expect.stringContaining('initialize') } } });
  });

  test('a new sign-in with the same client goes on with it, also when the session before has ended', async () => {
    const session = await begin();
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code') ?? '';
    const again = session.as({ token: (await client.redeem(code)).body.access_token });
    expect((await again.request('tools/list')).status).toBe(200);
    await sessionAt(env, sessionIdOf(tokens)).revoke('test', { requestId: 'test', traceId: 'test' });
    expect((await session.request('tools/list')).status).toBe(401);
    expect((await again.request('tools/list')).status).toBe(200);
  });

  test('a refreshed token goes on with it', async () => {
    const session = await begin();
    tokens = (await client.refresh(tokens.refresh_token)).body;
    expect((await session.as({ token: tokens.access_token }).request('tools/list')).status).toBe(200);
  });

  test('a revoked one is refused at once, with 401', async () => {
    const session = await begin();
    await client.revoke(tokens.refresh_token);
    for (const answer of [session.request('ping'), session.listen(), session.end()])
      expect((await answer).status).toBe(401);
  });
});

test('an invented id is refused without waking an object', async () => {
  const session = await begin();
  const before = (await objectsIn(env.MCP_SESSIONS)).length;
  const [random = '', mac = ''] = session.id.split('.');
  const invented = [
    'left-over',
    '',
    `${random}.${mac.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`,
    `${'A'.repeat(22)}.${mac}`,
  ];
  for (const id of invented.filter(Boolean)) expect((await session.as({ id }).request('ping')).status).toBe(404);
  expect((await objectsIn(env.MCP_SESSIONS)).length).toBe(before);
});

test('DELETE ends it: its id is unknown afterwards, and nothing of it is left', async () => {
  const session = await begin();
  const stream = await session.stream();
  await session.request('tools/list');
  expect((await session.end()).status).toBe(200);
  expect(await stream.rest()).toEqual([]);
  expect((await session.request('tools/list')).status).toBe(404);
  expect((await session.listen()).status).toBe(404);
  expect(await session.probe.stored()).toEqual({ records: [], events: [] });
  expect(await session.probe.alarmAt()).toBeNull();
});

describe('one more than an OAuth session may have', () => {
  test('takes the place of the one that was used least lately, and is itself served', async () => {
    const first = await begin();
    const second = await begin();
    for (let count = 2; count < MAX_MCP_SESSIONS; count += 1) await begin();
    expect((await first.call('get_item', item)).status).toBe(200);
    const another = await begin();
    await until(async () => expect((await second.request('ping')).status).toBe(404));
    for (const session of [first, another]) expect((await session.call('get_item', item)).status).toBe(200);
  });

  test('leaves those that listen, and counts none that has ended, nor those of others', async () => {
    const listening = await begin();
    const stream = await listening.stream();
    const idle = await begin();
    const ended = await begin();
    await ended.end();
    const colleague = await world.signIn('grace@globex.example');
    const theirs = await McpSessionClient.begin(colleague.tokens.access_token);
    for (let count = 2; count < MAX_MCP_SESSIONS; count += 1) await begin();
    expect((await idle.probe.stored()).records).toHaveLength(1);
    await begin();
    await until(async () => expect((await idle.probe.stored()).records).toEqual([]));
    for (const session of [listening, theirs]) expect((await session.request('ping')).status).toBe(200);
    await stream.drop();
  });
});

describe('the protocol', () => {
  test('a revision that nobody knows is refused by name', async () => {
    const session = await begin();
    const other = new McpSessionClient(session.token, session.id, '2031-01-01');
    for (const answer of [other.request('ping'), other.listen()]) expect((await answer).status).toBe(400);
  });

  test('a second initialize on the same session begins another', async () => {
    const session = await begin();
    const answer = await session.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'again', version: '1' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Mcp-Session-Id')).not.toBe(session.id);
    expect((await session.request('ping')).status).toBe(200);
  });

  test('what is no request is taken with 202', async () => {
    const session = await begin();
    expect((await session.notify('notifications/cancelled', { requestId: 99 })).status).toBe(202);
    expect((await session.respond('nobody-asked', {})).status).toBe(202);
  });

  test('an initialize that is too long to be kept is refused', async () => {
    const session = new McpSessionClient(tokens.access_token, '');
    const answer = await session.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: { experimental: { x: { y: 'z'.repeat(40_000) } } },
      clientInfo: { name: 'long', version: '1' },
    });
    expect(answer).toMatchObject({ status: 400, headers: expect.anything() });
    expect(answer.body.error.message).toContain('32768');
  });

  test('an id that is in use is not taken twice', async () => {
    const session = await begin();
    const held = hold(world, '/v1/items/item_0001');
    const first = session.call('get_item', item, 7);
    await held.reached();
    expect((await session.call('get_item', item, 7)).status).toBe(400);
    held.release();
    expect((await first).body.result.structuredContent.id).toBe('item_0001');
  });
});

describe('an answer', () => {
  test('is a 401 challenge when the upstream no longer accepts the user', async () => {
    const session = await begin();
    world.intercept = (request) =>
      new URL(request.url).pathname.startsWith('/v1/') ? new Response(null, { status: 401 }) : undefined;
    const answer = await session.call('get_item', item);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('WWW-Authenticate')).toContain('resource_metadata=');
  });

  test('and 403 beyond the scopes, as without a session', async () => {
    const narrow = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const session = await McpSessionClient.begin(narrow.tokens.access_token);
    expect((await session.call('create_item', {})).status).toBe(403);
  });

  test('of what was cancelled: the upstream request is aborted, and the connection ends', async () => {
    const session = await begin();
    let aborted = false;
    let asked = false;
    world.intercept = (request) => {
      if (new URL(request.url).pathname !== '/v1/items/item_0001') return undefined;
      asked = true;
      return new Promise((_resolve, reject) => {
        request.signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('aborted'));
        });
      });
    };
    const answer = session.call('get_item', item, 5);
    await until(() => assert(asked));
    expect((await session.notify('notifications/cancelled', { requestId: 5 })).status).toBe(202);
    expect((await answer).body.error.message).toContain('cancelled');
    await until(() => assert(aborted));
  });
});

test('a question to the user goes out on the stream of its call, and the answer finds its way back', async () => {
  const session = await begin({ elicitation: {} });
  const answer = await session.call('update_item', { item_id: 'item_0001', notes: 'watch' });
  assert(answer.events);
  const question = await answer.events.message();
  expect(question).toMatchObject({ method: 'elicitation/create' });
  const content = Object.fromEntries(
    Object.entries(question.params.requestedSchema.properties as Record<string, { type: string }>).map(
      ([name, { type }]) => [name, type === 'boolean' ? true : 'yes'],
    ),
  );
  expect((await session.respond(question.id, { action: 'accept', content })).status).toBe(202);
  const result = await answer.events.message();
  expect(result.result.structuredContent).toMatchObject({ id: 'item_0001', notes: 'watch' });
  expect(await answer.events.rest()).toEqual([]);
});
