// The reference product's tools: what a person reads and confirms is what is sent, to the letter, and an address that is
// legal is accepted. What the gateway itself does about such text: test/gateway/mcp/what-is-sent.test.ts.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callTool, mcp } from '../support/mcp-client';
import { useGateway } from '../support/oauth-client';
import { beginNexus, type NexusWorld } from './support/crm';

let world: NexusWorld;
let token: string;
beforeAll(async () => {
  world = await beginNexus();
  token = (await world.signIn('ada@acme.example')).tokens.access_token;
  // Creates its tables.
  await callTool(token, 'search_leads', { limit: 1 });
});
beforeEach(() => {
  useGateway();
  world.sent.length = 0;
});

const able = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
const callAble = (name: string, args: object) => mcp(token, 'tools/call', { name, arguments: args, _meta: able });

const lead = { company: 'C', contact_name: 'N', contact_email: 'n@c.example', industry: 'energy', region: 'emea' };
const notification = { recipients: ['alan@acme.example'], subject: 'S', message: 'M' };
const written: [name: string, field: string, args: object][] = [
  ['add_ticket_comment', 'body', { ticket_id: 'tic_0001' }],
  ['send_notification', 'subject', notification],
  ['send_notification', 'message', notification],
  ['update_customer', 'contact_name', { customer_id: 'cus_0020' }],
  ['update_customer', 'phone', { customer_id: 'cus_0020' }],
  ['update_lead_stage', 'note', { lead_id: 'lead_0001', stage: 'won' }],
  ['create_lead', 'company', lead],
  ['create_lead', 'contact_name', lead],
  ['create_lead', 'notes', lead],
  ['create_ticket', 'subject', { subject: 'S', description: 'D' }],
  ['create_ticket', 'description', { subject: 'S', description: 'D' }],
];

describe.each(written)('%s, in %s', (name, field, args) => {
  test.each([
    ['a sentence in a terminal sequence', 'Thanks, we are on it.\u001B]0; Your refund was approved.\u0007'],
    ['a sentence in tag characters', 'Thanks.\u{E0059}\u{E0065}\u{E0073}'],
    ['zero-width characters', 'Thanks\u200B\u2060.'],
  ])('refuses %s, and sends nothing', async (_what, text) => {
    for (const call of [callAble, (...call: [string, object]) => callTool(token, call[0], { ...call[1] })]) {
      const { body } = await call(name, { ...args, [field]: text });
      expect(body.result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining(`${field}: `) }] });
    }
    expect(world.sent).toEqual([]);
  });
});

test('an address is shown to its end before it is stored', async () => {
  const contact_email = `${'a'.repeat(220)}.bank.example@evil.example`;
  const { body } = await callAble('update_customer', { customer_id: 'cus_0020', contact_email });
  expect(body.result.inputRequests.confirmation.params.message).toContain(`“${contact_email}”`);
});

test('a text with joiners that its script needs is asked about, and sent as it is', async () => {
  const message =
    '\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645 \u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u2764\uFE0F';
  const first = await callAble('send_notification', { ...notification, message });
  expect(first.body.result.inputRequests.confirmation.params.message).toContain(`\n> ${message}`);
  await callTool(token, 'send_notification', { ...notification, message });
  expect(await env.CRM_DB.prepare('SELECT message FROM notifications').first()).toEqual({ message });
});

describe('structured results', () => {
  test('of Nexus can be searched for as they are shown', async () => {
    const company = '\u0634\u0631\u06A9\u062A \u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645';
    await callTool(token, 'create_lead', { ...lead, company });
    const found = (await callTool(token, 'search_leads', { query: company })).body.result;
    expect(found.structuredContent.items).toMatchObject([{ company }]);
    expect(found.content[0].text).toContain(company);
  });
});

describe('an address that is legal', () => {
  const people = [
    'a&b@acme.example',
    "o'brien+crm@acme.example",
    'jörg@bücher.example',
    'ada@\u4F8B\u3048.jp',
    'ops@intranet',
  ];

  test.each(people)('%s is accepted as owner and assignee, as Nexus accepts it', async (email) => {
    await env.CRM_DB.prepare(
      "INSERT INTO users (id, tenant_id, email, name, role, disabled) VALUES (?1, 'acme', ?1, 'N', 'admin', 0)",
    )
      .bind(email)
      .run();
    for (const [name, args] of [
      ['search_leads', { owner: email }],
      ['search_tickets', { assignee: email }],
      ['update_ticket', { ticket_id: 'tic_0001', assignee: email }],
      ['update_customer', { customer_id: 'cus_0020', owner: email }],
    ] as const)
      expect((await callTool(token, name, args)).body.result, name).not.toHaveProperty('isError');
    expect(await env.CRM_DB.prepare("SELECT owner FROM customers WHERE id = 'cus_0020'").first('owner')).toBe(email);
  });

  test.each([
    'nobody',
    'a b@c.example',
    'a@b@c.example',
    'a@b.example, c@d.example',
    'a\u200B@b.example',
    '<a@b.example>',
  ])('%j is none', async (owner) => {
    expect((await callTool(token, 'search_leads', { owner })).body.result.content[0].text).toMatch(/owner: /);
  });
});

describe('an optional argument that is null', () => {
  test('counts as absent', async () => {
    const all = { query: null, industry: null, stage: null, owner: null, limit: null, cursor: null };
    const absent = await callTool(token, 'search_leads', {});
    expect((await callTool(token, 'search_leads', all)).body).toEqual(absent.body);
  });

  test('changes nothing where it stands for a change', async () => {
    const { body } = await callTool(token, 'update_ticket', { ticket_id: 'tic_0001', status: null, priority: null });
    expect(body.result.content[0].text).toContain('Give at least one field to change');
    expect(world.sent).toEqual([]);
  });
});
