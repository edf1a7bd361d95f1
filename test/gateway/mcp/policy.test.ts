// A rule of the tenant's policy holds wherever access is decided: lists, calls, and reads that begin early. What it forbids
// is answered in words, and never by a challenge: no consent could change it.
import { beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { NO_POLICY, type Policy } from '../../../src/policy/access';
import { catchLogs } from '../../support/logs';
import { callTool, mcp, wires, type McpReply } from '../../support/mcp-client';
import { useGateway, type TokenSet } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { SessionProbe } from '../../support/session';
import { World } from '../../support/world';

const DENY_READ: Policy = [{ effect: 'deny', tool: 'get_item' }];
const DENY_WRITE: Policy = [{ effect: 'deny', tool: 'create_item' }];
const READ = { name: 'get_item', arguments: { item_id: 'item_0001' } };
const OF_GLOBEX = 'grace@globex.example';
const SEARCH = { name: 'search_items', arguments: { query: 'a' } };

let world: World;
/** Of the tenant `acme`; every other tenant has none. */
let policy: Policy;

beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  policy = NO_POLICY;
  useGateway(otherGateway({}, product, { policyOf: (tenantId) => (tenantId === 'acme' ? policy : NO_POLICY) }));
});

const namesIn = (reply: McpReply): string[] => reply.body.result.tools.map(({ name }: { name: string }) => name);
const readsOf = (from: number): string[] => world.sent.slice(from).filter((line) => line.includes('/v1/items/lead_'));

function expectForbidden(reply: McpReply): void {
  expect(reply.status).toBe(200);
  expect(reply.headers.get('WWW-Authenticate')).toBeNull();
  expect(reply.body.result.isError).toBe(true);
  expect(JSON.stringify(reply.body)).not.toContain('www_authenticate');
  expect(reply.body.result.content[0].text).toMatch(/administrator of this workspace does not allow this/);
}

describe.each(wires)('a denied tool, on $revision', ({ send }) => {
  test('is in no list, and a call of it is refused in words, before the upstream is asked', async () => {
    const { tokens, sessionId } = await world.signIn();
    policy = DENY_READ;
    const names = namesIn(await send(tokens.access_token, 'tools/list'));
    expect(names).not.toContain('get_item');
    expect(names).toContain('search_items');
    const from = world.sent.length;
    expectForbidden(await send(tokens.access_token, 'tools/call', READ));
    expect(readsOf(from)).toEqual([]);
    const events = (await new SessionProbe(sessionId).outbox()).map(({ event }) => event);
    expect(events.find(({ action }) => action === 'refusal')).toMatchObject({
      outcome: 'refused',
      reason: 'policy_forbids',
      tool: 'get_item',
      tenantId: 'acme',
    });
  });

  test('is not challenged for where the token lacks its scopes, too', async () => {
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const call = { name: 'create_item', arguments: {} };
    policy = DENY_WRITE;
    expectForbidden(await send(tokens.access_token, 'tools/call', call));
    policy = NO_POLICY;
    expect((await send(tokens.access_token, 'tools/call', call)).status).toBe(403);
  });
});

describe('a warm read', () => {
  let tokens: TokenSet;
  beforeEach(async () => {
    ({ tokens } = await world.signIn());
    // The shape is known, and so is the grant.
    for (const call of [READ, READ, SEARCH]) await mcp(tokens.access_token, 'tools/call', call);
  });

  test('of a denied tool does not begin: the upstream sees nothing of it', async () => {
    policy = DENY_READ;
    expect((await mcp(tokens.access_token, 'tools/call', SEARCH)).body.result.isError).toBeUndefined();
    const from = world.sent.length;
    expectForbidden(await mcp(tokens.access_token, 'tools/call', READ));
    expect(readsOf(from)).toEqual([]);
  });

  test('that began by what was granted before the rule leaves nothing of its result', async () => {
    policy = DENY_READ;
    const reply = await mcp(tokens.access_token, 'tools/call', READ);
    expectForbidden(reply);
    expect(JSON.stringify(reply.body)).not.toContain('structuredContent');
  });
});

test('a rule of one tenant says nothing of another', async () => {
  policy = DENY_READ;
  const { tokens } = await world.signIn(OF_GLOBEX);
  expect(namesIn(await mcp(tokens.access_token, 'tools/list'))).toContain('get_item');
});

test('with an allow rule, what no allow rule names is gone', async () => {
  const { tokens } = await world.signIn();
  policy = [{ effect: 'allow', tool: 'search_items' }];
  expect(namesIn(await mcp(tokens.access_token, 'tools/list'))).toEqual(['search_items']);
  expectForbidden(await callTool(tokens.access_token, 'whoami'));
});
