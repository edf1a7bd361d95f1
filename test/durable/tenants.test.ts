// Two customers on one gateway: whatever one of them asks for, it is about their own data, and so is every trace of it.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callTool } from '../support/mcp-client';
import { auditRows, bearersSeen, leave, pass, SessionProbe, stopClock } from '../support/session';
import { World } from '../support/world';

let world: World;
let ada: string;
let grace: string;
let sessions: SessionProbe[];
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  const [acme, globex] = [await world.signIn('ada@acme.example'), await world.signIn('grace@globex.example')];
  ada = acme.tokens.access_token;
  grace = globex.tokens.access_token;
  sessions = [new SessionProbe(acme.sessionId), new SessionProbe(globex.sessionId)];
});
afterEach(leave);

type Structured = Record<string, unknown> & { items?: Record<string, unknown>[] };
async function ask(token: string, tool: string, args: Record<string, unknown> = {}): Promise<Structured | undefined> {
  const reply = await callTool(token, tool, args);
  expect(reply.status).toBe(200);
  return reply.body.result.structuredContent;
}

/** Every id of a tenant's records, as its own table has them. */
async function idsOf(table: string, id: string, tenant: string): Promise<string[]> {
  const { results } = await env.CRM_DB.prepare(`SELECT ${id} AS id FROM ${table} WHERE tenant_id = ?`)
    .bind(tenant)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

test.each([
  ['leads', 'get_lead', 'lead_id', 'company'],
  ['customers', 'get_customer', 'customer_id', 'company'],
  ['tickets', 'get_ticket', 'ticket_id', 'subject'],
])('no id of %s leads grace to a record of acme', async (table, tool, parameter, field) => {
  const acme = await idsOf(table, 'id', 'acme');
  const globex = new Set(await idsOf(table, 'id', 'globex'));
  const sample = acme.filter((_id, index) => index % Math.ceil(acme.length / 15) === 0);
  for (const id of sample) {
    const hers = await ask(grace, tool, { [parameter]: id });
    const his = await ask(ada, tool, { [parameter]: id });
    expect(his?.['id']).toBe(id);
    // Ids are numbered per tenant, so the same one may name a record of each.
    if (globex.has(id)) expect(hers?.[field]).not.toBe(his?.[field]);
    else expect(hers).toBeUndefined();
  }
});

test('lists, sums and searches are of the own tenant', async () => {
  for (const tool of ['search_leads', 'search_customers', 'search_tickets']) {
    const [his, hers] = [await ask(ada, tool, { limit: 25 }), await ask(grace, tool, { limit: 25 })];
    expect(JSON.stringify(hers)).not.toContain('@acme.example');
    expect(JSON.stringify(his)).not.toContain('@globex.example');
  }
  expect(await ask(grace, 'get_pipeline_summary')).not.toEqual(await ask(ada, 'get_pipeline_summary'));
  expect(await ask(grace, 'whoami')).toMatchObject({ tenant_id: 'globex', email: 'grace@globex.example' });
});

test.each(['tenant_id', 'tenant', 'user_id', 'owner_id'])(
  'an argument named %s is refused, not obeyed',
  async (name) => {
    const reply = await callTool(grace, 'search_leads', { [name]: 'acme' });
    expect(reply.body.result.isError).toBe(true);
    expect(reply.body.result.structuredContent).toBeUndefined();
  },
);

test('interleaved under concurrency and renewal, no row, credential or event crosses', async () => {
  const seen = bearersSeen(world);
  for (let round = 0; round < 3; round += 1) {
    pass(61_000);
    const tokens = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? ada : grace));
    const answers = await Promise.all(tokens.map((token) => ask(token, 'search_leads', { limit: 5 })));
    for (const [index, answer] of answers.entries()) {
      const foreign = index % 2 === 0 ? '@globex.example' : '@acme.example';
      expect(JSON.stringify(answer)).not.toContain(foreign);
    }
  }
  expect(new Set(seen).size).toBe(6);
  for (const session of sessions) await session.nextAlarm();
  const rows = await auditRows();
  const pairs = new Set(rows.map((row) => [row.tenant_id, row.user_email, row.session_id].join(' ')));
  expect(pairs.size).toBe(2);
  expect(rows.filter((row) => row.tenant_id === 'globex' && row.action === 'tool_call')).toHaveLength(60);
  const { results } = await env.DB.prepare(
    `SELECT s.tenant_id AS session_tenant, c.tenant_id AS credential_tenant, s.user_email
       FROM sessions s JOIN credentials c ON c.session_id = s.session_id ORDER BY 1`,
  ).all();
  expect(results).toEqual([
    { session_tenant: 'acme', credential_tenant: 'acme', user_email: 'ada@acme.example' },
    { session_tenant: 'globex', credential_tenant: 'globex', user_email: 'grace@globex.example' },
  ]);
});

test('a user who has moved to another tenant upstream is not carried over, but signs in again', async () => {
  await env.CRM_DB.prepare("UPDATE users SET tenant_id = 'acme' WHERE email = 'grace@globex.example'").run();
  await world.crm({ revoke_access_tokens: true });
  world.intercept = (request) =>
    request.url.endsWith('/auth/refresh') ? Response.json({ error: 'invalid_grant' }, { status: 400 }) : undefined;
  const reply = await callTool(grace, 'search_leads');
  expect(reply.status).toBe(401);
  await sessions[1]!.nextAlarm();
  expect(await auditRows('session_end')).toMatchObject([{ tenant_id: 'globex', reason: 'unknown_user' }]);
});
