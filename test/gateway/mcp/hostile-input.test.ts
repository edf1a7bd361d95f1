// What a careless or hostile client may send in place of a good call. Each is told what is wrong, nothing of it
// reaches the upstream, and the next caller is served as before.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { modernMeta } from '../../support/envelope';
import { serve } from '../../support/definition';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool, legacyMcp, mcp, post, wires, type McpReply } from '../../support/mcp-client';
import { McpSessionClient } from '../../support/mcp-session';
import { gateway, useGateway } from '../../support/oauth-client';
import { World } from '../../support/world';

let world: World;
let token: string;
let logs: Logs;
beforeAll(async () => {
  world = await World.begin();
  token = (await world.signIn('ada@acme.example')).tokens.access_token;
});
beforeEach(() => {
  useGateway();
  logs = catchLogs();
  world.sent.length = 0;
});

const MiB = 1024 * 1024;
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const callText = (args: string, name = '"search_items"'): string =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${name},"arguments":${args}}}`;

const text = (reply: McpReply): string => reply.body.result.content[0].text;

describe('a body that is no message', () => {
  test.each(['', '{', '{nope}', 'undefined', '\u0000', '{"a":1}{"b":2}', "{'jsonrpc':'2.0'}"])(
    '%j: 400, parse error',
    async (body) => {
      const reply = await post(token, body);
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32700 } });
    },
  );

  test.each([
    'null',
    '7',
    '"text"',
    'true',
    '{}',
    '{"jsonrpc":"1.0","id":1,"method":"ping"}',
    '{"id":1,"method":"ping"}',
  ])('%s: 400, invalid request', async (body) => {
    const reply = await post(token, body);
    expect(reply.status).toBe(400);
    expect(reply.body.error.code).toBe(-32600);
  });

  test.each(['[]', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', `[${callText('{}')},${callText('{}')}]`])(
    'a batch: 400, and no call of it is made',
    async (body) => {
      for (const version of ['2025-03-26', '2025-11-25', '2026-07-28']) {
        const reply = await post(token, body, { 'MCP-Protocol-Version': version });
        expect(reply.status).toBe(400);
        expect(reply.body.error.message).toContain('Batches are not supported');
      }
      expect(world.sent).toEqual([]);
    },
  );
});

describe('a body that is not UTF-8', () => {
  /** A call that would create an item, with these bytes in its name. */
  const bytes = (...inside: number[]): Uint8Array<ArrayBuffer> => {
    const args = '{"name":"M?ller AG","kind":"book"}';
    const [before = '', after = ''] = callText(args, '"create_item"').split('?');
    const encoder = new TextEncoder();
    return new Uint8Array([...encoder.encode(before), ...inside, ...encoder.encode(after)]);
  };
  const chunked = (body: Uint8Array): ReadableStream =>
    new ReadableStream({
      start(controller) {
        for (const byte of body) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
  const send = async (
    body: Uint8Array<ArrayBuffer> | ReadableStream,
    more: object = {},
  ): Promise<[number, unknown]> => {
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...more,
    };
    const answer = await gateway('/mcp', { method: 'POST', headers, body });
    return [answer.status, await answer.json()];
  };

  test.each([
    ['Latin-1', [0xfc]],
    ['a character cut short', [0xf0, 0x9f, 0x98]],
    ['an overlong form', [0xc1, 0xbc]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
  ])('%s: 400, parse error, and nothing is sent', async (_what, inside) => {
    const { id } = await McpSessionClient.begin(token);
    world.sent.length = 0;
    for (const more of [{}, { 'MCP-Protocol-Version': '2025-11-25' }, { 'Mcp-Session-Id': id }])
      for (const body of [bytes(...inside), chunked(bytes(...inside))])
        expect(await send(body, more)).toMatchObject([400, { jsonrpc: '2.0', id: null, error: { code: -32700 } }]);
    expect(world.sent).toEqual([]);
  });

  test('U+FFFD itself may be sent, and every other character', async () => {
    for (const inside of [new TextEncoder().encode('\ufffd'), new TextEncoder().encode('ü🙂')])
      for (const body of [bytes(...inside), chunked(bytes(...inside))])
        expect(await send(body)).toMatchObject([200, { id: 1, result: expect.anything() }]);
  });
});

describe('a body that is too much', () => {
  test('of many small parts is refused before it is parsed, whoever sends it', async () => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","arguments":{"a":[${'{},'.repeat(100_000)}{}]}}}`;
    expect((await post(token, body)).status).toBe(400);
  });

  test('over 4 MiB with its length declared: 413', async () => {
    const reply = await post(token, callText(`{"query":"${'x'.repeat(4 * MiB)}"}`));
    expect(reply.status).toBe(413);
    expect(reply.body).toMatchObject({ id: null, error: { message: expect.stringContaining('4 MiB') } });
  });

  test('over 4 MiB with less declared: 413', async () => {
    // Straight to the gateway: on the way to it the runtime would put the length right.
    serve(product);
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Content-Length': '100' };
    const body = callText(`{"query":"${'x'.repeat(4 * MiB)}"}`);
    expect((await gateway('/mcp', { method: 'POST', headers, body })).status).toBe(413);
  });

  test.each([
    ['without a declared length', {}],
    ['with the length declared that it has compressed', { 'Content-Length': '100', 'Content-Encoding': 'gzip' }],
  ])('over 4 MiB %s: 413, and its rest is not read', async (_what, declared) => {
    serve(product);
    let pieces = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pieces === 1_000) return controller.close();
        pieces += 1;
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
      },
    });
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...declared };
    const answer = await gateway('/mcp', { method: 'POST', headers, body });
    expect(answer.status).toBe(413);
    expect(pieces).toBeLessThan(200);
  });

  test('just below 4 MiB is read, and refused for what it says', async () => {
    const reply = await callTool(token, 'search_items', { query: 'x'.repeat(4 * MiB - 1_000) });
    expect(reply.status).toBe(200);
    expect(text(reply)).toMatch(/^Invalid arguments for search_items: query: /);
  });

  test.each([
    ['arguments', callText(`{"query":${nested(100_000)}}`)],
    ['arguments of a tool that does not exist', callText(nested(100_000), '"nope"')],
    ['the name', callText('{}', nested(100_000))],
    ['the parameters of a list', `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"a":${nested(100_000)}}}`],
    ['the whole', nested(1_000_000)],
  ])('nested without end in %s: 400 and not 500', async (_name, body) => {
    const reply = await post(token, body, { 'MCP-Protocol-Version': '2025-11-25' });
    expect(reply.status).toBe(400);
    expect(reply.body.error).toEqual({
      code: -32600,
      message: 'The request body is nested too deeply, or has too many parts.',
    });
    expect(logs.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('nested as deep as a tool may need is fine', async () => {
    const reply = await post(token, callText(`{"query":${nested(50)}}`), { 'MCP-Protocol-Version': '2025-11-25' });
    expect(text(reply)).toContain('query: ');
  });
});

describe.each(wires)('a tool that does not exist, on the $revision wire', ({ send }) => {
  test.each(['nope', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'WHOAMI', 'search-items'])(
    '%j: -32602 that names it',
    async (name) => {
      const { body } = await send(token, 'tools/call', { name, arguments: {} });
      expect(body).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32602, message: `Unknown tool: ${name}` } });
    },
  );

  test('a name of a megabyte is not sent back whole', async () => {
    const { body } = await legacyMcp(token, 'tools/call', { name: 'x'.repeat(MiB), arguments: {} });
    expect(body.error.code).toBe(-32602);
    expect(JSON.stringify(body).length).toBeLessThan(500);
  });

  test.each([[7], [null], [['whoami']], [{ name: 'whoami' }], [undefined]])('%j as a name: -32602', async (name) => {
    const { body } = await send(token, 'tools/call', { name, arguments: {} });
    expect(body.error).toMatchObject({ code: -32602, message: expect.stringContaining('name') });
  });
});

test.each(['', ' whoami', 'whoami\0', 'whoami ', 'ｗｈｏａｍｉ'])('%j is not a tool either', async (name) => {
  const { body } = await legacyMcp(token, 'tools/call', { name, arguments: {} });
  expect(body.error).toEqual({ code: -32602, message: `Unknown tool: ${name}` });
});

describe.each(wires)('wrong arguments, on the $revision wire', ({ send }) => {
  const item = { name: 'N', kind: 'book' };
  const message = { to: ['a@acme.example'], text: 't' };

  test.each([
    ['one that is missing', 'get_item', {}, /item_id: /],
    ['a wrong type', 'search_items', { limit: 'ten' }, /limit: .*expected number/],
    ['none of the choices', 'search_items', { kind: 'maybe' }, /kind: .*"tool"\|"part"\|"book"/],
    ['too small', 'search_items', { limit: 0 }, /limit: .*>=1/],
    ['too large', 'search_items', { limit: 51 }, /limit: .*<=50/],
    ['a fraction', 'search_items', { limit: 1.5 }, /limit: .*int/],
    ['too long', 'create_item', { ...item, name: 'x'.repeat(201) }, /name: .*<=200/],
    ['an unknown field', 'search_items', { tenant_id: 'globex' }, /"tenant_id"/],
    ['not an email', 'search_items', { owner: 'nobody' }, /owner: .*email/],
    ['a path in place of an id', 'get_item', { item_id: '../notes/note_0001' }, /item_id: Must be an id/],
    ['a header injected', 'create_item', { ...item, name: 'x\r\nBcc: y' }, /name: /],
    ['a list that is too long', 'send_message', { ...message, to: Array(11).fill('a@acme.example') }, /to: .*<=10/],
    ['an entry that is wrong', 'send_message', { ...message, to: ['ada@acme.example', 'x'] }, /to\.1: /],
    ['several at once', 'search_items', { limit: 0, kind: 'x', owner: 'y' }, /(?=.*kind)(?=.*limit)(?=.*owner)/],
    ['no change at all', 'update_item', { item_id: 'item_0001' }, /Give at least one field to change: name/],
  ])('%s: the model is told which, and how to go on', async (_name, tool, args, words) => {
    const { status, body } = await send(token, 'tools/call', { name: tool, arguments: args });
    expect(status).toBe(200);
    expect(body.result.isError).toBe(true);
    expect(body.result.structuredContent).toBeUndefined();
    expect(body.result.content[0].text).toMatch(words);
    expect(body.result.content[0].text).toMatch(new RegExp(`^Invalid arguments for ${tool}: `));
    expect(world.sent).toEqual([]);
  });

  test.each([['text'], [7], [[]], [true]])('%j in place of arguments: -32602', async (args) => {
    const { body } = await send(token, 'tools/call', { name: 'search_items', arguments: args });
    expect(body.error).toMatchObject({ code: -32602, message: expect.stringContaining('arguments') });
    expect(world.sent).toEqual([]);
  });

  test('a thousand unknown fields with long names do not make a long answer', async () => {
    const args = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`${'x'.repeat(500)}${index}`, 1]));
    const { body } = await send(token, 'tools/call', { name: 'search_items', arguments: args });
    expect(body.result.content[0].text.length).toBeLessThan(2_500);
    expect(body.result.content[0].text).toMatch(/Correct them and call the tool again\.$/);
  });
});

describe('keys that mean something to JavaScript', () => {
  test.each(['constructor', 'prototype', 'toString', 'hasOwnProperty'])('%s is an unknown field', async (key) => {
    const reply = await post(token, callText(`{${JSON.stringify(key)}:{"kind":"won"}}`));
    expect(text(reply)).toContain(key);
    expect(world.sent).toEqual([]);
  });

  test('__proto__ changes no prototype, and nothing of it is sent', async () => {
    const seen: string[] = [];
    world.intercept = (request) => void seen.push(request.url);
    const reply = await post(token, callText('{"__proto__":{"kind":"won","polluted":true},"limit":1}'));
    world.intercept = undefined;
    expect(reply.status).toBe(200);
    expect(seen.join()).not.toMatch(/won|polluted|__proto__/);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const message = '{"__proto__":{"method":"tools/call","params":{"name":"whoami"}},"jsonrpc":"2.0","id":1}';
    expect((await post(token, message)).status).toBe(400);
  });

  test('a name that stands twice counts once, for the decision as for the call', async () => {
    const twice =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_item","name":"whoami","arguments":{}}}';
    const narrow = await world.signIn('ada@acme.example', { scope: 'profile:read' });
    const reply = await post(narrow.tokens.access_token, twice);
    expect(reply.body.result.structuredContent).toMatchObject({ email: 'ada@acme.example' });
    const other = twice.replace('"name":"create_item","name":"whoami"', '"name":"whoami","name":"create_item"');
    expect((await post(narrow.tokens.access_token, other)).status).toBe(403);
  });
});

describe('a broken envelope on the 2026-07-28 wire', () => {
  const good = modernMeta;
  const headers = { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'whoami' };

  test.each(Object.keys(good).flatMap((key) => [7, null, [], 'x'.repeat(100_000)].map((value) => ({ key, value }))))(
    '$key: 400 and not 500',
    async ({ key, value }) => {
      const params = { name: 'whoami', arguments: {}, _meta: { ...good, [key]: value } };
      const reply = await post(token, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers);
      expect(reply.status).toBe(400);
      expect(reply.body.error.code).toBeLessThan(-32000);
      expect(reply.body.result).toBeUndefined();
    },
  );

  test('the good one is served', async () => {
    const params = { name: 'whoami', arguments: {}, _meta: { ...good, 'example.com/other': [1, 2, 3] } };
    const reply = await post(token, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers);
    expect(reply.body.result.structuredContent).toMatchObject({ email: 'ada@acme.example' });
  });
});

test.each([
  ['an email', 'search_items', { owner: `${'a'.repeat(2 * MiB)}@` }],
  ['an email of dots', 'search_items', { owner: `${'a.'.repeat(MiB)}@x` }],
  ['an id', 'get_item', { item_id: `${'a-'.repeat(MiB)}!` }],
  ['spaces', 'create_note', { subject: `${' '.repeat(3 * MiB)}\u0000`, description: 'd' }],
  ['a quarter', 'count_items', { quarter: '20'.repeat(MiB) }],
])("megabytes in place of %s are refused like any other, and don't hang", async (_name, tool, args) => {
  const reply = await callTool(token, tool, args);
  expect(text(reply)).toMatch(/^Invalid arguments for /);
  expect(text(reply).length).toBeLessThan(2_500);
});

test('a call that is sent as a notification is not made', async () => {
  const { id: _id, ...notification } = JSON.parse(callText('{}')) as { id: number };
  expect(await post(token, notification)).toMatchObject({ status: 202, body: undefined });
  expect(world.sent).toEqual([]);
});

test('after all of this, the next call is served', async () => {
  expect((await mcp(token, 'tools/list')).body.result.tools).toHaveLength(product.tools.length);
});
