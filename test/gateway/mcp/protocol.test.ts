// The MCP endpoint as a client author meets it: handshake, discovery, lists and the transport's rules, on both wires.
import { beforeAll, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { legacyMcp, mcp, post, wires } from '../../support/mcp-client';
import { gateway } from '../../support/oauth-client';
import { World } from '../../support/world';

let token: string;
beforeAll(async () => {
  const world = await World.begin();
  token = (await world.signIn('ada@acme.example')).tokens.access_token;
});

const initialize = (protocolVersion: string) =>
  post(token, {
    jsonrpc: '2.0',
    id: 'hello',
    method: 'initialize',
    params: { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  });

/** To somebody who has all that their role allows: there is nothing to ask for. */
const instructionsForAll = product.instructions
  .split('\n')
  .filter((line) => !line.includes('request_access'))
  .join('\n');

describe('2026-07-28: server/discover', () => {
  test('says what is spoken here, privately and for a while', async () => {
    const { status, body } = await mcp(token, 'server/discover');
    expect(status).toBe(200);
    expect(body.result).toMatchObject({
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
      instructions: instructionsForAll,
      cacheScope: 'private',
      ttlMs: 300_000,
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: product.name, title: 'Shelf', version: product.version } },
    });
  });

  test('promises what is served, and nothing that is not', async () => {
    const { body } = await mcp(token, 'server/discover');
    expect(Object.keys(body.result.capabilities)).toEqual(['tools', 'prompts', 'resources', 'completions', 'logging']);
    for (const method of ['prompts/list', 'resources/list', 'resources/templates/list']) {
      expect((await mcp(token, method)).body.result, method).toBeDefined();
      expect((await legacyMcp(token, method)).body.result, method).toBeDefined();
    }
    for (const method of ['logging/setLevel', 'resources/subscribe', 'tasks/list']) {
      expect((await mcp(token, method)).body.error.code, method).toBe(-32601);
      expect((await legacyMcp(token, method)).body.error.code, method).toBe(-32601);
    }
  });

  test('an unknown revision is refused with those that are known', async () => {
    const unknown = { 'io.modelcontextprotocol/protocolVersion': '2031-01-01' };
    const known = { 'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' } };
    const params = { _meta: { ...unknown, ...known, 'io.modelcontextprotocol/clientCapabilities': {} } };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params };
    const reply = await post(token, body, { 'MCP-Protocol-Version': '2031-01-01', 'Mcp-Method': 'tools/list' });
    expect(reply.status).toBe(400);
    expect(reply.body.error.data).toEqual({ supported: ['2026-07-28'], requested: '2031-01-01' });
  });
});

describe('2025-era: initialize', () => {
  test.each(['2025-11-25', '2025-06-18', '2024-11-05'])('agrees on %s', async (version) => {
    const { status, headers, body } = await initialize(version);
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toContain('application/json');
    expect(body).toMatchObject({
      id: 'hello',
      result: {
        protocolVersion: version,
        capabilities: { tools: {} },
        serverInfo: { name: product.name, title: 'Shelf', version: product.version },
        instructions: instructionsForAll,
      },
    });
    expect(headers.get('Mcp-Session-Id')).toMatch(/^[\w-]{22}\.[\w-]{22}$/);
  });

  // 2025-03-26 has batches, which aren't served here.
  test.each(['2025-03-26', '1999-01-01', '2099-01-01', '2026-07-28', 'nonsense'])(
    'offers its newest for %s',
    async (version) => {
      expect((await initialize(version)).body.result.protocolVersion).toBe('2025-11-25');
    },
  );

  test('2025-03-26 is refused by name after it, too', async () => {
    const reply = await legacyMcp(token, 'tools/list', {}, { 'MCP-Protocol-Version': '2025-03-26' });
    expect(reply.status).toBe(400);
    expect(reply.body.error.message).toMatch(/Unsupported protocol version: 2025-03-26 \(supported.*2025-06-18/);
  });

  test.each(['2025-11-25', '2025-06-18'])('%s goes on after it', async (version) => {
    const headers = { 'MCP-Protocol-Version': version };
    const initialized = await post(token, { jsonrpc: '2.0', method: 'notifications/initialized' }, headers);
    expect(initialized).toMatchObject({ status: 202, body: undefined });
    const list = await legacyMcp(token, 'tools/list', {}, headers);
    expect(list.body.result.tools).toHaveLength(product.tools.length);
    const me = await legacyMcp(token, 'tools/call', { name: 'whoami', arguments: {} }, headers);
    expect(me.body.result).toMatchObject({
      structuredContent: { email: 'ada@acme.example' },
      content: [{ type: 'text', text: expect.stringContaining('ada@acme.example') }],
    });
  });

  test('a client that names no revision after it is served, too', async () => {
    const reply = await post(token, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect(reply.body.result.tools).toHaveLength(product.tools.length);
  });

  test('a session id of another server gets 404, upon which a client begins a session here', async () => {
    const reply = await legacyMcp(token, 'ping', {}, { 'Mcp-Session-Id': 'left-over' });
    expect(reply).toMatchObject({ status: 404, body: { error: { code: -32001 } } });
  });

  test('a cancelled request or a posted response is taken, and answered with nothing', async () => {
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    expect(await post(token, cancelled)).toMatchObject({ status: 202, body: undefined });
    expect(await post(token, { jsonrpc: '2.0', id: 1, result: {} })).toMatchObject({ status: 202, body: undefined });
  });
});

describe.each(wires)('on the $revision wire', ({ send }) => {
  test('tools/list names every tool in order, with schemas and all four hints', async () => {
    const { status, body } = await send(token, 'tools/list');
    expect(status).toBe(200);
    const { tools } = body.result;
    expect(tools.map((tool: { name: string }) => tool.name)).toEqual(product.tools.map((tool) => tool.name).toSorted());
    for (const tool of tools) {
      const defined = product.tools.find(({ name }) => name === tool.name);
      expect(tool).toMatchObject({
        title: defined?.title,
        description: defined?.description,
        inputSchema: { type: 'object', additionalProperties: false },
        outputSchema: { type: 'object', additionalProperties: false },
        annotations: { title: defined?.title, ...defined?.hints },
      });
      // Claude Code cuts what is longer.
      expect(tool.description.length).toBeLessThanOrEqual(2_048);
    }
    expect(body.result.nextCursor).toBeUndefined();
  });

  test('the list is the same on every request, byte by byte', async () => {
    const lists = await Promise.all(Array.from({ length: 5 }, () => send(token, 'tools/list')));
    const texts = lists.map(({ body }) => JSON.stringify(body.result.tools));
    expect(new Set(texts).size).toBe(1);
  });

  test('an id of any kind comes back as it was sent', async () => {
    for (const id of ['a', '', 0, -1, Number.MAX_SAFE_INTEGER]) {
      const asked = { jsonrpc: '2.0', id, method: 'nothing/here' };
      expect((await post(token, asked, { 'MCP-Protocol-Version': '2025-11-25' })).body.id).toBe(id);
    }
  });

  test('every answer carries its request id', async () => {
    const ids = await Promise.all([send(token, 'tools/list'), send(token, 'nope'), send(undefined, 'tools/list')]);
    expect(new Set(ids.map(({ headers }) => headers.get('X-Request-Id'))).size).toBe(3);
  });
});

test('the list of the modern wire may be kept, by this client alone', async () => {
  const { body } = await mcp(token, 'tools/list');
  expect(body.result).toMatchObject({ resultType: 'complete', cacheScope: 'private', ttlMs: 300_000 });
});

test('2025-era ping is answered; 2026-07-28 has none', async () => {
  expect(await legacyMcp(token, 'ping')).toMatchObject({ status: 200, body: { jsonrpc: '2.0', id: 1, result: {} } });
  expect(await mcp(token, 'ping')).toMatchObject({ status: 404, body: { error: { code: -32601 } } });
});

describe('HTTP', () => {
  test.each(['GET', 'DELETE', 'PUT', 'PATCH', 'HEAD'])('%s: 405, and which method is served', async (method) => {
    const answer = await gateway('/mcp', { method, headers: { Authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe('POST');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'Content-Type %j: 415, so that no web form can send a call',
    async (type) => {
      for (const { send } of wires) {
        const reply = await send(token, 'tools/call', { name: 'whoami', arguments: {} }, { 'Content-Type': type });
        expect(reply.status).toBe(415);
        expect(reply.body.error.message).toContain('application/json');
      }
    },
  );

  test('Content-Type with a charset is fine', async () => {
    for (const { send } of wires) {
      const reply = await send(token, 'tools/list', {}, { 'Content-Type': 'Application/JSON; charset=utf-8' });
      expect(reply.status).toBe(200);
    }
  });

  test.each([
    ['Mcp-Method', 'tools/list'],
    ['Mcp-Name', 'search_items'],
    ['MCP-Protocol-Version', '2025-11-25'],
  ])('2026-07-28: a %s that contradicts the body is refused', async (header, value) => {
    const reply = await mcp(token, 'tools/call', { name: 'whoami', arguments: {} }, { [header]: value });
    expect(reply.status).toBe(400);
    expect(reply.body.error.code).toBe(-32020);
    expect(reply.body.id).toBe(1);
  });

  test('2026-07-28: the header without the envelope is refused, and says what is missing', async () => {
    const reply = await post(
      token,
      { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      { 'MCP-Protocol-Version': '2026-07-28' },
    );
    expect(reply.status).toBe(400);
    expect(reply.body.error).toMatchObject({ code: -32602, message: expect.stringContaining('_meta') });
  });

  test.each([
    ...['/', '/mcp/', '/mcp/x', '/MCP', '/sse', '/t/', '/t/.acme/mcp'].map((path) => [path, '/mcp'] as const),
    ...['', '/', '/mcp/', '/sse', '/mcp/x'].map((path) => [`/t/globex${path}`, '/t/globex/mcp'] as const),
  ])('a POST to %s is told the right URL, with a token or without', async (path, right) => {
    for (const headers of [{}, { Authorization: `Bearer ${token}` }]) {
      const answer = await gateway(path, { method: 'POST', headers, body: '{}' });
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({
        jsonrpc: '2.0',
        error: { code: -32000, message: expect.stringContaining(` https://gateway.example${right}:`) },
      });
    }
    const stream = await gateway(path, { headers: { Accept: 'text/event-stream' } });
    if (stream.status === 404) expect(await stream.text()).toContain(` https://gateway.example${right}:`);
  });
});
