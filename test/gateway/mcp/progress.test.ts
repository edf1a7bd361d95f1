// What is said while a call runs: progress and log messages for those who asked for them, and a stop that reaches the
// upstream when the client goes away. On the 2025 wire this takes a session; test/unit/mcp/protocol/server.test.ts.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { path } from '../../../src/define/api';
import type { InteractiveToolContext } from '../../../src/define/tool';
import { modernMeta } from '../../support/envelope';
import { serve, tool } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { legacyMcp, mcp } from '../../support/mcp-client';
import { gateway } from '../../support/oauth-client';
import { recordedEvent } from '../../support/records';
import { World } from '../../support/world';

let world: World;
let token: string;
let sessionId: string;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  const signedIn = await world.signIn('ada@acme.example', { scope: 'items:read' });
  ({ sessionId } = signedIn);
  token = signedIn.tokens.access_token;
});

function serveWork(work: (context: InteractiveToolContext) => Promise<void>): void {
  const run = async (_input: object, context: InteractiveToolContext) => {
    await work(context);
    return { structured: {}, markdown: 'done' };
  };
  serve({ tools: [tool({ name: 'work', interactive: true, upstream: 'default', run })] });
}

const params = (meta: Record<string, unknown> = {}) => ({ name: 'work', arguments: {}, _meta: meta });

describe('progress', () => {
  const steps = async ({ progress }: InteractiveToolContext): Promise<void> => {
    await progress(1, 4, 'one');
    await progress(1, 4, 'one again');
    await progress(0.5);
    await progress(Number.NaN);
    await progress(3, 4);
  };

  test('reaches the caller who gave a token for it, each number greater than the last', async () => {
    serveWork(steps);
    const { headers, messages } = await mcp(token, 'tools/call', params({ progressToken: 'p1' }));
    expect(headers.get('Content-Type')).toContain('text/event-stream');
    expect(messages.slice(0, -1)).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 'p1', progress: 1, total: 4, message: 'one' } },
      { method: 'notifications/progress', params: { progressToken: 'p1', progress: 3, total: 4 } },
    ]);
    expect(messages.at(-1)).toMatchObject({ id: 1, result: { content: [{ text: 'done' }] } });
  });

  test('is sent to nobody else, who gets plain JSON', async () => {
    serveWork(steps);
    for (const send of [mcp, legacyMcp]) {
      const { headers, messages } = await send(token, 'tools/call', { name: 'work', arguments: {} });
      expect(headers.get('Content-Type')).toContain('application/json');
      expect(messages).toHaveLength(1);
    }
  });
});

describe('log messages, in revision 2026-07-28', () => {
  const talk = async ({ log }: InteractiveToolContext): Promise<void> => {
    await log('debug', 'details', 'crm');
    await log('warning', { slow: true }, 'crm');
  };
  const level = (of: string) => params({ 'io.modelcontextprotocol/logLevel': of });

  test('reach the caller who named a level, from that level on', async () => {
    serveWork(talk);
    const { messages } = await mcp(token, 'tools/call', level('info'));
    expect(messages.slice(0, -1)).toMatchObject([
      { method: 'notifications/message', params: { level: 'warning', data: { slow: true }, logger: 'crm' } },
    ]);
    expect((await mcp(token, 'tools/call', level('debug'))).messages).toHaveLength(3);
  });

  test('reach nobody else', async () => {
    serveWork(talk);
    expect((await mcp(token, 'tools/call', params())).messages).toHaveLength(1);
  });
});

test('a client that goes away stops the request to the upstream', async () => {
  const upstream = Promise.withResolvers<Request>();
  world.intercept = (request) => {
    if (!request.url.includes('/v1/items')) return undefined;
    upstream.resolve(request);
    return new Promise((_resolve, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error));
    });
  };
  serveWork(async ({ api }) => void (await api.get(path`/v1/items/${'item_0001'}`, z.any())));
  const client = new AbortController();
  const meta = modernMeta;
  const answer = gateway('/mcp', {
    method: 'POST',
    signal: client.signal,
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 'work',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: params(meta) }),
  });
  const request = await upstream.promise;
  expect(request.signal.aborted).toBe(false);
  client.abort();
  await vi.waitFor(() => expect(request.signal.aborted).toBe(true));
  await answer.catch(() => undefined);
  expect(await recordedEvent(sessionId, { action: 'tool_call', outcome: 'error' })).toMatchObject({
    reason: 'upstream_aborted',
  });
});
