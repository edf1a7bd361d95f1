// What a token may see and do: narrow grants, roles, and the step-up from one to the other (MCP authorization,
// scope challenge handling; RFC 6750 §3.1).
import { beforeEach, describe, expect, test } from 'vitest';
import { callTool, mcp, wires, type McpReply } from '../../support/mcp-client';
import { Browser, gateway, OAuthClient, type TokenSet } from '../../support/oauth-client';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await World.begin();
});

const namesIn = (reply: McpReply): string[] => reply.body.result.tools.map((tool: { name: string }) => tool.name);

/** The parameters of a Bearer challenge (RFC 6750 §3). */
function challengeOf(reply: McpReply): Record<string, string> {
  const header = reply.headers.get('WWW-Authenticate') ?? '';
  expect(header).toMatch(/^Bearer /);
  return Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}

async function tokensFor(client: OAuthClient, scope: string, browser?: Browser): Promise<TokenSet> {
  const location = await world.authorize(client, 'ada@acme.example', { scope, ...(browser ? { browser } : {}) });
  return (await client.redeem(location.searchParams.get('code') ?? '')).body;
}

const byScope: [scope: string, tools: string[]][] = [
  ['profile:read', ['whoami']],
  ['leads:read', ['get_lead', 'search_leads', 'whoami']],
  ['leads:write', ['create_lead', 'get_lead', 'search_leads', 'update_lead_stage', 'whoami']],
  ['customers:read', ['get_customer', 'search_customers', 'whoami']],
  ['tickets:write', ['add_ticket_comment', 'create_ticket', 'get_ticket', 'search_tickets', 'update_ticket', 'whoami']],
  ['knowledge:read', ['get_article', 'search_knowledge', 'whoami']],
  ['analytics:read', ['get_pipeline_summary', 'get_sales_forecast', 'whoami']],
  ['notifications:send', ['send_notification', 'whoami']],
  ['leads:read analytics:read', ['get_lead', 'get_pipeline_summary', 'get_sales_forecast', 'search_leads', 'whoami']],
];

describe('tools/list', () => {
  test.each(byScope)(
    'with %s holds exactly what it allows, and the way to more, on both wires',
    async (scope, tools) => {
      const { tokens } = await world.signIn('ada@acme.example', { scope });
      for (const { send } of wires)
        expect(namesIn(await send(tokens.access_token, 'tools/list'))).toEqual([...tools, 'request_access']);
    },
  );

  test('holds nothing that a viewer would be refused', async () => {
    const { tokens } = await world.signIn('alan@acme.example');
    const reply = await mcp(tokens.access_token, 'tools/list');
    for (const tool of reply.body.result.tools) expect(tool.annotations.readOnlyHint, tool.name).toBe(true);
    expect(namesIn(reply)).toHaveLength(11);
  });

  test('of one user is not another one’s, whoever asks first', async () => {
    const [ada, alan] = [await world.signIn('ada@acme.example'), await world.signIn('alan@acme.example')];
    const lists = await Promise.all(
      [ada, alan, ada, alan].map(async ({ tokens }) => namesIn(await mcp(tokens.access_token, 'tools/list')).length),
    );
    expect(lists).toEqual([18, 11, 18, 11]);
  });

  test('leaves out what the user did not tick', async () => {
    const client = await OAuthClient.register();
    const location = await world.authorize(client, 'ada@acme.example', { keep: (scope) => scope === 'tickets:read' });
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    expect(namesIn(await mcp(body.access_token, 'tools/list'))).toEqual([
      'get_ticket',
      'search_tickets',
      'whoami',
      'request_access',
    ]);
  });
});

describe('a call beyond the token’s scopes', () => {
  test.each(wires)('$revision: 403 that names every scope needed, those already held included', async ({ send }) => {
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'leads:read' });
    world.sent.length = 0;
    const reply = await send(tokens.access_token, 'tools/call', { name: 'update_customer', arguments: {} });
    expect(reply.status).toBe(403);
    expect(challengeOf(reply)).toEqual({
      realm: 'OAuth',
      error: 'insufficient_scope',
      scope: 'profile:read leads:read customers:write',
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
    const location = await world.authorize(client, 'ada@acme.example', { keep: (scope) => scope === 'leads:read' });
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    const reply = await callTool(body.access_token, 'search_customers');
    expect(challengeOf(reply)['scope']?.split(' ')).toEqual(['profile:read', 'leads:read', 'customers:read']);
  });
});

describe('step-up', () => {
  test('works in one round trip, keeps what was held, and leaves the first session alone', async () => {
    const client = await OAuthClient.register();
    const browser = new Browser();
    const first = await tokensFor(client, 'leads:read', browser);
    const lead = { company: 'C', contact_name: 'N', contact_email: 'n@c.example', industry: 'energy', region: 'emea' };
    const refused = await callTool(first.access_token, 'create_lead', lead);
    expect(refused.status).toBe(403);

    const challenge = challengeOf(refused);
    const metadata = await gateway(challenge['resource_metadata'] ?? '');
    expect(await metadata.json()).toMatchObject({ resource: first.resource });
    const second = await tokensFor(client, challenge['scope'] ?? '', browser);
    expect(second.scope.split(' ')).toEqual(['profile:read', 'leads:read', 'leads:write']);

    const created = await callTool(second.access_token, 'create_lead', lead);
    expect(created.body.result.structuredContent).toMatchObject({ company: 'C', stage: 'new' });
    const found = await callTool(second.access_token, 'search_leads', { limit: 1 });
    expect(found.body.result.isError).toBeUndefined();
    expect((await callTool(first.access_token, 'search_leads', { limit: 1 })).status).toBe(200);
    expect((await callTool(first.access_token, 'create_lead', lead)).status).toBe(403);
  });

  test('consent is asked again, since it is for more than before', async () => {
    const client = await OAuthClient.register();
    const browser = new Browser();
    await tokensFor(client, 'leads:read', browser);
    const again = await browser.open(await client.authorizationUrl({ scope: 'leads:read leads:write' }));
    expect(again.status).toBe(200);
    expect(await again.text()).toContain('leads:write');
  });

  test('a second one adds to the first', async () => {
    const client = await OAuthClient.register();
    let tokens = await tokensFor(client, 'knowledge:read');
    for (const tool of ['search_leads', 'create_ticket', 'send_notification']) {
      const { scope = '' } = challengeOf(await callTool(tokens.access_token, tool));
      tokens = await tokensFor(client, scope);
    }
    expect(new Set(tokens.scope.split(' '))).toEqual(
      new Set(['profile:read', 'knowledge:read', 'leads:read', 'tickets:write', 'notifications:send']),
    );
  });
});

test('`x:write` reads, too: the upstream is asked for what it implies', async () => {
  for (const [scope, search, get] of [
    ['leads:write', 'search_leads', 'get_lead'],
    ['customers:write', 'search_customers', 'get_customer'],
    ['tickets:write', 'search_tickets', 'get_ticket'],
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

describe('a viewer', () => {
  // Never a challenge: a client would ask its user again and again, in vain.
  const forbidden = expect.stringMatching(/^The user's role in Nexus does not allow this: /);
  const writes: [tool: string, args: Record<string, unknown>][] = [
    ['create_lead', {}],
    ['update_lead_stage', { lead_id: 'lead_0001', stage: 'won' }],
    ['update_customer', { customer_id: 'cus_0001', plan: 'starter' }],
    ['create_ticket', { subject: 's', description: 'd' }],
    ['add_ticket_comment', { ticket_id: 'tic_0001', body: 'b' }],
    ['send_notification', { recipients: ['ada@acme.example'], subject: 's', message: 'm' }],
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
    const location = await world.authorize(client, 'alan@acme.example', { scope: 'leads:read leads:write' });
    const { body } = await client.redeem(location.searchParams.get('code') ?? '');
    expect(body.scope).toBe('profile:read leads:read');
    const reply = await callTool(body.access_token, 'create_lead');
    expect(reply.body.result).toMatchObject({ isError: true, content: [{ text: forbidden }] });
  });

  test('who became one since signing in is told so by the upstream’s own no', async () => {
    const { tokens } = await world.signIn('ada@acme.example');
    await world.crm({ fail: { path: '/v1/customers', status: 403, times: 1 } });
    const reply = await callTool(tokens.access_token, 'update_customer', { customer_id: 'cus_0001', plan: 'starter' });
    expect(reply.status).toBe(200);
    expect(reply.body.result.isError).toBe(true);
    expect(reply.body.result.content[0].text).toBe(
      'Nexus CRM does not allow you to do this. An administrator of your workspace can change your role.',
    );
  });
});

describe('another tenant’s record', () => {
  test.each([
    ['get_lead', { lead_id: 'lead_0001' }],
    ['get_customer', { customer_id: 'cus_0001' }],
    ['get_ticket', { ticket_id: 'tic_0001' }],
    ['update_lead_stage', { lead_id: 'lead_0001', stage: 'contacted' }],
    ['update_customer', { customer_id: 'cus_0001', plan: 'starter' }],
    ['add_ticket_comment', { ticket_id: 'tic_0001', body: 'hello' }],
  ])('%s: not found, in the words of one that does not exist', async (tool, args) => {
    const { tokens } = await world.signIn('grace@globex.example');
    const others = await callTool(tokens.access_token, tool, args);
    const [key = ''] = Object.keys(args);
    const nobodys = await callTool(tokens.access_token, tool, { ...args, [key]: 'lead_999999' });
    expect(others.body.result).toMatchObject({
      isError: true,
      content: [{ text: 'Nexus CRM has no such record that you can see. Check the id, or search for it first.' }],
    });
    expect(others.body.result).toEqual(nobodys.body.result);
  });

  test('no search reaches it', async () => {
    const { tokens } = await world.signIn('grace@globex.example');
    for (const tool of ['search_leads', 'search_customers', 'search_tickets']) {
      const { body } = await callTool(tokens.access_token, tool, { limit: 50 });
      expect(JSON.stringify(body.result.structuredContent)).not.toContain('acme.example');
    }
    const owned = await callTool(tokens.access_token, 'search_leads', { owner: 'ada@acme.example' });
    expect(owned.body.result.structuredContent).toMatchObject({ total: 0, items: [] });
  });

  test('nor does a message', async () => {
    const { tokens } = await world.signIn('grace@globex.example');
    const message = { recipients: ['ada@acme.example'], subject: 's', message: 'm' };
    const { body } = await callTool(tokens.access_token, 'send_notification', message);
    expect(body.result.content[0].text).toBe(
      'Nexus CRM did not accept these values: recipients. Correct them and try again.',
    );
  });
});
