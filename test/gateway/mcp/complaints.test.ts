// What users of other servers complain about most, a test or more for each, in their words. Here: calling tools. Signing
// in and staying so is in complaints-signing-in.test.ts.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { modernRequest } from '../../support/envelope';
import { challengeOf } from '../../support/challenge';
import { serve, tool } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { callTool, legacyMcp, mcp, post, wires, type McpReply } from '../../support/mcp-client';
import { EventReader, McpSessionClient } from '../../support/mcp-session';
import { gateway, OAuthClient, useGateway } from '../../support/oauth-client';
import { auditEvents, flushSession } from '../../support/records';
import { bearersSeen, leave, SessionProbe } from '../../support/session';
import { callAt, katherine, signInAt, tenantUrl } from '../../support/tenants';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
});
afterEach(leave);

const ada = 'ada@acme.example';
const item = { item_id: 'item_0001' };
const namesIn = ({ body }: { body: McpReply['body'] }): string[] =>
  body.result.tools.map(({ name }: { name: string }) => name);

describe('complaint 7: stale tool lists after a deploy or a policy change', () => {
  const becomeReader = (): void => void (world.backend.user(ada).role = 'reader');

  /** A listener's stream on the 2026-07-28 wire. */
  async function subscribe(token: string): Promise<EventReader> {
    const params = { notifications: { toolsListChanged: true } };
    const answer = await gateway('/mcp', modernRequest(token, 'subscriptions/listen', params));
    expect(answer.headers.get('Content-Type')).toContain('text/event-stream');
    if (!answer.body) throw new Error('the stream has no body');
    return new EventReader(answer.body);
  }

  const isToolsChanged = (message: { method?: string } | undefined): boolean =>
    message === undefined || message.method === 'notifications/tools/list_changed';
  /** The stream's next word on the tools; undefined when it ended without one. */
  async function toolsChanged(stream: EventReader): Promise<unknown> {
    for (;;) {
      const message = await stream.message();
      if (isToolsChanged(message)) return message;
    }
  }

  test.each(['2026-07-28', '2025-11-25'])('who was made a viewer is told so, and lists anew (%s)', async (revision) => {
    const { client, tokens } = await world.signIn();
    const session = await McpSessionClient.begin(tokens.access_token);
    const stream = revision === '2026-07-28' ? await subscribe(tokens.access_token) : await session.stream();
    expect(namesIn(await mcp(tokens.access_token, 'tools/list'))).toContain('create_item');
    becomeReader();
    const renewed = await client.refresh(tokens.refresh_token);
    expect(await toolsChanged(stream)).toMatchObject({ method: 'notifications/tools/list_changed' });
    await stream.drop();
    expect(namesIn(await mcp(renewed.body.access_token, 'tools/list'))).not.toContain('create_item');
  });

  test.each(['2026-07-28', '2025-11-25'])(
    'a deploy with another tool is told to those who listen (%s)',
    async (revision) => {
      const { tokens } = await world.signIn();
      const session = await McpSessionClient.begin(tokens.access_token);
      await session.request('tools/list');
      const stream = revision === '2026-07-28' ? await subscribe(tokens.access_token) : await session.stream();
      serve({ tools: [...product.tools, tool({ name: 'brand_new' })] });
      expect(namesIn(await mcp(tokens.access_token, 'tools/list'))).toContain('brand_new');
      expect(await toolsChanged(stream)).toMatchObject({ method: 'notifications/tools/list_changed' });
      await stream.drop();
      useGateway();
    },
  );

  test('nobody keeps a list for longer than some minutes, and nobody shares one', async () => {
    const { tokens } = await world.signIn();
    const { body } = await mcp(tokens.access_token, 'tools/list');
    expect(body.result.cacheScope).toBe('private');
    expect(body.result.ttlMs).toBeLessThanOrEqual(600_000);
  });
});

describe('complaint 8: two tenants, one URL: a connector URL can be added once only', () => {
  test('a person of two tenants adds two URLs, and each shows its own data', async () => {
    const answers = [];
    for (const tenant of ['acme', 'globex']) {
      const url = tenantUrl(tenant);
      const { tokens } = await signInAt(world, url, katherine);
      answers.push(await callAt(url, tokens.access_token));
    }
    expect(answers.map(({ structured }) => structured?.['tenant_id'])).toEqual(['acme', 'globex']);
  });

  test('the token of one is refused at the other’s URL, with a challenge and without data', async () => {
    const { tokens } = await signInAt(world, tenantUrl('acme'), katherine);
    const elsewhere = await callAt(tenantUrl('globex'), tokens.access_token, 'search_items');
    expect(elsewhere.status).toBe(401);
    expect(elsewhere.challenge).toContain('/.well-known/oauth-protected-resource/t/globex/mcp"');
    expect(elsewhere.text).not.toContain('example.com');
    expect(elsewhere.structured).toBeUndefined();
  });
});

describe('complaint 9: step-up that asks for one scope at a time, or loses those already granted', () => {
  test.each(wires)('one challenge names all that is needed, with all that is held ($revision)', async ({ send }) => {
    const { tokens } = await world.signIn(ada, { scope: 'items:read reports:read' });
    const refused = await send(tokens.access_token, 'tools/call', { name: 'update_item', arguments: {} });
    expect(refused.status).toBe(403);
    const { scope = '' } = challengeOf(refused);
    expect(scope.split(' ').toSorted()).toEqual(['items:read', 'items:write', 'profile:read', 'reports:read']);

    const client = await OAuthClient.register();
    const location = await world.authorize(client, ada, { scope });
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    for (const [name, args] of [
      ['search_items', {}],
      ['count_items', {}],
      ['create_item', { name: 'Hammer', kind: 'tool' }],
    ] as const)
      expect((await callTool(body.access_token, name, args)).body.result.isError, name).toBeFalsy();
  });
});

describe('complaint 10: no read-only switch, no audit trail, wrong safety hints, no per-user identity upstream', () => {
  test('who unticks what changes things has a connector that reads, and nothing else', async () => {
    const client = await OAuthClient.register();
    const location = await world.authorize(client, ada, { keep: (scope) => scope.endsWith(':read') });
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    const list = await mcp(body.access_token, 'tools/list');
    expect(list.body.result.tools.length).toBeGreaterThan(5);
    for (const { name, annotations } of list.body.result.tools) expect(annotations.readOnlyHint, name).toBe(true);
    world.sent.length = 0;
    for (const { name, hints } of product.tools.filter(({ hints }) => !hints.readOnlyHint)) {
      expect(hints.readOnlyHint).toBe(false);
      const refused = await callTool(body.access_token, name);
      // A challenge, or words once the user was asked often enough.
      if (refused.status !== 403) expect(refused.body.result, name).toMatchObject({ isError: true });
    }
    expect(world.sent).toEqual([]);
  });

  test('every call is on the audit trail: who, in which tenant, which tool, and how it ended', async () => {
    const { tokens, sessionId } = await world.signIn();
    const reply = await callTool(tokens.access_token, 'get_item', item);
    const refused = await callTool(tokens.access_token, 'get_item', { item_id: 'item_999999' });
    await new SessionProbe(sessionId).answered();
    await flushSession(sessionId);
    const who = { tenant_id: 'acme', user_email: ada, session_id: sessionId, action: 'tool_call' };
    expect(await auditEvents({ request_id: reply.headers.get('X-Request-Id') ?? '' })).toMatchObject([
      { ...who, tool: 'get_item', outcome: 'success' },
    ]);
    expect(await auditEvents({ request_id: refused.headers.get('X-Request-Id') ?? '' })).toMatchObject([
      { ...who, tool: 'get_item', outcome: 'error' },
    ]);
  });

  test.each(wires)('the hints say what a tool does: all four, on every tool ($revision)', async ({ send }) => {
    const { tokens } = await world.signIn();
    const { body } = await send(tokens.access_token, 'tools/list');
    for (const { name, annotations } of body.result.tools) {
      expect(annotations, name).toMatchObject({
        readOnlyHint: expect.any(Boolean),
        destructiveHint: expect.any(Boolean),
        idempotentHint: expect.any(Boolean),
        openWorldHint: expect.any(Boolean),
      });
      expect(annotations.readOnlyHint, name).toBe(/^(whoami$|search_|get_|count_|slow_)/.test(name));
    }
  });

  test('upstream each person is themselves, and sees what they may see', async () => {
    const [first, second] = [await world.signIn(ada), await world.signIn('grace@globex.example')];
    const bearers = bearersSeen(world);
    const found: string[][] = [];
    for (const { tokens } of [first, second]) {
      const { body } = await callTool(tokens.access_token, 'search_items', { limit: 50 });
      found.push(body.result.structuredContent.items.map(({ id }: { id: string }) => id));
    }
    expect(new Set(bearers).size).toBe(2);
    expect(found.map((ids) => ids.length > 0)).toEqual([true, true]);
    expect(found[0]?.filter((id) => found[1]?.includes(id))).toEqual([]);
  });
});

describe('complaint 11: servers that break on the 2026-07-28 probe, or drop sessions of 2025-era clients', () => {
  test('the probe is answered: what is spoken here, and for a revision that is not, which ones are', async () => {
    const { tokens } = await world.signIn();
    const probe = await mcp(tokens.access_token, 'server/discover');
    expect(probe.body.result.supportedVersions).toContain('2026-07-28');
    const future = {
      'io.modelcontextprotocol/protocolVersion': '2031-01-01',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const unknown = await mcp(
      tokens.access_token,
      'server/discover',
      { _meta: future },
      { 'MCP-Protocol-Version': '2031-01-01' },
    );
    expect(unknown.body.error.data.supported).toContain('2026-07-28');
  });

  test('a probe without a token is challenged, so that the client signs in rather than gives up', async () => {
    const { status, headers } = await mcp(undefined, 'server/discover');
    expect(status).toBe(401);
    expect(headers.get('WWW-Authenticate')).toContain('resource_metadata=');
  });

  test.each(['2024-11-05', '2025-06-18', '2025-11-25'])('a session of %s outlives an eviction', async (revision) => {
    const { tokens } = await world.signIn();
    const session = await McpSessionClient.begin(tokens.access_token, {}, revision);
    await session.probe.evict();
    expect((await session.request('tools/list')).body.result.tools.length).toBeGreaterThan(5);
    await session.probe.evict();
    expect((await session.call('get_item', item)).body.result.structuredContent.id).toBe('item_0001');
  });

  test('what a session missed while it was disconnected, it is told when it comes back', async () => {
    const { client, tokens } = await world.signIn();
    const session = await McpSessionClient.begin(tokens.access_token);
    await session.request('tools/list');
    const stream = await session.stream();
    const last = (await stream.next())?.id;
    await stream.drop();
    world.backend.user(ada).role = 'reader';
    const { body } = await client.refresh(tokens.refresh_token);
    await session.probe.evict();
    const resumed = await session.as({ token: body.access_token }).stream(last);
    expect(await resumed.message()).toMatchObject({
      method: expect.stringMatching(/^notifications\/\w+\/list_changed$/),
    });
    await resumed.drop();
  });

  test('a new session for every call, as Claude may, and none at all, are both served', async () => {
    const { tokens } = await world.signIn();
    for (let times = 0; times < 5; times += 1) {
      const session = await McpSessionClient.begin(tokens.access_token);
      expect((await session.call('get_item', item)).body.result.structuredContent.id).toBe('item_0001');
    }
    const without = await legacyMcp(tokens.access_token, 'tools/call', { name: 'get_item', arguments: item });
    expect(without.body.result.structuredContent.id).toBe('item_0001');
    const bare = await post(tokens.access_token, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect(namesIn(bare)).toContain('get_item');
  });
});
