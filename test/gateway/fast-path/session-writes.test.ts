// Writes and lists of tools in a session of the 2025 era that are answered without its object, as reads are
// (session-reads.test.ts). A write happens once, and to its end; a list is the one that is allowed.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, assert, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest';
import { catchLogs } from '../../support/logs';
import { McpSessionClient, type SessionReply } from '../../support/mcp-session';
import { sessionIdOf, type OAuthClient, type TokenSet } from '../../support/oauth-client';
import { leave, SessionProbe, stopClock, until } from '../../support/session';
import { World } from '../../support/world';

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
  session = await McpSessionClient.begin(tokens.access_token);
  const stub = env.MCP_SESSIONS.get(env.MCP_SESSIONS.idFromName(session.id));
  await runInDurableObject(stub, (instance) => {
    object = vi.spyOn(Object.getPrototypeOf(instance) as { fetch: () => unknown }, 'fetch');
  });
});
afterEach(() => leave());

async function sent(send: () => Promise<SessionReply>): Promise<{ way: 'object' | 'edge'; reply: SessionReply }> {
  object.mockClear();
  const reply = await send();
  return { way: object.mock.calls.length > 0 ? 'object' : 'edge', reply };
}

const comparable = ({ status, headers, body }: SessionReply) => ({
  status,
  headers: [...headers].filter(([name]) => name !== 'x-request-id'),
  body: body as unknown,
});

describe('a write that nobody has to confirm', () => {
  const input = { name: 'Notes on the Engine', kind: 'book' };
  const write = (gone?: AbortSignal) => sent(() => session.call('create_item', input, undefined, gone));
  const written = () => world.sent.filter((line) => line.startsWith('POST') && line.endsWith('/v1/items')).length;

  test('is made once each time, with its end on record', async () => {
    expect(await write()).toMatchObject({ way: 'object', reply: { status: 200 } });
    expect(await write()).toMatchObject({ way: 'edge', reply: { status: 200 } });
    expect(written()).toBe(2);
    const probe = new SessionProbe(sessionIdOf(tokens));
    await probe.answered();
    const ends = (await probe.outbox()).filter(({ event }) => event.tool === 'create_item');
    expect(ends.map(({ event }) => event.outcome)).toEqual(['success', 'success']);
  });

  test('is made to its end when its client is gone (MCP “Sending Messages to the Server”)', async () => {
    await write();
    const held = Promise.withResolvers<void>();
    let signal: AbortSignal | undefined;
    world.intercept = async (request) => {
      if (request.method !== 'POST' || !request.url.endsWith('/v1/items')) return undefined;
      ({ signal } = request);
      await held.promise;
      return undefined;
    };
    const gone = new AbortController();
    const answer = write(gone.signal).catch(() => 'lost');
    await until(() => assert(signal !== undefined));
    gone.abort();
    expect(await answer).toBe('lost');
    expect(signal?.aborted).toBe(false);
    held.resolve();
    const probe = new SessionProbe(sessionIdOf(tokens));
    await until(async () => {
      const [last] = (await probe.outbox()).slice(-1);
      expect(last?.event).toMatchObject({ tool: 'create_item', outcome: 'success' });
    });
  });

  test('waits for the yes, and is not made after a no', async () => {
    await write();
    await client.revoke(tokens.refresh_token);
    const before = written();
    expect((await write()).reply.status).toBe(401);
    expect(written()).toBe(before);
  });
});

describe('a list of tools', () => {
  const list = (of = session) => sent(() => of.request('tools/list', {}, 1));

  test('is the same as the object’s', async () => {
    const first = await list();
    const second = await list();
    expect([first.way, second.way]).toEqual(['object', 'edge']);
    expect(comparable(second.reply)).toEqual(comparable(first.reply));
  });

  test('goes by the object again where it is another than before, and is what is allowed then', async () => {
    const names = ({ reply }: Awaited<ReturnType<typeof list>>) =>
      (reply.body.result.tools as { name: string }[]).map(({ name }) => name);
    await list();
    expect(names(await list())).toContain('create_item');
    const { intercept } = world;
    world.intercept = async (request) => {
      if (!new URL(request.url).pathname.startsWith('/auth/')) return intercept?.(request);
      const answer = await world.neighbour(request);
      return Response.json({ ...(await answer.json<object>()), scopes: ['profile:read', 'items:read'] });
    };
    const { access_token: token } = (await client.refresh(tokens.refresh_token)).body;
    world.intercept = intercept;
    const narrowed = await list(session.as({ token }));
    expect(narrowed.way).toBe('object');
    expect(names(narrowed)).not.toContain('create_item');
    const again = await list(session.as({ token }));
    expect([again.way, names(again)]).toEqual(['edge', names(narrowed)]);
  });

  test('of a session that has ended, or of somebody else’s, is 404', async () => {
    await list();
    const other = await world.signIn();
    expect((await list(session.as({ token: other.tokens.access_token }))).reply.status).toBe(404);
    expect((await session.end()).status).toBe(200);
    expect((await list()).reply.status).toBe(404);
  });
});
