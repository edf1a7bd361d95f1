// Parameters of the wrong type, on every method and every wire: -32602 with the field's name (JSON-RPC §5.1), and nothing
// of a validator's output. What is optional may be null.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { legacyMcp, mcp, type McpReply } from '../../support/mcp-client';
import { McpSessionClient } from '../../support/mcp-session';
import { gateway } from '../../support/oauth-client';
import { World } from '../../support/world';

type Reply = Pick<McpReply, 'status' | 'body'>;
type Send = (method: string, params: Record<string, unknown>) => Promise<Reply>;

let world: World;
let token: string;
let session: McpSessionClient;
beforeAll(async () => {
  world = await World.begin();
  token = (await world.signIn('ada@acme.example')).tokens.access_token;
  session = await McpSessionClient.begin(token);
});
beforeEach(() => {
  world.sent.length = 0;
});

const everywhere: [method: string, params: Record<string, unknown>, field: string][] = [
  ['tools/list', { cursor: 5 }, 'cursor'],
  ['tools/call', { name: 5 }, 'name'],
  ['tools/call', {}, 'name'],
  ['tools/call', { name: 'whoami', arguments: 'x' }, 'arguments'],
  ['tools/call', { name: 'whoami', arguments: [] }, 'arguments'],
  ['prompts/list', { cursor: false }, 'cursor'],
  ['prompts/get', { name: 5 }, 'name'],
  ['prompts/get', { name: null }, 'name'],
  ['prompts/get', { name: 'read_notes', arguments: { status: 5 } }, 'arguments.status'],
  ['prompts/get', { name: 'read_notes', arguments: 'open' }, 'arguments'],
  ['resources/list', { cursor: {} }, 'cursor'],
  ['resources/templates/list', { cursor: [] }, 'cursor'],
  ['resources/read', { uri: 5 }, 'uri'],
  ['resources/read', {}, 'uri'],
  ['completion/complete', { ref: 5, argument: { name: 'a', value: 'b' } }, 'ref'],
  ['completion/complete', { ref: { type: 'ref/x' }, argument: { name: 'a', value: 'b' } }, 'ref'],
  [
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'read_notes' }, argument: { name: 'status', value: 5 } },
    'argument.value',
  ],
];
const inSessions: typeof everywhere = [
  ['resources/subscribe', { uri: 5 }, 'uri'],
  ['resources/unsubscribe', {}, 'uri'],
  ['logging/setLevel', { level: 'loud' }, 'level'],
  ['initialize', { protocolVersion: 5, capabilities: {}, clientInfo: { name: 'n', version: '1' } }, 'protocolVersion'],
];

const wires: [name: string, send: Send, cases: typeof everywhere][] = [
  ['2026-07-28', (method, params) => mcp(token, method, params), everywhere],
  ['2025-11-25', (method, params) => legacyMcp(token, method, params), everywhere],
  ['2025-11-25, in a session', (method, params) => session.request(method, params), [...everywhere, ...inSessions]],
];

describe.each(wires)('%s', (_name, send, cases) => {
  test.each(cases)('%s %j: the field %s is named', async (method, params, field) => {
    const { body } = await send(method, params);
    expect(body.error.code).toBe(-32602);
    expect(body.error.message).toMatch(
      new RegExp(`^Invalid parameters of ${method}: ${field.replace('.', '\\.')}: [^{}]+$`),
    );
    expect(world.sent).toEqual([]);
  });

  test('what is optional may be null', async () => {
    expect((await send('tools/list', { cursor: null })).body.result.tools).toHaveLength(product.tools.length);
    expect((await send('tools/call', { name: 'whoami', arguments: null })).body.result).not.toHaveProperty('isError');
    const prompt = { name: 'read_notes', arguments: { about: null } };
    expect((await send('prompts/get', prompt)).body.result.messages[0].content.text).toContain('Read all notes with');
  });

  test('a megabyte for a name is not said back', async () => {
    const { body } = await send('prompts/get', { name: 'x', arguments: { ['y'.repeat(1_000_000)]: 5 } });
    expect(body.error.code).toBe(-32602);
    expect(body.error.message.length).toBeLessThan(2_500);
  });
});

test('an initialize that is refused begins no session', async () => {
  const params = { protocolVersion: 5, capabilities: {}, clientInfo: { name: 'n', version: '1' } };
  const answer = await gateway('/mcp', {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  });
  expect((await answer.json<{ error: { code: number } }>()).error.code).toBe(-32602);
  expect(answer.headers.get('Mcp-Session-Id')).toBeNull();
});
