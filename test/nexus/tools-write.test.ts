// Every tool that writes, end to end: the CRM is changed as asked, once, by one request, and says so.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { problemsWith } from '../support/json-schema';
import { callTool, legacyMcp, mcp, wires } from '../support/mcp-client';
import { beginNexus, type NexusWorld } from './support/crm';

let world: NexusWorld;
let token: string;
let schemas: Record<string, unknown>;
beforeAll(async () => {
  world = await beginNexus();
  token = (await world.signIn('ada@acme.example')).tokens.access_token;
  const { tools } = (await mcp(token, 'tools/list')).body.result as {
    tools: { name: string; outputSchema: unknown }[];
  };
  schemas = Object.fromEntries(tools.map((tool) => [tool.name, tool.outputSchema]));
});
beforeEach(() => {
  world.sent.length = 0;
});

async function inCrm(sql: string): Promise<Record<string, unknown>> {
  return (await env.CRM_DB.prepare(sql).first()) ?? {};
}

async function openId(table: 'leads' | 'tickets', where: string): Promise<string> {
  return String((await inCrm(`SELECT id FROM ${table} WHERE tenant_id = 'acme' AND ${where}`))['id']);
}

const newLead = {
  company: 'Hooli | "Labs" <b>',
  contact_name: 'Gavin Belson',
  contact_email: 'gavin@hooli.example',
  industry: 'software',
  region: 'amer',
  value_usd: 80_000,
  notes: 'Met at a fair.\nWants a demo.',
};

describe.each(wires)('on the $revision wire', ({ send }) => {
  const call = async (name: string, args: Record<string, unknown>) => {
    const { status, body } = await send(token, 'tools/call', { name, arguments: args });
    expect(status).toBe(200);
    expect(body.result.isError, body.result.content[0].text).toBeUndefined();
    expect(problemsWith(body.result.structuredContent, schemas[name])).toBeUndefined();
    return { structured: body.result.structuredContent, markdown: body.result.content[0].text as string };
  };

  test('create_lead adds one, owned by the user', async () => {
    const { structured, markdown } = await call('create_lead', newLead);
    expect(world.sent).toEqual(['POST crm.example/v1/leads']);
    expect(await inCrm(`SELECT * FROM leads WHERE id = '${structured.id}'`)).toMatchObject({
      ...newLead,
      tenant_id: 'acme',
      stage: 'new',
      owner: 'ada@acme.example',
    });
    expect(markdown).toMatch(/^The lead was created\./);
    expect(markdown).toContain('Hooli \\| "Labs" &lt;b&gt;');
  });

  test('update_lead_stage moves one, with a note', async () => {
    const id = await openId('leads', "stage = 'new'");
    const { structured } = await call('update_lead_stage', { lead_id: id, stage: 'contacted', note: 'Called.' });
    expect(world.sent).toEqual([`PATCH crm.example/v1/leads/${id}`]);
    expect(structured).toMatchObject({ id, stage: 'contacted' });
    const row = await inCrm(`SELECT stage, notes FROM leads WHERE id = '${id}'`);
    expect(row['stage']).toBe('contacted');
    expect(row['notes']).toMatch(/ada@acme\.example\] Called\.$/);
  });

  test('update_customer changes what is given, and nothing else', async () => {
    const before = await inCrm("SELECT * FROM customers WHERE id = 'cus_0020'");
    const change = { health: before['health'] === 'watch' ? 'good' : 'watch', phone: '+1 312 555 0100' };
    await call('update_customer', { customer_id: 'cus_0020', ...change });
    expect(world.sent).toEqual(['PATCH crm.example/v1/customers/cus_0020']);
    const after = await inCrm("SELECT * FROM customers WHERE id = 'cus_0020'");
    expect(after).toEqual({ ...before, ...change, updated_at: after['updated_at'] });
  });

  test('create_ticket opens one, for a customer', async () => {
    const ticket = { subject: 'Export fails', description: 'Since Monday.\nEvery time.', priority: 'high' };
    const { structured } = await call('create_ticket', { ...ticket, customer_id: 'cus_0001' });
    expect(world.sent).toEqual(['POST crm.example/v1/tickets']);
    expect(await inCrm(`SELECT * FROM tickets WHERE id = '${structured.id}'`)).toMatchObject({
      ...ticket,
      tenant_id: 'acme',
      status: 'open',
      customer_id: 'cus_0001',
    });
  });

  test('update_ticket closes one, and opens it again for a colleague', async () => {
    const id = await openId('tickets', "status = 'open'");
    await call('update_ticket', { ticket_id: id, status: 'closed' });
    const change = { status: 'open', priority: 'urgent', assignee: 'rosa@acme.example' };
    const { structured, markdown } = await call('update_ticket', { ticket_id: id, ...change });
    expect(world.sent).toEqual([`PATCH crm.example/v1/tickets/${id}`, `PATCH crm.example/v1/tickets/${id}`]);
    expect(structured).toMatchObject({ id, ...change });
    expect(await inCrm(`SELECT * FROM tickets WHERE id = '${id}'`)).toMatchObject({ ...change, tenant_id: 'acme' });
    expect(markdown).toMatch(/^The ticket was updated\./);
  });

  test('add_ticket_comment adds one, in the name of the user', async () => {
    const id = await openId('tickets', "status = 'open'");
    const { structured, markdown } = await call('add_ticket_comment', { ticket_id: id, body: 'A fix is on its way.' });
    expect(world.sent).toEqual([`POST crm.example/v1/tickets/${id}/comments`]);
    expect(await inCrm(`SELECT * FROM comments WHERE id = '${structured.id}'`)).toMatchObject({
      ticket_id: id,
      author: 'ada@acme.example',
      body: 'A fix is on its way.',
    });
    expect(markdown).toMatch(/^The comment was added\./);
  });

  test('send_notification reaches colleagues', async () => {
    const message = { subject: 'Hooli', message: 'Can you join?\nFriday.' };
    const { structured } = await call('send_notification', { recipients: ['alan@acme.example'], ...message });
    expect(world.sent).toEqual(['POST crm.example/v1/notifications']);
    expect(await inCrm(`SELECT * FROM notifications WHERE id = '${structured.id}'`)).toMatchObject({
      sender: 'ada@acme.example',
      recipients: '["alan@acme.example"]',
      ...message,
    });
  });
});

describe('what the CRM refuses is said clearly, and changes nothing', () => {
  const refusal = async (name: string, args: Record<string, unknown>): Promise<string> => {
    const { body } = await callTool(token, name, args);
    expect(body.result.isError).toBe(true);
    return body.result.content[0].text as string;
  };

  test('moving a lead that is won', async () => {
    const id = await openId('leads', "stage = 'won'");
    expect(await refusal('update_lead_stage', { lead_id: id, stage: 'lost' })).toMatch(
      /^Nexus CRM refused the change, since the record is in a state that does not permit it\./,
    );
    expect(await inCrm(`SELECT stage FROM leads WHERE id = '${id}'`)).toEqual({ stage: 'won' });
  });

  test('a comment on a closed ticket', async () => {
    const id = await openId('tickets', "status = 'closed'");
    expect(await refusal('add_ticket_comment', { ticket_id: id, body: 'x' })).toMatch(/does not permit it/);
  });

  test('an owner from outside, named by its field', async () => {
    const words = await refusal('update_customer', { customer_id: 'cus_0001', owner: 'grace@globex.example' });
    expect(words).toBe('Nexus CRM did not accept these values: owner. Correct them and try again.');
  });

  test('a ticket for a customer of another tenant', async () => {
    const words = await refusal('create_ticket', { subject: 's', description: 'd', customer_id: 'cus_1001' });
    expect(words).toContain('customer_id');
  });
});

test('two calls make two records: the gateway merges and repeats nothing', async () => {
  const count = async () => (await inCrm('SELECT count(*) AS n FROM leads'))['n'] as number;
  const before = await count();
  await Promise.all([
    callTool(token, 'create_lead', newLead),
    legacyMcp(token, 'tools/call', { name: 'create_lead', arguments: newLead }),
  ]);
  expect(await count()).toBe(before + 2);
});

test('a write whose answer is an error is not sent twice', async () => {
  await world.backend.set({ fail: { path: '/v1/leads', status: 503, times: 5, retry_after: 1 } });
  const { body } = await callTool(token, 'create_lead', newLead);
  expect(body.result.isError).toBe(true);
  expect(world.sent).toEqual(['POST crm.example/v1/leads']);
  await world.backend.set({ fail: null });
});
