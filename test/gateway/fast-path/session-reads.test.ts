// Reads in a session of the 2025 era (writes and lists: session-writes.test.ts): a request of a shape that its object has accepted a moment ago is answered
// without the object (src/mcp/fast-path/). The same answers, the same ends on record, and no less of what a session promises.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, assert, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest';
import type { AnyTool, NonInteractiveTool } from '../../../src/define/tool';
import { Run } from '../../../src/mcp/fast-path/run';
import { SESSION_MS } from '../../../src/mcp/fast-path/shape-cache';
import { product } from '../../product/definition';
import { definitionOf, tool } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { McpSessionClient, type SessionReply } from '../../support/mcp-session';
import { useGateway, type OAuthClient, type TokenSet, sessionIdOf } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { auditRows, leave, pass, SessionProbe, stopClock, until } from '../../support/session';
import { World } from '../../support/world';
import { goodArguments } from './ways';

const item = { item_id: 'item_0001' };
let world: World;
let client: OAuthClient;
let tokens: TokenSet;
let session: McpSessionClient;
/** What the session's object was asked to serve. */
let object: MockInstance;

beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  stopClock();
  ({ client, tokens } = await world.signIn());
  session = await begin();
});
afterEach(() => leave());

async function begin(
  capabilities: object = {},
  token = tokens.access_token,
  clientName?: string,
): Promise<McpSessionClient> {
  const begun = await McpSessionClient.begin(token, capabilities, undefined, clientName);
  const stub = env.MCP_SESSIONS.get(env.MCP_SESSIONS.idFromName(begun.id));
  await runInDurableObject(stub, (instance) => {
    object = vi.spyOn(Object.getPrototypeOf(instance) as { fetch: () => unknown }, 'fetch');
  });
  return begun;
}

type Way = 'object' | 'edge';

async function sent(send: () => Promise<SessionReply>): Promise<{ way: Way; reply: SessionReply }> {
  object.mockClear();
  const reply = await send();
  return { way: object.mock.calls.length > 0 ? 'object' : 'edge', reply };
}
const read = (of = session) => sent(() => of.call('get_item', item));

const comparable = ({ status, headers, body }: SessionReply) => {
  const requestId = headers.get('X-Request-Id') ?? 'none';
  return {
    status,
    headers: [...headers].filter(([name]) => name !== 'x-request-id'),
    body: JSON.parse(JSON.stringify(body).replaceAll(requestId, 'request-id')) as unknown,
  };
};

const done = { structured: {}, markdown: 'done' };

/** A session of a gateway that has this tool, and one more by which the shape of calls is known. */
async function served(own: AnyTool, clientName?: string): Promise<McpSessionClient> {
  useGateway(otherGateway({}, definitionOf({ tools: [own, tool({ name: 'rest' })] })));
  const begun = await begin({}, tokens.access_token, clientName);
  await begun.call('rest');
  return begun;
}

/** The same as {@link sent} for {@link served}, whose objects are of a class of their own. */
async function sentToServed(send: () => Promise<SessionReply>): Promise<{ way: Way; reply: SessionReply }> {
  const runs = vi.spyOn(Run.prototype, 'finished');
  runs.mockClear();
  const reply = await send();
  return { way: runs.mock.calls.length > 0 ? 'edge' : 'object', reply };
}

/** Sends the same call twice. @returns the second answer, once it was found to be the first one */
async function twice(name: string, args: object, of = session): Promise<{ way: Way; reply: SessionReply }> {
  const first = await sent(() => of.call(name, args, 1));
  expect([name, first.way]).toEqual([name, 'object']);
  const second = await sent(() => of.call(name, args, 1));
  expect(comparable(second.reply), name).toEqual(comparable(first.reply));
  return second;
}

describe('the same answers', () => {
  // An image and progress are the object's.
  const others = new Set(['get_picture', 'slow_count']);
  const onlyReads = product.tools.filter(({ name, hints }) => hints.readOnlyHint && !others.has(name));

  test('for every tool that only reads, each call with its end on record', { timeout: 60_000 }, async () => {
    expect(onlyReads.length).toBeGreaterThan(5);
    for (const { name, description } of onlyReads) {
      session = await begin();
      expect(await twice(name, goodArguments(description))).toMatchObject({
        way: 'edge',
        reply: { status: 200 },
      });
    }
    const probe = new SessionProbe(sessionIdOf(tokens));
    await probe.answered();
    while (await probe.nextAlarm());
    const calls = await auditRows('tool_call');
    expect(calls).toHaveLength(2 * onlyReads.length);
    expect(new Set(calls.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
  });

  test('for arguments that are wrong, and for records that are not there', async () => {
    expect(await twice('get_item', { item_id: 7 })).toMatchObject({ way: 'edge' });
    session = await begin();
    const missing = await twice('get_item', { item_id: 'item_9999' });
    expect(missing).toMatchObject({ way: 'edge', reply: { body: { result: { isError: true } } } });
  });

  test('for an upstream that fails, and one that no longer accepts the user', async () => {
    world.intercept = ({ url }) =>
      new URL(url).pathname.startsWith('/v1/') ? new Response('{}', { status: 500 }) : undefined;
    expect(await twice('get_item', item)).toMatchObject({ way: 'edge' });
    world.intercept = undefined;

    const refused = async (warm: boolean) => {
      const again = await world.signIn();
      const own = await begin({}, again.tokens.access_token);
      if (warm) await read(own);
      world.backend.set({ fail: { path: '/v1', status: 401, times: 2 } });
      return sent(() => own.call('get_item', item, 1));
    };
    const [long, short] = [await refused(false), await refused(true)];
    expect([long.way, short.way]).toEqual(['object', 'edge']);
    const { headers: own, ...rest } = comparable(short.reply);
    const { headers, ...longRest } = comparable(long.reply);
    const ofNoSession = (all: typeof headers) => all.filter(([name]) => name !== 'mcp-session-id');
    expect([rest, ofNoSession(own)]).toEqual([longRest, ofNoSession(headers)]);
    expect(short.reply.status).toBe(401);
    expect(short.reply.headers.get('WWW-Authenticate')).toContain('resource_metadata=');
  });

  test('which say nothing of what object and edge tell each other', async () => {
    const { reply } = await read();
    expect([...reply.headers.keys()]).not.toContain('x-session-client');
    expect(reply.headers.get('Mcp-Session-Id')).toBe(session.id);
  });
});

describe('what goes to the object all the same', () => {
  beforeEach(async () => {
    await read();
    assert((await read()).way === 'edge');
  });
  test('a write that the user confirms', async () => {
    const change = { item_id: 'item_0001', name: 'Another name' };
    for (const time of ['first', 'second'])
      expect([time, (await sent(() => session.call('update_item', change))).way]).toEqual([time, 'object']);
  });

  test('other methods, other lists among them', async () => {
    for (const method of ['prompts/list', 'prompts/list', 'ping', 'ping'])
      expect([method, (await sent(() => session.request(method))).way]).toEqual([method, 'object']);
  });

  test('a list with a cursor', async () => {
    for (const time of ['first', 'second'])
      expect([time, (await sent(() => session.request('tools/list', { cursor: 'x' }))).way]).toEqual([time, 'object']);
  });

  test('a call that asks to be told how it goes, of a tool that tells', async () => {
    const own = await served(
      tool({ name: 'work', interactive: true, run: async (_input, { progress }) => (await progress(1), done) }),
    );
    const params = { name: 'work', arguments: {}, _meta: { progressToken: 1 } };
    for (const time of ['first', 'second'])
      expect([time, (await sentToServed(() => own.request('tools/call', params))).way]).toEqual([time, 'object']);
  });

  test('nothing that its client no longer waits for: such a read is given up, and its intent stays on record', async () => {
    let aborted: boolean | undefined;
    world.intercept = ({ url, signal }) => {
      if (!url.includes('/v1/items/')) return undefined;
      aborted = false;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('aborted'));
        });
      });
    };
    const gone = new AbortController();
    const answer = session.call('get_item', item, 5, gone.signal).catch(() => 'lost');
    await until(() => assert(aborted === false));
    const last = async () => (await new SessionProbe(sessionIdOf(tokens)).outbox()).at(-1)?.event;
    let intent: Awaited<ReturnType<typeof last>>;
    await until(async () => {
      intent = await last();
      expect(intent).toMatchObject({ tool: 'get_item', outcome: 'unknown' });
    });
    gone.abort();
    expect(await answer).toBe('lost');
    await until(() => assert(aborted));
    // `error` once the gateway had the time to say how it ended.
    expect(await last()).toMatchObject({
      eventId: intent?.eventId,
      outcome: expect.stringMatching(/^(unknown|error)$/),
    });
  });

  test('a request that is put in another way, which the protocol may refuse', async () => {
    const odd = new McpSessionClient(tokens.access_token, session.id, '1999-01-01');
    expect(await read(odd)).toMatchObject({ way: 'object', reply: { status: 400 } });
    expect(await read(odd)).toMatchObject({ way: 'object', reply: { status: 400 } });
  });

  test('an interactive tool, which may be cancelled there and kept alive by a stream', async () => {
    const own = await served(tool({ name: 'work', interactive: true }));
    for (const time of ['first', 'second'])
      expect([time, (await sentToServed(() => own.call('work'))).way]).toEqual([time, 'object']);
  });

  test('the first call in a minute, by which the object learns that it is used', async () => {
    pass(SESSION_MS - 1);
    expect((await read()).way).toBe('edge');
    pass(1);
    expect((await read()).way).toBe('object');
    expect((await read()).way).toBe('edge');
  });
});

describe('whose session it is, and whether it is one', () => {
  beforeEach(async () => {
    await read();
    assert((await read()).way === 'edge');
  });

  test('another user gets 404, and so does another client of the same user', async () => {
    const grace = await world.signIn('grace@globex.example');
    const other = await world.signIn();
    for (const { tokens: theirs } of [grace, other]) {
      const { reply } = await read(session.as({ token: theirs.access_token }));
      expect(reply.status).toBe(404);
    }
    expect((await read()).way).toBe('edge');
  });

  test('a token that is revoked, or of nobody, gets 401', async () => {
    expect((await read(session.as({ token: 'invented' }))).reply.status).toBe(401);
    await client.revoke(tokens.refresh_token);
    expect((await read()).reply.status).toBe(401);
  });

  test('a new sign-in asks the object, which follows it from then on', async () => {
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code') ?? '';
    const again = session.as({ token: (await client.redeem(code)).body.access_token });
    expect(await read(again)).toMatchObject({ way: 'object', reply: { status: 200 } });
    expect(await read(again)).toMatchObject({ way: 'edge', reply: { status: 200 } });
    expect(await read()).toMatchObject({ way: 'object', reply: { status: 200 } });
  });

  test('a session that its client has ended is gone', async () => {
    expect((await session.end()).status).toBe(200);
    expect((await read()).reply.status).toBe(404);
  });

  test('one that ended elsewhere is gone a minute later at most', async () => {
    const stub = env.MCP_SESSIONS.get(env.MCP_SESSIONS.idFromName(session.id));
    await runInDurableObject(stub, (_instance, { storage }) => storage.deleteAll());
    expect(await read()).toMatchObject({ way: 'edge', reply: { status: 200 } });
    pass(SESSION_MS);
    expect(await read()).toMatchObject({ way: 'object', reply: { status: 404 } });
    expect((await read()).reply.status).toBe(404);
  });

  test('a call beyond the scopes gets 403', async () => {
    const narrow = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const own = await begin({}, narrow.tokens.access_token);
    for (let count = 0; count < 3; count += 1) await read(own);
    expect((await sent(() => own.call('search_notes', {}))).reply.status).toBe(403);
  });
});

describe('a read that needs nothing of the object', () => {
  test('is one of a slow upstream: it is answered, and so is the next one', async () => {
    await read();
    world.intercept = async ({ url }) => {
      if (new URL(url).pathname.startsWith('/v1/items/')) await new Promise((resolve) => setTimeout(resolve, 1_100));
      return undefined;
    };
    for (const time of ['first', 'second'])
      expect([time, await read()]).toMatchObject([time, { way: 'edge', reply: { status: 200 } }]);
  });

  test('is one that asks to be told how it goes, of a tool that tells nothing', async () => {
    const params = { name: 'get_item', arguments: item, _meta: { progressToken: 1 } };
    await sent(() => session.request('tools/call', params));
    expect(await sent(() => session.request('tools/call', params))).toMatchObject({
      way: 'edge',
      reply: { status: 200, body: { result: { structuredContent: { id: 'item_0001' } } } },
    });
  });

  test('is one that answers with an image: it runs once, and the SDK writes its finished result', async () => {
    const runs = vi.fn<NonInteractiveTool['run']>(async () => ({
      ...done,
      content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }],
    }));
    const own = await served(tool({ name: 'work', run: runs }));
    pass(SESSION_MS);
    const first = await sentToServed(() => own.call('work', {}, 7));
    expect(first).toMatchObject({ way: 'object', reply: { status: 200 } });
    const second = await sentToServed(() => own.call('work', {}, 7));
    expect(second.way).toBe('edge');
    expect(comparable(second.reply)).toEqual(comparable(first.reply));
    expect(runs).toHaveBeenCalledTimes(2);
    const probe = new SessionProbe(sessionIdOf(tokens));
    await probe.answered();
    const ends = (await probe.outbox()).filter(({ event }) => event.tool === 'work');
    expect(ends.map(({ event }) => event.outcome)).toEqual(['success', 'success']);
  });

  test('gets as long an answer as its client takes, by the name that it gave when the session began', async () => {
    const own = await served(
      tool({ name: 'work', run: async () => ({ structured: {}, markdown: 'x'.repeat(120_000) }) }),
      'claude-ai',
    );
    pass(SESSION_MS);
    const first = await sentToServed(() => own.call('work', {}, 7));
    const second = await sentToServed(() => own.call('work', {}, 7));
    expect([first.way, second.way]).toEqual(['object', 'edge']);
    expect(comparable(second.reply)).toEqual(comparable(first.reply));
    expect(JSON.stringify(second.reply.body).length).toBeGreaterThan(120_000);
  });
});
