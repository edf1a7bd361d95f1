// What overwrites, is final or reaches other people asks the user first, through clients that nobody here wrote: the SDK's
// own, on both revisions, where each is asked in its own way and the tools are written once.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/client/validators/cf-worker';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callTool, mcp } from '../support/mcp-client';
import { gateway, resource } from '../support/oauth-client';
import { beginNexus, type NexusWorld } from './support/crm';

let world: NexusWorld;
let token: string;
beforeEach(async () => {
  world = await beginNexus();
  token = (await world.signIn('ada@acme.example')).tokens.access_token;
  await callTool(token, 'search_leads', { limit: 1 });
  world.sent.length = 0;
});

type Answer = { action: 'accept' | 'decline' | 'cancel'; content?: Record<string, boolean> };
const yes: Answer = { action: 'accept', content: { confirm: true } };

interface AnyClient {
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const me = { name: 'sdk', version: '1' };
const options = () => ({
  fetch: (url: string | URL, init?: RequestInit) => gateway(String(url), init),
  requestInit: { headers: { Authorization: `Bearer ${token}` } },
});
const capabilities = { elicitation: { form: {} } };
const jsonSchemaValidator = new CfWorkerJsonSchemaValidator();

async function version2(mode: 'auto' | 'legacy', ask: (message: string) => Answer): Promise<AnyClient> {
  const client = new Client(me, { capabilities, jsonSchemaValidator, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', ({ params }) => ask(params.message));
  await client.connect(new StreamableHTTPClientTransport(new URL(resource), options()));
  return client;
}

async function version1(ask: (message: string) => Answer): Promise<AnyClient> {
  const client = new Client1(me, { capabilities, jsonSchemaValidator });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => ask(params.message));
  await client.connect(new Transport1(new URL(resource), options()));
  return client;
}

const clients: [name: string, connect: (ask: (message: string) => Answer) => Promise<AnyClient>][] = [
  ['version 2, 2026-07-28', (ask) => version2('auto', ask)],
  ['version 2, 2025-11-25', (ask) => version2('legacy', ask)],
  ['version 1', version1],
];

async function inCrm(sql: string): Promise<Record<string, unknown>> {
  return (await env.CRM_DB.prepare(sql).first()) ?? {};
}
const writes = () => world.sent.filter((line) => !line.startsWith('GET '));

describe.each(clients)('SDK %s', (_name, connect) => {
  const asked: string[] = [];
  let answer: Answer;
  let client: AnyClient;
  beforeEach(async () => {
    asked.length = 0;
    client = await connect((message) => {
      asked.push(message);
      return answer;
    });
  });
  afterEach(() => client.close());

  test('asks before it closes a ticket, by its subject, and closes it after a yes', async () => {
    const ticket = await inCrm("SELECT id, subject FROM tickets WHERE tenant_id = 'acme' AND status = 'open'");
    answer = yes;
    const result = await client.callTool({
      name: 'update_ticket',
      arguments: { ticket_id: ticket['id'], status: 'closed' },
    });
    expect(result['isError']).toBeFalsy();
    expect(result['structuredContent']).toMatchObject({ id: ticket['id'], status: 'closed' });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain(`Close the ticket “${String(ticket['subject'])}” (${String(ticket['id'])})`);
    expect(asked[0]).toContain('- Status: “open” → “closed”');
    expect(writes()).toEqual([`PATCH crm.example/v1/tickets/${String(ticket['id'])}`]);
  });

  test.each<[string, Answer]>([
    ['declines', { action: 'decline' }],
    ['closes the dialog', { action: 'cancel' }],
    ['answers without ticking the box', { action: 'accept', content: { confirm: false } }],
  ])('changes nothing where the user %s', async (_what, given) => {
    answer = given;
    const before = await inCrm("SELECT * FROM customers WHERE id = 'cus_0020'");
    const result = await client.callTool({
      name: 'update_customer',
      arguments: { customer_id: 'cus_0020', contact_name: 'Mallory' },
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain(`- Contact: “${String(before['contact_name'])}” → “Mallory”`);
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('Nothing was done') as string }],
    });
    expect(await inCrm("SELECT * FROM customers WHERE id = 'cus_0020'")).toEqual(before);
    expect(writes()).toEqual([]);
  });

  test('shows a notification whole, and sends it once', async () => {
    answer = yes;
    const message = `${'Please read to the end. '.repeat(180)}\nThe end.`;
    const result = await client.callTool({
      name: 'send_notification',
      arguments: { recipients: ['alan@acme.example'], subject: 'Hooli', message },
    });
    expect(result['isError']).toBeFalsy();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^Send this notification in your name\?[^]*To: alan@acme\.example\n[^]*> The end\.$/);
    expect(writes()).toEqual(['POST crm.example/v1/notifications']);
  });

  test('doesn’t ask for what needs no asking', async () => {
    answer = { action: 'decline' };
    const result = await client.callTool({
      name: 'update_ticket',
      arguments: { ticket_id: 'tic_0001', priority: 'high' },
    });
    expect(result['isError']).toBeFalsy();
    expect(asked).toEqual([]);
    expect(world.sent).toEqual(['PATCH crm.example/v1/tickets/tic_0001']);
  });

  test('doesn’t ask about a record of another tenant, nor says that it is there', async () => {
    answer = yes;
    const theirs = await client.callTool({
      name: 'update_customer',
      arguments: { customer_id: 'cus_1001', plan: 'starter' },
    });
    const nobodys = await client.callTool({
      name: 'update_customer',
      arguments: { customer_id: 'cus_9999', plan: 'starter' },
    });
    expect(theirs['isError']).toBe(true);
    expect(theirs).toEqual(nobodys);
    expect(asked).toEqual([]);
    expect(writes()).toEqual([]);
  });
});

describe('where the client can’t ask', () => {
  test.each([
    ['update_customer', { customer_id: 'cus_0020', plan: 'starter' }, 'PATCH crm.example/v1/customers/cus_0020'],
    ['update_ticket', { ticket_id: 'tic_0001', status: 'closed' }, 'PATCH crm.example/v1/tickets/tic_0001'],
    [
      'send_notification',
      { recipients: ['alan@acme.example'], subject: 'S', message: 'M' },
      'POST crm.example/v1/notifications',
    ],
  ])('%s goes ahead, as its policy says, without a request more', async (name, args, sent) => {
    const { body } = await callTool(token, name, args);
    expect(body.result.isError).toBeUndefined();
    expect(world.sent).toEqual([sent]);
  });
});

test('a model can’t say yes in the user’s place', async () => {
  const params = {
    name: 'update_customer',
    arguments: { customer_id: 'cus_0020', plan: 'starter' },
    _meta: { 'io.modelcontextprotocol/clientCapabilities': capabilities },
  };
  const inputResponses = { confirmation: yes };
  const forged = await mcp(token, 'tools/call', { ...params, inputResponses });
  expect(forged.body.result.resultType).toBe('input_required');
  const { requestState } = forged.body.result;
  // A yes to one change is none to another: the user is asked again.
  const other = { ...params, arguments: { customer_id: 'cus_0021', plan: 'starter' } };
  const moved = await mcp(token, 'tools/call', { ...other, inputResponses, requestState });
  expect(moved.body.result.resultType).toBe('input_required');
  expect(writes()).toEqual([]);
  const meant = await mcp(token, 'tools/call', { ...params, inputResponses, requestState });
  expect(meant.body.result).toMatchObject({ resultType: 'complete', structuredContent: { id: 'cus_0020' } });
  expect(writes()).toEqual(['PATCH crm.example/v1/customers/cus_0020']);
});
