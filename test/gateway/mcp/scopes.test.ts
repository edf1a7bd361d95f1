// What a token may see and do: narrow grants, roles, and the step-up from one to the other (MCP authorization,
// scope challenge handling; RFC 6750 §3.1).
import { beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { challengeOf } from '../../support/challenge';
import { callTool, mcp, wires, type McpReply } from '../../support/mcp-client';
import { Browser, gateway, OAuthClient, type TokenSet } from '../../support/oauth-client';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await World.begin();
});

const namesIn = (reply: McpReply): string[] => reply.body.result.tools.map((tool: { name: string }) => tool.name);

async function tokensFor(client: OAuthClient, scope: string, browser?: Browser): Promise<TokenSet> {
  const location = await world.authorize(client, 'ada@acme.example', { scope, ...(browser ? { browser } : {}) });
  return (await client.redeem(location.searchParams.get('code') ?? '')).body;
}

const byScope: [scope: string, tools: string[]][] = [
  ['profile:read', ['whoami']],
  ['items:read', ['get_item', 'get_picture', 'search_items', 'whoami']],
  ['items:write', ['create_item', 'get_item', 'get_picture', 'search_items', 'update_item', 'whoami']],
  ['notes:read', ['get_note', 'search_notes', 'whoami']],
  ['notes:write', ['create_note', 'get_note', 'search_notes', 'whoami']],
  ['reports:read', ['count_items', 'whoami']],
  ['messages:send', ['send_message', 'whoami']],
  // Of these it takes both.
  ['items:read reports:read', ['count_items', 'get_item', 'get_picture', 'search_items', 'slow_count', 'whoami']],
];
const readers = product.tools.filter(({ hints }) => hints.readOnlyHint);

describe('tools/list', () => {
  test.each(byScope)(
    'with %s holds exactly what it allows, and the way to more, on both wires',
    async (scope, tools) => {
      const { tokens } = await world.signIn('ada@acme.example', { scope });
      for (const { send } of wires)
        expect(namesIn(await send(tokens.access_token, 'tools/list'))).toEqual([...tools, 'request_access']);
    },
  );

  test('holds nothing that a reader would be refused', async () => {
    const { tokens } = await world.signIn('alan@acme.example');
    const reply = await mcp(tokens.access_token, 'tools/list');
    for (const tool of reply.body.result.tools) expect(tool.annotations.readOnlyHint, tool.name).toBe(true);
    expect(namesIn(reply)).toEqual(readers.map(({ name }) => name));
  });

  test('of one user is not another one’s, whoever asks first', async () => {
    const [ada, alan] = [await world.signIn('ada@acme.example'), await world.signIn('alan@acme.example')];
    const lists = await Promise.all(
      [ada, alan, ada, alan].map(async ({ tokens }) => namesIn(await mcp(tokens.access_token, 'tools/list')).length),
    );
    const [all, some] = [product.tools.length, readers.length];
    expect(lists).toEqual([all, some, all, some]);
  });

  test('leaves out what the user did not tick', async () => {
    const client = await OAuthClient.register();
    const location = await world.authorize(client, 'ada@acme.example', { keep: (scope) => scope === 'notes:read' });
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    expect(namesIn(await mcp(body.access_token, 'tools/list'))).toEqual([
      'get_note',
      'search_notes',
      'whoami',
      'request_access',
    ]);
  });
});

describe('a call beyond the token’s scopes', () => {
  test.each(wires)('$revision: 403 that names every scope needed, those already held included', async ({ send }) => {
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    world.sent.length = 0;
    const reply = await send(tokens.access_token, 'tools/call', { name: 'create_note', arguments: {} });
    expect(reply.status).toBe(403);
    expect(challengeOf(reply)).toEqual({
      realm: 'OAuth',
      error: 'insufficient_scope',
      scope: 'profile:read items:read notes:write',
      resource_metadata: 'https://gateway.example/.well-known/oauth-protected-resource/mcp',
    });
    expect(reply.body).toMatchObject({ error: 'insufficient_scope', error_description: expect.any(String) });
    expect(reply.headers.get('Cache-Control')).toBe('no-store');
    expect(world.sent).toEqual([]);
  });

  test('is refused for its scope before its arguments are looked at, and every tool is guarded', async () => {
    const full = await world.signIn('ada@acme.example');
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'profile:read' });
    world.sent.length = 0;
    const names = namesIn(await mcp(full.tokens.access_token, 'tools/list')).filter((name) => name !== 'whoami');
    const replies = await Promise.all(names.map((name) => callTool(tokens.access_token, name, { nonsense: true })));
    // The user is asked three times an hour at most; after that the refusal is told in words.
    const challenged = replies.filter(({ status }) => status === 403);
    expect(challenged).toHaveLength(3);
    for (const { status, body } of replies.filter((reply) => !challenged.includes(reply))) {
      expect(status).toBe(200);
      expect(body.result).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('Nothing was done') }],
      });
    }
    expect(world.sent).toEqual([]);
  });

  test('a scope that was refused by the user is asked for again by the challenge', async () => {
    const client = await OAuthClient.register();
    const location = await world.authorize(client, 'ada@acme.example', { keep: (scope) => scope === 'items:read' });
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    const reply = await callTool(body.access_token, 'search_notes');
    expect(challengeOf(reply)['scope']?.split(' ')).toEqual(['profile:read', 'items:read', 'notes:read']);
  });
});

describe('step-up', () => {
  test('works in one round trip, keeps what was held, and leaves the first session alone', async () => {
    const client = await OAuthClient.register();
    const browser = new Browser();
    const first = await tokensFor(client, 'items:read', browser);
    const item = { name: 'N', kind: 'book' };
    const refused = await callTool(first.access_token, 'create_item', item);
    expect(refused.status).toBe(403);

    const challenge = challengeOf(refused);
    const metadata = await gateway(challenge['resource_metadata'] ?? '');
    expect(await metadata.json()).toMatchObject({ resource: first.resource });
    const second = await tokensFor(client, challenge['scope'] ?? '', browser);
    expect(second.scope.split(' ')).toEqual(['profile:read', 'items:read', 'items:write']);

    const created = await callTool(second.access_token, 'create_item', item);
    expect(created.body.result.structuredContent).toMatchObject({ name: 'N', kind: 'book' });
    const found = await callTool(second.access_token, 'search_items', { limit: 1 });
    expect(found.body.result.isError).toBeUndefined();
    expect((await callTool(first.access_token, 'search_items', { limit: 1 })).status).toBe(200);
    expect((await callTool(first.access_token, 'create_item', item)).status).toBe(403);
  });

  test('consent is asked again, since it is for more than before', async () => {
    const client = await OAuthClient.register();
    const browser = new Browser();
    await tokensFor(client, 'items:read', browser);
    const again = await browser.open(await client.authorizationUrl({ scope: 'items:read items:write' }));
    expect(again.status).toBe(200);
    expect(await again.text()).toContain('items:write');
  });

  test('a second one adds to the first', async () => {
    const client = await OAuthClient.register();
    let tokens = await tokensFor(client, 'reports:read');
    for (const tool of ['search_items', 'create_note', 'send_message']) {
      const { scope = '' } = challengeOf(await callTool(tokens.access_token, tool));
      tokens = await tokensFor(client, scope);
    }
    expect(new Set(tokens.scope.split(' '))).toEqual(
      new Set(['profile:read', 'reports:read', 'items:read', 'notes:write', 'messages:send']),
    );
  });
});

test('`x:write` reads, too: the upstream is asked for what it implies', async () => {
  for (const [scope, search, get] of [
    ['items:write', 'search_items', 'get_item'],
    ['notes:write', 'search_notes', 'get_note'],
  ] as const) {
    const { tokens } = await world.signIn('ada@acme.example', { scope });
    expect(tokens.scope).toBe(`profile:read ${scope}`);
    const found = await callTool(tokens.access_token, search, { limit: 1 });
    expect(found.body.result.isError, found.body.result.content[0].text).toBeUndefined();
    const id = found.body.result.structuredContent.items[0].id as string;
    const one = await callTool(tokens.access_token, get, { [`${get.slice(4)}_id`]: id });
    expect(one.body.result.structuredContent.id).toBe(id);
  }
});

describe('a reader', () => {
  // Never a challenge: a client would ask its user again and again, in vain.
  const forbidden = expect.stringMatching(/^The user's role in Shelf does not allow this: /);
  const writes: [tool: string, args: Record<string, unknown>][] = [
    ['create_item', {}],
    ['update_item', { item_id: 'item_0001', notes: 'n' }],
    ['create_note', { text: 't' }],
    ['send_message', { to: ['ada@acme.example'], text: 't' }],
  ];

  test.each(writes)('may not %s, and nothing is sent upstream', async (tool, args) => {
    const { tokens } = await world.signIn('alan@acme.example');
    world.sent.length = 0;
    const reply = await callTool(tokens.access_token, tool, args);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('WWW-Authenticate')).toBeNull();
    expect(reply.body.result).toMatchObject({ isError: true, content: [{ text: forbidden }] });
    expect(world.sent).toEqual([]);
  });

  test('gets no more by asking for more, nor by a step-up', async () => {
    const client = await OAuthClient.register();
    const location = await world.authorize(client, 'alan@acme.example', { scope: 'items:read items:write' });
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    expect(body.scope).toBe('profile:read items:read');
    const reply = await callTool(body.access_token, 'create_item');
    expect(reply.body.result).toMatchObject({ isError: true, content: [{ text: forbidden }] });
  });

  test('who became one since signing in is told so by the upstream’s own no', async () => {
    const { tokens } = await world.signIn('ada@acme.example');
    world.backend.set({ fail: { path: '/v1/items', status: 403, times: 1 } });
    const reply = await callTool(tokens.access_token, 'update_item', { item_id: 'item_0001', notes: 'n' });
    expect(reply.status).toBe(200);
    expect(reply.body.result.isError).toBe(true);
    expect(reply.body.result.content[0].text).toBe(
      'Shelf API does not allow you to do this. An administrator of your workspace can change your role.',
    );
  });
});

describe('another tenant’s record', () => {
  test.each([
    ['get_item', { item_id: 'item_0001' }],
    ['get_note', { note_id: 'note_0001' }],
    ['get_picture', { item_id: 'item_0001' }],
    ['update_item', { item_id: 'item_0001', notes: 'hello' }],
  ])('%s: not found, in the words of one that does not exist', async (tool, args) => {
    const { tokens } = await world.signIn('grace@globex.example');
    const others = await callTool(tokens.access_token, tool, args);
    const [key = ''] = Object.keys(args);
    const nobodys = await callTool(tokens.access_token, tool, { ...args, [key]: 'item_999999' });
    expect(others.body.result).toMatchObject({
      isError: true,
      content: [{ text: 'Shelf API has no such record that you can see. Check the id, or search for it first.' }],
    });
    expect(others.body.result).toEqual(nobodys.body.result);
  });

  test('no search reaches it', async () => {
    const { tokens } = await world.signIn('grace@globex.example');
    for (const tool of ['search_items', 'search_notes']) {
      const { body } = await callTool(tokens.access_token, tool, { limit: 50 });
      expect(JSON.stringify(body.result.structuredContent)).not.toContain('acme.example');
    }
    const owned = await callTool(tokens.access_token, 'search_items', { owner: 'ada@acme.example' });
    expect(owned.body.result.structuredContent).toMatchObject({ total: 0, items: [] });
  });

  test('nor does a message', async () => {
    const { tokens } = await world.signIn('grace@globex.example');
    const message = { to: ['ada@acme.example'], text: 't' };
    const { body } = await callTool(tokens.access_token, 'send_message', message);
    expect(body.result.content[0].text).toBe('Shelf API did not accept these values: to. Correct them and try again.');
  });
});
