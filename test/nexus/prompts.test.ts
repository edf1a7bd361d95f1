// Nexus's prompts and their suggestions, against the real CRM: as the user, filled with what the user may see.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callTool, mcp, wires, type McpReply } from '../support/mcp-client';
import { beginNexus, type NexusWorld } from './support/crm';

let world: NexusWorld;
let ada: string;
let grace: string;
beforeAll(async () => {
  world = await beginNexus();
  ada = (await world.signIn('ada@acme.example')).tokens.access_token;
  grace = (await world.signIn('grace@globex.example')).tokens.access_token;
  await callTool(ada, 'search_leads', { limit: 1 });
});
beforeEach(() => {
  world.sent.length = 0;
});

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly uri?: string;
  readonly resource?: { readonly uri: string; readonly text: string };
}

const blocksOf = (reply: McpReply): Block[] => {
  expect(reply.body.result?.messages, JSON.stringify(reply.body)).toBeDefined();
  return reply.body.result.messages.map(({ content }: { content: Block }) => content);
};
const textOf = (blocks: Block[]): string => blocks.map(({ text, resource }) => text ?? resource?.text ?? '').join('\n');

async function inCrm(sql: string): Promise<Record<string, string>> {
  return (await env.CRM_DB.prepare(sql).first<Record<string, string>>()) ?? {};
}

describe.each(wires)('on the $revision wire', ({ send }) => {
  const get = (token: string, name: string, args: Record<string, string> = {}) =>
    send(token, 'prompts/get', { name, arguments: args });
  const complete = async (token: string, ref: Record<string, string>, name: string, value: string) => {
    const reply = await send(token, 'completion/complete', { ref, argument: { name, value } });
    expect(reply.body.result?.completion, JSON.stringify(reply.body)).toBeDefined();
    return reply.body.result.completion.values as string[];
  };

  test('the prompts are listed with their arguments', async () => {
    const { prompts } = (await send(ada, 'prompts/list')).body.result;
    expect(prompts.map(({ name }: { name: string }) => name)).toEqual([
      'pipeline_review',
      'prepare_customer_call',
      'triage_my_tickets',
    ]);
    expect(prompts[1].arguments).toEqual([
      {
        name: 'customer',
        title: 'Customer',
        description: 'Name of the company or id of the customer, like cus_0001',
        required: true,
      },
    ]);
  });

  test('pipeline_review brings the figures of the CRM for one stage, owner and industry', async () => {
    const filters = { owner: 'rosa@acme.example', industry: 'energy' };
    const blocks = blocksOf(await get(ada, 'pipeline_review', { stage: 'won', ...filters }));
    const { structuredContent: totals } = (await callTool(ada, 'get_pipeline_summary', filters)).body.result;
    expect(blocks[1]?.text).toContain(`Open leads: ${totals.open_leads}`.replace('Open leads:', '**Open leads**:'));
    const { n } = await inCrm(
      "SELECT count(*) AS n FROM leads WHERE tenant_id = 'acme' AND stage = 'won' AND owner = 'rosa@acme.example' AND industry = 'energy'",
    );
    const rows = blocks[1]?.text?.match(/^\| lead_\d+ \|.*$/gm) ?? [];
    expect(rows).toHaveLength(Number(n));
    expect(rows.every((row) => row.includes('rosa@acme.example'))).toBe(true);
  });

  test('triage_my_tickets brings what is assigned to the user, and to nobody else', async () => {
    const text = textOf(blocksOf(await get(ada, 'triage_my_tickets')));
    const mine = await env.CRM_DB.prepare(
      "SELECT id FROM tickets WHERE tenant_id = 'acme' AND assignee = 'ada@acme.example' AND status <> 'closed'",
    ).all<{ id: string }>();
    expect([...text.matchAll(/^\| (tic_\d+) \|/gm)].map(([, id]) => id).toSorted()).toEqual(
      mine.results.map(({ id }) => id).toSorted(),
    );
  });

  test('prepare_customer_call finds a customer by name, and attaches record and tickets', async () => {
    const { id, company } = await inCrm(
      `SELECT c.id, c.company FROM customers c JOIN tickets t ON t.customer_id = c.id
       WHERE c.tenant_id = 'acme' AND t.status = 'open' LIMIT 1`,
    );
    const blocks = blocksOf(await get(ada, 'prepare_customer_call', { customer: company ?? '' }));
    expect(blocks[1]).toMatchObject({ type: 'resource', resource: { uri: `nexus://customers/${id}` } });
    const link = blocks.find(({ type }) => type === 'resource_link');
    const ticket = await send(ada, 'resources/read', { uri: link?.uri });
    expect(ticket.body.result.contents[0].text).toContain(id);
  });

  test('a bad argument is named, and one from another tenant finds nothing', async () => {
    const bad = await get(ada, 'pipeline_review', { stage: 'imaginary' });
    expect(bad.body.error).toMatchObject({ code: -32602 });
    expect(bad.body.error.message).toContain('stage');
    expect(world.sent).toEqual([]);
    for (const customer of [
      'cus_0001',
      (await inCrm("SELECT company FROM customers WHERE id = 'cus_0001'"))['company'],
    ]) {
      const reply = await get(grace, 'prepare_customer_call', { customer: customer ?? '' });
      expect(reply.body.result).toBeUndefined();
      expect(JSON.stringify(reply.body)).not.toContain('acme.example');
    }
    expect(textOf(blocksOf(await get(grace, 'triage_my_tickets', { assignee: 'ada@acme.example' })))).not.toContain(
      'tic_',
    );
  });

  describe('suggests', () => {
    const review = { type: 'ref/prompt', name: 'pipeline_review' };
    const call = { type: 'ref/prompt', name: 'prepare_customer_call' };
    const lead = { type: 'ref/resource', uri: 'nexus://leads/{id}' };

    test('stages and industries', async () => {
      expect(await complete(ada, review, 'stage', 'ne')).toEqual(['new', 'negotiation']);
      expect(await complete(ada, review, 'industry', 'health')).toEqual(['healthcare']);
      expect(world.sent).toEqual([]);
    });

    test('owners, by name', async () => {
      expect(await complete(ada, review, 'owner', 'diaz')).toEqual(['rosa@acme.example']);
      expect(world.sent).toEqual(['GET crm.example/v1/users']);
    });

    test('customers by name, with the id that the prompt takes back', async () => {
      const { company = '' } = await inCrm("SELECT company FROM customers WHERE id = 'cus_0001'");
      const [first = ''] = await complete(ada, call, 'customer', company.slice(0, -1));
      expect(first).toBe(`${company} (cus_0001)`);
      expect(blocksOf(await get(ada, 'prepare_customer_call', { customer: first }))[1]).toMatchObject({
        resource: { uri: 'nexus://customers/cus_0001' },
      });
    });

    test.each([
      ['nexus://leads/{id}', 'id', 'lead_003', /^lead_003\d$/],
      ['nexus://customers/{id}', 'id', 'cus_003', /^cus_003\d$/],
      ['nexus://tickets/{id}', 'id', 'tic_003', /^tic_003\d$/],
      ['nexus://knowledge/{slug}', 'slug', 'returns-', /^returns-[a-z-]+$/],
    ])('ids for %s', async (uri, name, typed, like) => {
      const values = await complete(ada, { type: 'ref/resource', uri }, name, typed);
      expect(values.length).toBeGreaterThan(0);
      for (const value of values) expect(value).toMatch(like);
    });

    test('nothing of another tenant: no person, no id, no name', async () => {
      for (const typed of ['', 'ada', 'acme'])
        expect((await complete(grace, review, 'owner', typed)).filter((who) => who.includes('acme'))).toEqual([]);
      expect(await complete(grace, lead, 'id', 'lead_0')).toEqual([]);
      expect(await complete(grace, lead, 'id', '')).not.toHaveLength(0);
      for (const id of await complete(grace, lead, 'id', '')) expect(id).toMatch(/^lead_1\d{3}$/);
      const { company = '' } = await inCrm("SELECT company FROM customers WHERE id = 'cus_0001'");
      expect(await complete(grace, call, 'customer', company)).toEqual([]);
    });
  });
});

describe('a token without the scopes', () => {
  let narrow: string;
  beforeAll(async () => {
    narrow = (await world.signIn('ada@acme.example', { scope: 'tickets:read' })).tokens.access_token;
  });

  test('sees the prompts that it can fill, and no other', async () => {
    const { prompts } = (await mcp(narrow, 'prompts/list')).body.result;
    expect(prompts.map(({ name }: { name: string }) => name)).toEqual(['triage_my_tickets']);
    const triage = { type: 'ref/prompt', name: 'triage_my_tickets' };
    const reply = await mcp(narrow, 'completion/complete', {
      ref: triage,
      argument: { name: 'assignee', value: 'rosa' },
    });
    expect(reply.body.result.completion.values).toEqual(['rosa@acme.example']);
  });

  test.each([
    ['prompts/get', { name: 'pipeline_review' }, ['leads:read', 'analytics:read']],
    [
      'completion/complete',
      { ref: { type: 'ref/resource', uri: 'nexus://customers/{id}' }, argument: { name: 'id', value: 'c' } },
      ['customers:read'],
    ],
  ])('is told by %s everything that it needs, and nothing else', async (method, params, scopes) => {
    const reply = await mcp(narrow, method, params);
    expect(reply.status).toBe(403);
    const asked = /scope="([^"]*)"/.exec(reply.headers.get('WWW-Authenticate') ?? '')?.[1]?.split(' ');
    expect(asked).toEqual(expect.arrayContaining(scopes));
    expect(world.sent).toEqual([]);
  });
});
