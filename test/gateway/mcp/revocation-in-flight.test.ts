// What has not left when a revocation was answered does not leave: answers that wait for the upstream, streams, and what
// a run would still send upstream. A quick call costs nobody anything, and a slow one asks the session once more.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { path } from '../../../src/define/api';
import type { InteractiveToolContext, ToolContext } from '../../../src/define/tool';
import { serve, tool } from '../../support/definition';
import { takeDurations, type PassBy } from '../../support/durations';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool, wires, type McpReply } from '../../support/mcp-client';
import { McpSessionClient } from '../../support/mcp-session';
import type { OAuthClient, TokenSet } from '../../support/oauth-client';
import { hold, leave, SessionProbe, stopClock } from '../../support/session';
import { World } from '../../support/world';

const ITEM = '/v1/items/item_0001';
const item = { name: 'get_item', arguments: { item_id: 'item_0001' } };
let world: World;
let logs: Logs;
let client: OAuthClient;
let tokens: TokenSet;
let session: SessionProbe;
let passBy: PassBy;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  stopClock();
  const signedIn = await world.signIn();
  ({ client, tokens } = signedIn);
  session = new SessionProbe(signedIn.sessionId);
  passBy = takeDurations();
});
afterEach(leave);

const revocations = [
  { what: 'the grant', revoke: () => client.revoke(tokens.refresh_token) },
  { what: 'the access token', revoke: () => client.revoke(tokens.access_token) },
];

function expectWithheld({ status, headers, body }: McpReply): void {
  expect(status).toBe(401);
  expect(headers.get('WWW-Authenticate')).toContain('error="invalid_token"');
  expect(JSON.stringify(body)).not.toContain('item_0001');
  expect(logs.of('answer.withheld')).toHaveLength(1);
}

/** How often the session's object is asked again. */
async function countAsked(): Promise<{ readonly times: number }> {
  let times = 0;
  await session.look((_state, instance) => {
    const methods = Object.getPrototypeOf(instance) as { stands: (...input: never[]) => Promise<boolean> };
    const { stands } = methods;
    vi.spyOn(methods, 'stands').mockImplementation(function (this: unknown, ...input) {
      times += 1;
      return Reflect.apply(stands, this, input);
    });
  });
  return {
    get times() {
      return times;
    },
  };
}

describe.each(revocations)('after $what was revoked', ({ revoke }) => {
  test.each(wires)('an answer that waits for the upstream stays here, on $revision', async ({ send }) => {
    const upstream = hold(world, ITEM);
    const call = send(tokens.access_token, 'tools/call', item);
    await upstream.reached();
    expect((await revoke()).status).toBe(200);
    upstream.release();
    expectWithheld(await call);
  });

  test('and that of a read which began early', async () => {
    await callTool(tokens.access_token, 'get_item', item.arguments);
    const upstream = hold(world, ITEM);
    const call = callTool(tokens.access_token, 'get_item', item.arguments);
    await upstream.reached();
    expect((await revoke()).status).toBe(200);
    upstream.release();
    expectWithheld(await call);
  });

  test('and that of a 2025-era session', async () => {
    const mcpSession = await McpSessionClient.begin(tokens.access_token);
    const upstream = hold(world, ITEM);
    const call = mcpSession.call('get_item', item.arguments);
    await upstream.reached();
    expect((await revoke()).status).toBe(200);
    upstream.release();
    const { status, body } = await call;
    expect([status, JSON.stringify(body)]).toEqual([401, expect.not.stringContaining('item_0001')]);
  });

  test('a run sends nothing more upstream', async () => {
    const run = async (_input: object, { api }: ToolContext) => {
      await api.get(path`/v1/items/${'item_0001'}`, z.any());
      await api.post(path`/v1/messages`, z.any(), {});
      return { structured: {}, markdown: 'done' };
    };
    serve({ tools: [tool({ name: 'reads_then_writes', upstream: 'default', run })] });
    const upstream = hold(world, ITEM);
    const call = callTool(tokens.access_token, 'reads_then_writes');
    await upstream.reached();
    expect((await revoke()).status).toBe(200);
    const sent = world.sent.length;
    upstream.release();
    expect((await call).status).toBe(401);
    expect(world.sent.slice(sent)).toEqual([]);
  });

  test('a stream that has begun ends, without the result', async () => {
    const run = async (_input: object, { api, progress }: InteractiveToolContext) => {
      await progress(1, 2, 'begun');
      await api.get(path`/v1/items/${'item_0001'}`, z.any());
      return { structured: {}, markdown: 'secret' };
    };
    serve({ tools: [tool({ name: 'tells', interactive: true, upstream: 'default', run })] });
    const upstream = hold(world, ITEM);
    const call = wires[0]!.send(tokens.access_token, 'tools/call', {
      name: 'tells',
      arguments: {},
      _meta: { progressToken: 1 },
    });
    await upstream.reached();
    expect((await revoke()).status).toBe(200);
    upstream.release();
    const { messages } = await call;
    expect(JSON.stringify(messages)).toContain('begun');
    expect(JSON.stringify(messages)).not.toContain('secret');
  });
});

test('a quick call asks nobody again; a slow one asks once, and is answered', async () => {
  const asked = await countAsked();
  expect((await callTool(tokens.access_token, 'get_item', item.arguments)).status).toBe(200);
  expect(asked.times).toBe(0);
  world.intercept = async (request) => {
    if (new URL(request.url).pathname === ITEM) passBy(750);
    return undefined;
  };
  const { status, body } = await callTool(tokens.access_token, 'get_item', item.arguments);
  expect([status, body.result.structuredContent.id]).toEqual([200, 'item_0001']);
  expect(asked.times).toBe(1);
});

test('an answer is withheld where the session cannot say', async () => {
  await session.look((_state, instance) => {
    const methods = Object.getPrototypeOf(instance) as { stands: () => Promise<boolean> };
    vi.spyOn(methods, 'stands').mockRejectedValue(new Error('unreachable'));
  });
  world.intercept = async (request) => {
    if (new URL(request.url).pathname === ITEM) passBy(750);
    return undefined;
  };
  const { status, body } = await callTool(tokens.access_token, 'get_item', item.arguments);
  expect([status, JSON.stringify(body)]).toEqual([503, expect.not.stringContaining('item_0001')]);
});

test('revocation is answered at once where no call is under way', async () => {
  await callTool(tokens.access_token, 'get_item', item.arguments);
  await session.answered();
  const before = performance.now();
  passBy(0);
  expect((await client.revoke(tokens.refresh_token)).status).toBe(200);
  expect(performance.now() - before).toBeLessThan(750);
});
