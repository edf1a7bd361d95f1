// The audit trail of everything a client does: who, for whom, through what, how it ended, and the ids to find it by.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callTool, mcp, type McpReply } from '../../support/mcp-client';
import { objectsIn } from '../../support/objects';
import { gateway, resource, type OAuthClient, type TokenSet } from '../../support/oauth-client';
import { auditRows, leave, pass, SessionProbe, stopClock, type AuditRow } from '../../support/session';
import { World } from '../../support/world';

let world: World;
let client: OAuthClient;
let tokens: TokenSet;
let sessionId: string;
let session: SessionProbe;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  ({ client, tokens, sessionId } = await world.signIn());
  session = new SessionProbe(sessionId);
});
afterEach(leave);

const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
const traceId = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
const digest = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
const number = expect.any(Number) as number;

async function flushed(action?: string): Promise<AuditRow[]> {
  await session.nextAlarm();
  return auditRows(action);
}

/** What every event of Ada's session carries. */
const common = () => ({
  event_id: uuid,
  occurred_at: number,
  tenant_id: 'acme',
  user_id: 'usr_0001',
  user_email: 'ada@acme.example',
  client_id: client.clientId,
  session_id: sessionId,
  request_id: uuid,
  trace_id: traceId,
  recorded_at: number,
});
const nothing = { reason: null, tool: null, upstream: null, arguments_digest: null, duration_ms: null };

test('a sign-in and the exchange for a credential', async () => {
  const start = Date.now();
  const rows = await flushed();
  expect(rows).toEqual([
    { ...common(), ...nothing, action: 'sign_in', outcome: 'success', occurred_at: start, recorded_at: start + 2_000 },
    {
      ...common(),
      ...nothing,
      action: 'credential_exchange',
      outcome: 'success',
      upstream: 'shelf',
      duration_ms: number,
    },
  ]);
  expect(rows[0]!.request_id).toBe(rows[1]!.request_id);
});

test('a tool call, found by the id and trace its caller knows', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const call = { name: 'get_item', arguments: { item_id: 'item_0001' } };
  const reply = await mcp(tokens.access_token, 'tools/call', call, { traceparent: `00-${trace}-00f067aa0ba902b7-01` });
  expect(await flushed('tool_call')).toEqual([
    {
      ...common(),
      action: 'tool_call',
      outcome: 'success',
      reason: null,
      tool: 'get_item',
      upstream: 'shelf',
      arguments_digest: digest,
      duration_ms: number,
      request_id: reply.headers.get('X-Request-Id'),
      trace_id: trace,
    },
  ]);
});

test('a call that needs no upstream names none', async () => {
  await callTool(tokens.access_token, 'whoami');
  expect(await flushed('tool_call')).toMatchObject([{ tool: 'whoami', upstream: null, outcome: 'success' }]);
});

test('a credential refresh, under the request that caused it', async () => {
  pass(61_000);
  const reply = await callTool(tokens.access_token, 'get_item', { item_id: 'item_0001' });
  expect(await flushed('credential_refresh')).toEqual([
    {
      ...common(),
      ...nothing,
      action: 'credential_refresh',
      outcome: 'success',
      reason: 'refresh',
      upstream: 'shelf',
      duration_ms: number,
      request_id: reply.headers.get('X-Request-Id'),
    },
  ]);
});

test('a token refresh, and the end by revocation', async () => {
  const { refresh_token } = (await client.refresh(tokens.refresh_token)).body;
  await client.revoke(refresh_token);
  const rows = (await flushed()).slice(2);
  expect(rows).toEqual([
    { ...common(), ...nothing, action: 'token_refresh', outcome: 'success', upstream: 'shelf', duration_ms: number },
    { ...common(), ...nothing, action: 'session_end', outcome: 'success', reason: 'revoked_by_client' },
  ]);
});

describe('a refusal', () => {
  test('for want of a scope names the tool', async () => {
    const reader = await world.signIn('ada@acme.example', { scope: 'profile:read items:read' });
    const reply = await callTool(reader.tokens.access_token, 'update_item', {
      item_id: 'item_0001',
      notes: 'Sold.',
    });
    expect(reply.status).toBe(403);
    await new SessionProbe(reader.sessionId).nextAlarm();
    expect(await auditRows('refusal')).toEqual([
      {
        ...common(),
        action: 'refusal',
        outcome: 'refused',
        reason: 'insufficient_scope',
        client_id: reader.client.clientId,
        session_id: reader.sessionId,
        tool: 'update_item',
        upstream: 'shelf',
        arguments_digest: digest,
        duration_ms: null,
        request_id: reply.headers.get('X-Request-Id'),
      },
    ]);
  });

  test('of a token that is none of its session', async () => {
    const forged = `${tokens.access_token.slice(0, -4)}AAAA`;
    expect((await callTool(forged, 'get_item', { item_id: 'item_0001' })).status).toBe(401);
    expect(await flushed('refusal')).toEqual([
      {
        ...common(),
        action: 'refusal',
        outcome: 'refused',
        reason: 'invalid_token',
        // No good token, no call: what was asked for is nobody's.
        tool: null,
        upstream: null,
        arguments_digest: null,
        duration_ms: null,
      },
    ]);
  });

  test('of tokens that are none of its session is on record once a minute, however many come', async () => {
    const forged = `${tokens.access_token.slice(0, -4)}AAAA`;
    for (let count = 0; count < 5; count += 1) await callTool(forged, 'get_item', { item_id: 'item_0001' });
    expect(await flushed('refusal')).toHaveLength(1);
  });

  test('of a token that has expired', async () => {
    await session.nextAlarm();
    pass(3_601_000);
    expect((await mcp(tokens.access_token, 'tools/list')).status).toBe(401);
    expect(await flushed('refusal')).toMatchObject([{ reason: 'invalid_token', tool: null }]);
  });

  test('by the upstream, and other ways for a call to end, each with its reason', async () => {
    const alan = await world.signIn('alan@acme.example');
    const calls: [string, Record<string, unknown>][] = [
      ['get_item', { item_id: 'item_9999' }],
      ['get_item', {}],
      ['no_such_tool', {}],
    ];
    for (const [tool, args] of calls) await callTool(alan.tokens.access_token, tool, args);
    world.intercept = () => new Response('{}', { status: 403 });
    await callTool(alan.tokens.access_token, 'get_item', { item_id: 'item_0001' });
    world.intercept = () => new Response('{}', { status: 429, headers: { 'Retry-After': '60' } });
    await callTool(alan.tokens.access_token, 'get_item', { item_id: 'item_0001' });
    world.intercept = undefined;
    await new SessionProbe(alan.sessionId).nextAlarm();
    const rows = (await auditRows('tool_call')).map(({ tool, outcome, reason }) => [tool, outcome, reason]);
    expect(rows).toEqual([
      ['get_item', 'error', 'upstream_not_found'],
      ['get_item', 'error', 'invalid_arguments'],
      ['no_such_tool', 'refused', 'unknown_tool'],
      ['get_item', 'refused', 'upstream_forbidden'],
      ['get_item', 'error', 'upstream_rate_limited'],
    ]);
  });
});

describe('the digest of the arguments', () => {
  const item = { item_id: 'item_0001' };
  const search = { query: 'a', kind: 'tool' };

  test('is the same whatever the order of the keys, and another for other values or another tool with none', async () => {
    const calls: [string, Record<string, unknown>][] = [
      ['search_items', search],
      ['search_items', { kind: 'tool', query: 'a' }],
      ['search_items', { ...search, query: 'b' }],
      ['search_items', {}],
    ];
    for (const [tool, args] of calls) await callTool(tokens.access_token, tool, args);
    const [first, second, third, fourth] = (await flushed('tool_call')).map((row) => row.arguments_digest);
    expect(first).toBe(second);
    expect(new Set([first, third, fourth]).size).toBe(3);
  });

  test('is all that is kept of them', async () => {
    await callTool(tokens.access_token, 'search_items', { query: 'a very telling argument' });
    await callTool(tokens.access_token, 'get_item', item);
    expect(JSON.stringify(await session.stored())).not.toMatch(/telling|item_0001/);
    expect(JSON.stringify(await flushed())).not.toMatch(/telling|item_0001/);
  });
});

describe('no session, no object', () => {
  test.each([
    ['an invented token', 'AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAA:grant:secret'],
    ['a word', 'token'],
  ])('%s wakes none, and leaves no event', async (_what, token) => {
    const before = (await objectsIn(env.SESSIONS)).length;
    expect((await mcp(token, 'tools/list')).status).toBe(401);
    expect((await client.refresh(token)).body.error).toBe('invalid_grant');
    expect((await client.redeem(token)).body.error).toBe('invalid_grant');
    await client.revoke(token);
    expect((await objectsIn(env.SESSIONS)).length).toBe(before);
    expect(await auditRows()).toEqual([]);
  });

  test('nor does a tampered one', async () => {
    const before = (await objectsIn(env.SESSIONS)).length;
    const other = tokens.access_token.startsWith('A') ? 'B' : 'A';
    const replies: McpReply[] = [await mcp(other + tokens.access_token.slice(1), 'tools/list')];
    replies.push(
      await mcp(`${tokens.access_token.slice(0, 23)}${'A'.repeat(11)}${tokens.access_token.slice(34)}`, 'tools/list'),
    );
    expect(replies.map(({ status }) => status)).toEqual([401, 401]);
    expect(await objectsIn(env.SESSIONS)).toHaveLength(before);
  });

  test('and a request without a token is answered without one', async () => {
    const reply = await gateway('/mcp', { method: 'POST', body: '{}' });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('WWW-Authenticate')).toContain('resource_metadata');
    expect(resource).toContain('/mcp');
  });
});
