// How one request is found again: its id on every answer and log line, its trace passed on to the upstream.
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool, post } from '../../support/mcp-client';
import { Browser, gateway, OAuthClient } from '../../support/oauth-client';
import { recordedEvent } from '../../support/records';
import { World } from '../../support/world';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

describe('X-Request-Id', () => {
  test.each<[string, string, RequestInit, number]>([
    ['the landing page', '/', {}, 200],
    ['health', '/healthz', {}, 200],
    ['metadata', '/.well-known/oauth-authorization-server', {}, 200],
    ['a challenge', '/mcp', { method: 'POST' }, 401],
    ['a page of ours', '/authorize', { headers: { Accept: 'text/html' } }, 400],
    ['a callback', '/callback?state=x', {}, 400],
    ['a token error', '/oauth/token', { method: 'POST', body: 'x' }, 400],
    ['a registration error', '/oauth/register', { method: 'POST', body: 'x' }, 400],
    ['nothing', '/nowhere', {}, 404],
    ['a foreign host', 'https://evil.example/', {}, 421],
    ['a foreign origin', '/mcp', { method: 'POST', headers: { Origin: 'https://evil.example' } }, 403],
    ['a preflight', '/oauth/token', { method: 'OPTIONS', headers: { Origin: 'https://gateway.example' } }, 204],
  ])('stands on %s, and is ours', async (_name, path, init, status) => {
    const headers = new Headers(init.headers);
    headers.set('X-Request-Id', 'chosen-by-a-stranger');
    const answer = await gateway(path, { ...init, headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('X-Request-Id')).toMatch(UUID);
  });

  test('is on every line that a whole session logs, each of them one of its requests', async () => {
    const { client, tokens } = await world.signIn();
    await callTool(tokens.access_token, 'search_items');
    world.backend.set({ fail: { path: '/v1/', status: 500, times: 5 } });
    await callTool(tokens.access_token, 'search_items');
    await callTool('garbage', 'whoami');
    await client.redeem('a:b:c');
    await client.refresh(`${tokens.refresh_token}x`);
    await client.revoke(tokens.refresh_token);
    await new Browser().open('/callback?state=x');
    await (await OAuthClient.register()).token({ grant_type: 'nonsense' });
    expect(logs.lines().length).toBeGreaterThan(6);
    for (const line of logs.lines()) expect(line.requestId, JSON.stringify(line)).toMatch(UUID);
    for (const line of logs.lines()) expect(line['traceId'], JSON.stringify(line)).toMatch(/^[0-9a-f]{32}$/);
  });

  test('leads from an answer to its log line', async () => {
    const reply = await callTool('garbage', 'whoami');
    expect(logs.of('token.refused')).toMatchObject([{ requestId: reply.headers.get('X-Request-Id') }]);
    const client = await OAuthClient.register();
    const refused = await client.redeem('a:b:c');
    expect(logs.of('oauth.refused')).toMatchObject([{ requestId: refused.headers.get('X-Request-Id') }]);
    const { tokens } = await world.signIn();
    const inObject = await client.refresh(tokens.refresh_token);
    expect(logs.of('oauth.refused').at(-1)).toMatchObject({ requestId: inObject.headers.get('X-Request-Id') });
  });
});

describe('traceparent', () => {
  /** The traceparent headers that reach the upstream's API. */
  function watch(): (string | null)[] {
    const seen: (string | null)[] = [];
    world.intercept = (request) => {
      if (request.url.startsWith('https://api.example/v1/')) seen.push(request.headers.get('traceparent'));
      return undefined;
    };
    return seen;
  }

  const search = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'search_items', arguments: {} } };

  test('is passed upstream with a span of ours, and is in the audit trail', async () => {
    const { tokens, sessionId } = await world.signIn();
    const seen = watch();
    const reply = await post(tokens.access_token, search, { traceparent });
    expect(reply.status).toBe(200);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(seen[0]).not.toBe(traceparent);
    expect(await recordedEvent(sessionId, { action: 'tool_call' })).toMatchObject({
      trace_id: traceId,
      request_id: reply.headers.get('X-Request-Id'),
      outcome: 'success',
    });
  });

  test('that is malformed is not passed on', async () => {
    const { tokens } = await world.signIn();
    const seen = watch();
    await post(tokens.access_token, search, { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` });
    expect(seen[0]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(seen[0]).not.toContain('0'.repeat(32));
  });
});
