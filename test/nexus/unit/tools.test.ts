import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { MARKDOWN_LIMIT } from '../../../src/define/markdown';
import type { AnyTool } from '../../../src/define/tool';
import { nexus } from '../../../src/nexus/definition';
import { ada, fakeContext, runTool } from './fake-api';
import * as samples from './samples';

const tool = (name: string): AnyTool => nexus.tools.find((candidate) => candidate.name === name)!;
/** The names of the fields that a tool's input schema refuses. */
function refused(name: string, input: unknown): PropertyKey[] {
  const issues: z.core.$ZodIssue[] = tool(name).input.safeParse(input).error?.issues ?? [];
  return issues.map(({ path }) => path[0]!);
}

const { pageOf } = samples;
const newLead = {
  company: 'Hooli',
  contact_name: 'G',
  contact_email: 'g@h.example',
  industry: 'software',
  region: 'amer',
};
const newTicket = { subject: 'S', description: 'a\nb', priority: 'low' };
const message = { recipients: ['a@x.example'], subject: 'S', message: 'M' };
const leadChange = { stage: 'won', note: 'Signed' };

/** Name, input, the API's answer, and the one request expected: `payload` is the query or the body. */
const calls: [name: string, input: Record<string, unknown>, answer: unknown, request: string, payload?: unknown][] = [
  [
    'search_leads',
    { query: 'a&b', min_value: 5, cursor: 'MQ==' },
    pageOf(samples.lead),
    'GET /v1/leads',
    { query: 'a&b', min_value: 5, limit: 25, cursor: 'MQ==' },
  ],
  [
    'search_customers',
    { health: 'at_risk' },
    pageOf(samples.customer),
    'GET /v1/customers',
    { health: 'at_risk', limit: 25 },
  ],
  [
    'search_tickets',
    { customer_id: 'cus_1', limit: 50 },
    pageOf(samples.ticket),
    'GET /v1/tickets',
    { customer_id: 'cus_1', limit: 50 },
  ],
  [
    'search_knowledge',
    { category: 'faq' },
    pageOf(samples.article),
    'GET /v1/articles',
    { category: 'faq', limit: 25 },
  ],
  ['get_lead', { lead_id: 'lead_0001' }, samples.lead, 'GET /v1/leads/lead_0001'],
  ['get_customer', { customer_id: 'cus_0001' }, samples.customer, 'GET /v1/customers/cus_0001'],
  ['get_ticket', { ticket_id: 'tic_0001' }, samples.ticket, 'GET /v1/tickets/tic_0001'],
  ['get_article', { slug: 'refund-policy' }, samples.article, 'GET /v1/articles/refund-policy'],
  [
    'get_sales_forecast',
    { quarter: '2026-Q4' },
    samples.forecast,
    'GET /v1/analytics/forecast',
    { quarter: '2026-Q4' },
  ],
  [
    'get_pipeline_summary',
    { industry: 'software' },
    samples.pipeline,
    'GET /v1/analytics/pipeline',
    { industry: 'software' },
  ],
  ['create_lead', newLead, samples.lead, 'POST /v1/leads', newLead],
  ['create_ticket', newTicket, samples.ticket, 'POST /v1/tickets', newTicket],
  [
    'add_ticket_comment',
    { ticket_id: 'tic_1', body: 'Done' },
    samples.comment,
    'POST /v1/tickets/tic_1/comments',
    { body: 'Done' },
  ],
  ['send_notification', message, samples.receipt, 'POST /v1/notifications', message],
  ['update_lead_stage', { lead_id: 'lead_1', ...leadChange }, samples.lead, 'PATCH /v1/leads/lead_1', leadChange],
  [
    'update_customer',
    { customer_id: 'cus_1', plan: 'growth' },
    samples.customer,
    'PATCH /v1/customers/cus_1',
    { plan: 'growth' },
  ],
  [
    'update_ticket',
    { ticket_id: 'tic_1', status: 'closed' },
    samples.ticket,
    'PATCH /v1/tickets/tic_1',
    { status: 'closed' },
  ],
];

it('covers every tool that calls the API', () => {
  const called = nexus.tools.filter(({ upstream }) => upstream === 'default').map(({ name }) => name);
  expect(calls.map(([name]) => name).toSorted()).toEqual(called.toSorted());
});

describe.each(calls)('%s', (name, input, answer, request, payload) => {
  const { input: inputSchema, output } = tool(name);

  it('makes its one request and answers with named fields and safe Markdown', async () => {
    const { context, requests } = fakeContext(answer);
    const { structured, markdown } = await runTool(tool(name), inputSchema.parse(input), context);
    expect(requests).toEqual([[request, payload]]);
    expect(output.parse(structured)).toEqual(structured);
    expect(JSON.stringify(structured)).not.toMatch(/internal_margin|tenant_id|\u202E/);
    expect(markdown.length).toBeLessThanOrEqual(MARKDOWN_LIMIT);
    expect(markdown).toContain('&lt;img&gt;\\|\\`x\\` \\[y\\](https\\://e.example)');
    expect(markdown).not.toMatch(/<img|\[y\]\(|\u202E/);
  });

  it('fails where the answer is not what the contract says', async () => {
    const { context } = fakeContext({ unexpected: true });
    await expect(tool(name).run(inputSchema.parse(input), context)).rejects.toThrow();
  });
});

describe.each(
  calls.filter(([, input]) => Object.keys(input).some((key) => /^(?:lead_id|customer_id|ticket_id|slug)$/.test(key))),
)('%s with a hostile id', (name, input, answer) => {
  const key = Object.keys(input).find((candidate) => /_id$|^slug$/.test(candidate))!;
  const hostile = ['..', '.', '', '../users', 'a/b', 'a?b', 'a#b', '%2e%2e', 'a\nb', 'a b', 'ä', 'x'.repeat(200)];

  it.each(hostile)('refuses %j by the name of the field', (value) => {
    expect(refused(name, { ...input, [key]: value })).toContain(key);
  });

  // A search takes ids as query parameters only.
  if (name.startsWith('search_')) return;
  it('would not leave its path even without that check', async () => {
    for (const value of hostile) {
      const { context, requests } = fakeContext(answer);
      await tool(name)
        .run({ ...input, [key]: value }, context)
        .catch((error: unknown) => expect(error).toBeInstanceOf(RangeError));
      for (const [request] of requests) {
        const url = new URL(`https://crm.example${request.split(' ')[1]}`);
        expect(url.pathname).toMatch(/^\/v1\/(?:leads|customers|tickets|articles)\/[^/]+(?:\/comments)?$/);
        expect(url.search + url.hash).toBe('');
      }
    }
  });
});

it.each([
  ['send_notification', 'subject', { recipients: ['a@x.example'], message: 'M', subject: 'Hi\r\nBcc: all@x.example' }],
  ['send_notification', 'recipients', { recipients: [], message: 'M', subject: 'S' }],
  ['send_notification', 'recipients', { recipients: Array(11).fill('a@x.example'), message: 'M', subject: 'S' }],
  ['search_leads', 'limit', { limit: 51 }],
  ['search_leads', 'limit', { limit: 0 }],
  ['search_leads', 'stage', { stage: 'imaginary' }],
  ['search_leads', 'min_value', { min_value: -1 }],
  ['get_sales_forecast', 'quarter', { quarter: '2026-Q5' }],
  ['create_ticket', 'description', { subject: 'S', description: 'x'.repeat(8_001) }],
])('%s refuses a bad %s by its name', (name, field, input) => {
  expect(refused(name, input)).toEqual([field]);
});

it.each([
  ['update_customer', { customer_id: 'cus_0001' }, /contact_name, .*, plan/],
  ['update_ticket', { ticket_id: 'tic_0001' }, /status, priority, assignee/],
])('%s asks for at least one change', async (name, input, message) => {
  const { context, requests } = fakeContext(samples.customer);
  await expect(tool(name).run(input, context)).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'input',
    // A bare regular expression in here would match anything.
    message: expect.stringMatching(message) as string,
  });
  expect(requests).toEqual([]);
});

it.each([
  ['update_lead_stage', { lead_id: 'lead_1', stage: 'won' }, samples.lead, 'nexus://leads/lead_1'],
  ['update_customer', { customer_id: 'cus_1', plan: 'growth' }, samples.customer, 'nexus://customers/cus_1'],
  ['update_ticket', { ticket_id: 'tic_1', priority: 'low' }, samples.ticket, 'nexus://tickets/tic_1'],
  ['add_ticket_comment', { ticket_id: 'tic_1', body: 'Done' }, samples.comment, 'nexus://tickets/tic_1'],
])('%s says which resource it changed', async (name, input, answer, uri) => {
  const { changed } = await runTool(tool(name), input, fakeContext(answer).context);
  expect(changed).toEqual([{ kind: 'resource', uri }]);
});

it('get_ticket shows the newest comments first and counts the others', async () => {
  const comments = Array.from({ length: 30 }, (_, day) => ({
    ...samples.comment,
    body: '`'.repeat(3_000),
    created_at: new Date(Date.UTC(2026, 9, day + 1)).toISOString(),
  }));
  const { context } = fakeContext({ ...samples.ticket, comments });
  const { structured, markdown } = await runTool(tool('get_ticket'), { ticket_id: 'tic_0001' }, context);
  expect(structured.comments).toHaveLength(20);
  expect(structured.comments[0].created_at).toBe('2026-10-30T00:00:00.000Z');
  expect(markdown).toContain('10 older comments are not shown.');
  expect(markdown).toMatch(/truncated, \d+ more characters/);
});

it('whoami answers from the verified identity alone', async () => {
  const { context, requests } = fakeContext();
  const { structured, markdown } = await runTool(tool('whoami'), {}, context);
  expect(requests).toEqual([]);
  expect(tool('whoami').output.parse(structured)).toEqual(structured);
  expect(structured).toMatchObject({
    user_id: ada.userId,
    tenant_id: 'acme',
    signed_in_at: '2026-11-21T00:00:00.000Z',
  });
  expect(markdown).toContain('Acme \\| Industries');
  expect(markdown).toContain('profile:read leads:\\*');
});
