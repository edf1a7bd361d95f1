// The SDK's own clients against the endpoint, in process: version 2 on both revisions, and version 1, which most
// connectors in the field still run. (Their OAuth is tested end to end, in test/e2e.)
import { Client, InsufficientScopeError, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/client/validators/cf-worker';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { env } from 'cloudflare:workers';
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { assert, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { sessionAt } from '../../../src/session/stub';
import { gateway, resource, sessionIdOf } from '../../support/oauth-client';
import { until } from '../../support/session';
import { World } from '../../support/world';

let world: World;
let full: string;
let narrow: string;
beforeAll(async () => {
  world = await World.begin();
  full = (await world.signIn('ada@acme.example')).tokens.access_token;
  narrow = (await world.signIn('ada@acme.example', { scope: 'items:read' })).tokens.access_token;
});

/** Every request a client sent, as `METHOD status`. */
const exchanged: string[] = [];
beforeEach(() => {
  exchanged.length = 0;
});

const send = async (url: string | URL, init?: RequestInit): Promise<Response> => {
  const response = await gateway(String(url), init);
  exchanged.push(`${init?.method ?? 'GET'} ${response.status}`);
  return response;
};
const options = (token: string) => ({ fetch: send, requestInit: { headers: { Authorization: `Bearer ${token}` } } });
const me = { name: 'sdk', version: '1' };

interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

async function version2(token: string, mode: 'auto' | 'legacy' = 'auto'): Promise<Client> {
  const client = new Client(me, {
    jsonSchemaValidator: new CfWorkerJsonSchemaValidator(),
    versionNegotiation: { mode },
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(resource), options(token)));
  return client;
}

async function version1(token: string): Promise<Client1> {
  // Its own default compiles schemas to code, which workerd forbids; the later validator has the same shape.
  const client = new Client1(me, { jsonSchemaValidator: new CfWorkerJsonSchemaValidator() });
  await client.connect(new Transport1(new URL(resource), options(token)));
  return client;
}

const clients: [name: string, connect: (token: string) => Promise<AnyClient>][] = [
  ['version 2, 2026-07-28', (token) => version2(token)],
  ['version 2, 2025-11-25', (token) => version2(token, 'legacy')],
  ['version 1', (token) => version1(token)],
];

describe.each(clients)('SDK %s', (_name, connect) => {
  test('lists and calls; results pass the client’s own check against the output schema', async () => {
    const client = await connect(full);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(product.tools.map(({ name }) => name));
    for (const [name, args] of [
      ['whoami', {}],
      ['search_items', { limit: 5 }],
      ['get_note', { note_id: 'note_0005' }],
      ['count_items', {}],
      ['search_notes', { limit: 50 }],
    ] as const) {
      const result = await client.callTool({ name, arguments: args });
      expect(result['isError'], name).toBeFalsy();
      expect(result['structuredContent'], name).toBeTypeOf('object');
    }
    await client.close();
  });

  test('gets an error result for wrong arguments, and an error for an unknown tool', async () => {
    const client = await connect(full);
    await client.listTools();
    const wrong = await client.callTool({ name: 'get_item', arguments: {} });
    expect(wrong).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('item_id') }] });
    await expect(client.callTool({ name: 'nope' })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('Unknown tool: nope'),
    });
    await client.close();
  });

  test('sees what its token allows, and fails loudly beyond it', async () => {
    const client = await connect(narrow);
    const { tools } = await client.listTools();
    const reading = ['get_item', 'get_picture', 'search_items'];
    expect(tools.map(({ name }) => name)).toEqual([...reading, 'whoami', 'request_access']);
    await expect(client.callTool({ name: 'create_item', arguments: {} })).rejects.toThrow();
    expect(exchanged).toContain('POST 403');
    await client.close();
  });

  test('fails to connect with a bad token', async () => {
    await expect(connect('bad')).rejects.toThrow();
    expect(exchanged.every((line) => line.endsWith(' 401'))).toBe(true);
  });
});

test('version 2 finds the newest revision with one probe, without a failed request', async () => {
  const client = await version2(full);
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  expect(exchanged).toEqual(['POST 200']);
  await client.close();
});

test('a 2025-era client opens its stream, hears of a change there, and ends its session', async () => {
  const heard = Promise.withResolvers<void>();
  const client = new Client1(me, { jsonSchemaValidator: new CfWorkerJsonSchemaValidator() });
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => heard.resolve());
  const transport = new Transport1(new URL(resource), options(full));
  await client.connect(transport);
  await until(() => assert(exchanged.includes('GET 200')));
  await sessionAt(env, sessionIdOf(full)).publish([{ kind: 'tools' }]);
  await heard.promise;
  await transport.terminateSession();
  await client.close();
  expect(exchanged.toSorted()).toEqual(['DELETE 200', 'GET 200', 'POST 200', 'POST 202']);
});

test('a 2025-era client is asked in its session', async () => {
  const client = new Client1(me, {
    capabilities: { elicitation: {} },
    jsonSchemaValidator: new CfWorkerJsonSchemaValidator(),
  });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' as const }));
  await client.connect(new Transport1(new URL(resource), options(full)));
  const result = await client.callTool({
    name: 'update_item',
    arguments: { item_id: 'item_0001', notes: 'watch' },
  });
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('declined') }] });
  await client.close();
});

test('version 2 hears what it listens to, until its session ends', async () => {
  const { tokens } = await world.signIn();
  const heard = Promise.withResolvers<void>();
  const client = await version2(tokens.access_token);
  client.setNotificationHandler('notifications/tools/list_changed', () => heard.resolve());
  const subscription = await client.listen({ toolsListChanged: true });
  expect(subscription.honoredFilter).toEqual({ toolsListChanged: true });
  const session = sessionAt(env, sessionIdOf(tokens));
  await session.publish([{ kind: 'tools' }]);
  await heard.promise;
  await session.revoke('test', { requestId: 'test', traceId: 'test' });
  expect(await subscription.closed).toBe('graceful');
  await client.close();
});

test('version 2 is told which scopes to ask for', async () => {
  // Its own session: one is challenged a few times only.
  const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
  const client = await version2(tokens.access_token);
  const error: unknown = await client
    .callTool({ name: 'create_item', arguments: {} })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InsufficientScopeError);
  expect((error as InsufficientScopeError).requiredScope).toBe('profile:read items:read items:write');
  await client.close();
});

test('version 2 keeps the list for as long as it was told', async () => {
  const client = await version2(full);
  await client.listTools();
  const before = exchanged.length;
  await client.listTools();
  expect(exchanged.length).toBe(before);
  await client.close();
});
