// What a read that begins early (early-read.test.ts) may not do before its session's object has said yes: anything that
// changes something, or asks the session for more. And what becomes of it when the client or the object goes away.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { path } from '../../../src/define/api';
import type { NonInteractiveTool, ToolContext } from '../../../src/define/tool';
import type { AuthorizeResult } from '../../../src/session/stub';
import { modernMeta } from '../../support/envelope';
import { hints, serve, tool } from '../../support/definition';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool, mcp, type McpReply } from '../../support/mcp-client';
import { gateway } from '../../support/oauth-client';
import { auditRows, leave, SessionProbe, stopClock } from '../../support/session';
import { aWhile, Timeline } from '../../support/timeline';
import { World } from '../../support/world';

const READ = 'GET /v1/items/item_0001';
const unhandled = vi.fn<(event: Event) => void>();
let world: World;
let logs: Logs;
let token: string;
let session: SessionProbe;
let timeline: Timeline;

beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  stopClock();
  const { sessionId, tokens } = await world.signIn();
  token = tokens.access_token;
  session = new SessionProbe(sessionId);
  timeline = await Timeline.watch(world, session);
  unhandled.mockReset();
  addEventListener('unhandledrejection', unhandled);
});
afterEach(async () => {
  await leave();
  removeEventListener('unhandledrejection', unhandled);
  expectQuiet();
});

function expectQuiet(): void {
  expect(unhandled).not.toHaveBeenCalled();
  expect(logs.text()).not.toContain(token);
  expect(timeline.secretsIn(logs.text())).toEqual([]);
}

const readLead = ({ api }: ToolContext) => api.get(path`/v1/items/${'item_0001'}`, z.any());
const done = { structured: {}, markdown: 'done' };

/** Serves a tool that claims to read only, beside one that does, and makes the isolate know the caller. */
async function serveWarm(given: Partial<NonInteractiveTool>): Promise<void> {
  const reads = tool({
    name: 'reads',
    upstream: 'default',
    run: async (_input, context) => {
      await readLead(context);
      return done;
    },
  });
  serve({ tools: [reads, tool({ name: 'probe', upstream: 'default', ...given })] });
  expect((await callTool(token, 'reads')).status).toBe(200);
  timeline.begin();
}

const probe = (): Promise<McpReply> => callTool(token, 'probe');

/** The object takes its time, and then says yes or no. */
function say(answer: 'yes' | 'no'): void {
  timeline.object = async (decide) => {
    const result = await decide();
    await aWhile();
    return answer === 'yes' ? result : ({ kind: 'refused', reason: 'test' } satisfies AuthorizeResult);
  };
}

describe('what is no read waits from its first request on', () => {
  test.each<[string, Partial<NonInteractiveTool>]>([
    ['it does not claim to be one', { hints: { ...hints, readOnlyHint: false } }],
    [
      'the user is asked to confirm it',
      {
        confirm: {
          message: async (_input, context) => {
            await readLead(context);
            return undefined;
          },
          otherwise: 'proceed',
        },
      },
    ],
  ])('%s', async (_name, given) => {
    await serveWarm({
      ...given,
      run: async (_input, context) => {
        await readLead(context);
        return done;
      },
    });
    say('no');
    expect((await probe()).status).toBe(401);
    await aWhile();
    expect(timeline.events).toEqual(['asked', 'refused']);
    timeline.begin();
    say('yes');
    expect((await probe()).status).toBe(200);
    expect(timeline.events.slice(0, 3)).toEqual(['asked', 'granted', READ]);
  });

  test('Shelf adds an item once, and not before the yes', async () => {
    const { create, add } = {
      create: 'POST /v1/items',
      add: () =>
        callTool(token, 'create_item', {
          name: 'Hooli',
          kind: 'book',
        }),
    };
    await callTool(token, 'get_item', { item_id: 'item_0001' });
    timeline.begin();
    say('no');
    expect((await add()).status).toBe(401);
    expect(timeline.events).toEqual(['asked', 'refused']);
    timeline.begin();
    say('yes');
    expect((await add()).status).toBe(200);
    expect(timeline.events).toEqual(['asked', 'granted', create, 'upstream 201']);
  });

  test('a request of another method than tools/call', async () => {
    await serveWarm({});
    say('yes');
    expect((await mcp(token, 'tools/list')).status).toBe(200);
    expect(timeline.events).toEqual(['asked', 'granted']);
  });
});

describe('a tool that claims to read only reads at once, and waits with', () => {
  const writes: [string, string, (context: ToolContext) => Promise<unknown>][] = [
    ['a POST', 'POST /v1/items', ({ api }) => api.post(path`/v1/items`, z.any(), {})],
    ['a PATCH', 'PATCH /v1/items/item_0002', ({ api }) => api.patch(path`/v1/items/${'item_0002'}`, z.any(), {})],
  ];
  const serveWriter = (write: (context: ToolContext) => Promise<unknown>): Promise<void> => {
    timeline.upstream = () => Response.json({});
    return serveWarm({
      run: async (_input, context) => {
        await Promise.all([readLead(context), write(context)]);
        return done;
      },
    });
  };

  test.each(writes)('%s, till the yes', async (_name, request, write) => {
    await serveWriter(write);
    say('yes');
    expect((await probe()).status).toBe(200);
    expect(timeline.inOrder(READ, 'granted', request)).toBe(true);
    expect(timeline.events.filter((event) => event === request)).toHaveLength(1);
  });

  test.each(writes)('%s, for ever after a no', async (_name, request, write) => {
    await serveWriter(write);
    say('no');
    expect((await probe()).status).toBe(401);
    await aWhile();
    expect(timeline.events).toContain(READ);
    expect(timeline.events).not.toContain(request);
  });

  test.each(writes)('%s, which is sent once where the grant has changed', async (_name, request, write) => {
    await serveWriter(write);
    timeline.object = async (decide) => {
      const result = await decide();
      await timeline.happens(READ);
      return result.kind === 'granted' ? { ...result, caller: { ...result.caller, email: 'x@acme.example' } } : result;
    };
    expect((await probe()).status).toBe(200);
    await aWhile();
    expect(timeline.events.filter((event) => event === READ)).toHaveLength(2);
    expect(timeline.events.filter((event) => event === request)).toHaveLength(1);
  });

  const serveRefused = async (): Promise<void> => {
    await serveWarm({
      run: async (_input, context) => {
        await readLead(context);
        return done;
      },
    });
    world.backend.set({ revoke_access_tokens: true });
  };

  test('a renewal, till the yes', async () => {
    await serveRefused();
    say('yes');
    expect((await probe()).status).toBe(200);
    expect(timeline.inOrder(READ, 'upstream 401', 'granted', 'renew', 'upstream 200')).toBe(true);
  });

  test('a renewal, for ever after a no', async () => {
    await serveRefused();
    say('no');
    expect((await probe()).status).toBe(401);
    await aWhile();
    expect(timeline.events).toContain('upstream 401');
    expect(timeline.events).not.toContain('renew');
  });

  const changes = { run: async () => ({ ...done, changed: [{ kind: 'tools' as const }] }) };

  test('what it tells those who listen, till the yes', async () => {
    await serveWarm(changes);
    say('yes');
    expect((await probe()).status).toBe(200);
    expect(timeline.events).toEqual(['asked', 'granted', 'publish']);
  });

  test('what it tells those who listen, for ever after a no', async () => {
    await serveWarm(changes);
    say('no');
    expect((await probe()).status).toBe(401);
    await aWhile();
    expect(timeline.events).toEqual(['asked', 'refused']);
  });
});

describe('a read under way is given up', () => {
  /** The upstream answers nobody. */
  const hang = ({ signal }: Request): Promise<Response> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));
  const run: NonInteractiveTool['run'] = async (_input, context) => {
    await readLead(context);
    return done;
  };

  test('when the object says no', async () => {
    await serveWarm({ run });
    timeline.upstream = hang;
    say('no');
    expect((await probe()).status).toBe(401);
    expect(timeline.requests.map(({ signal }) => signal.aborted)).toEqual([true]);
    // No failure of the upstream's, which an operator would have to look at: no line at all.
    await aWhile();
    expect(logs.of('tool.upstream_failed')).toEqual([]);
  });

  test('when the object can’t be asked; the client is to come back, and the next read takes the long way', async () => {
    await serveWarm({ run });
    timeline.upstream = hang;
    timeline.object = async () => {
      await timeline.happens(READ);
      throw new Error('the object is unreachable');
    };
    const reply = await probe();
    expect(reply.status).toBe(503);
    expect(reply.body?.result).toBeUndefined();
    expect(timeline.requests.map(({ signal }) => signal.aborted)).toEqual([true]);
    expect(logs.of('session.authorize_failed')).toHaveLength(1);
    await aWhile();

    timeline.begin();
    timeline.upstream = () => undefined;
    say('yes');
    expect((await probe()).status).toBe(200);
    expect(timeline.events).toEqual(['asked', 'granted', READ, 'upstream 200']);
    await session.nextAlarm();
    expect((await auditRows('tool_call')).map(({ outcome }) => outcome)).toEqual(['success', 'success']);
  });

  test.each(['before', 'after'])('when the client goes away %s the object has answered', async (when) => {
    await serveWarm({ run });
    timeline.upstream = hang;
    const yes = Promise.withResolvers<void>();
    if (when === 'after') yes.resolve();
    timeline.object = async (decide) => {
      const result = await decide();
      await yes.promise;
      return result;
    };
    const client = new AbortController();
    const answer = gateway('/mcp', {
      method: 'POST',
      signal: client.signal,
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'MCP-Protocol-Version': '2026-07-28',
        'Mcp-Method': 'tools/call',
        'Mcp-Name': 'probe',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: 'probe',
          arguments: {},
          _meta: modernMeta,
        },
      }),
    }).catch(() => undefined);
    await timeline.happens(READ);
    await timeline.happens(when === 'after' ? 'granted' : 'asked');
    client.abort();
    await vi.waitFor(() => expect(timeline.requests[0]?.signal.aborted).toBe(true));
    yes.resolve();
    await answer;
    await session.nextAlarm();
    const [, row] = await auditRows('tool_call');
    expect(row).toMatchObject({ outcome: 'error', reason: 'upstream_aborted' });
  });
});
