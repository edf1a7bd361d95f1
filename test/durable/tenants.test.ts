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

test.each([
  ['items', 'get_item', 'item_id'],
  ['notes', 'get_note', 'note_id'],
] as const)('no id of %s leads grace to a record of acme', async (kind, tool, parameter) => {
  const acme = world.backend.records.idsOf('acme')[kind];
  const sample = acme.filter((_id, index) => index % Math.ceil(acme.length / 15) === 0);
  for (const id of sample) {
    const hers = await ask(grace, tool, { [parameter]: id });
    const his = await ask(ada, tool, { [parameter]: id });
    expect(his?.['id']).toBe(id);
    expect(hers).toBeUndefined();
  }
});

test('lists, sums and searches are of the own tenant', async () => {
  for (const tool of ['search_items', 'search_notes']) {
    const [his, hers] = [await ask(ada, tool, { limit: 25 }), await ask(grace, tool, { limit: 25 })];
    expect(JSON.stringify(hers)).not.toContain('@acme.example');
    expect(JSON.stringify(his)).not.toContain('@globex.example');
  }
  await callTool(ada, 'create_note', { text: 'One more.' });
  expect(await ask(grace, 'count_items')).not.toEqual(await ask(ada, 'count_items'));
  expect(await ask(grace, 'whoami')).toMatchObject({ tenant_id: 'globex', email: 'grace@globex.example' });
});

test.each(['tenant_id', 'tenant', 'user_id', 'owner_id'])(
  'an argument named %s is refused, not obeyed',
  async (name) => {
    const reply = await callTool(grace, 'search_items', { [name]: 'acme' });
    expect(reply.body.result.isError).toBe(true);
    expect(reply.body.result.structuredContent).toBeUndefined();
  },
);

test('interleaved under concurrency and renewal, no row, credential or event crosses', async () => {
  const seen = bearersSeen(world);
  for (let round = 0; round < 3; round += 1) {
    pass(61_000);
    const tokens = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? ada : grace));
    const answers = await Promise.all(tokens.map((token) => ask(token, 'search_items', { limit: 5 })));
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
  world.backend.user('grace@globex.example').tenant = 'acme';
  world.backend.set({ revoke_access_tokens: true });
  world.intercept = (request) =>
    request.url.endsWith('/auth/refresh') ? Response.json({ error: 'invalid_grant' }, { status: 400 }) : undefined;
  const reply = await callTool(grace, 'search_items');
  expect(reply.status).toBe(401);
  await sessions[1]!.nextAlarm();
  expect(await auditRows('session_end')).toMatchObject([{ tenant_id: 'globex', reason: 'unknown_user' }]);
});
