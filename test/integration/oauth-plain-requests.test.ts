// A request with its token in the usual place is granted without the OAuth library, which decides about all others and
// words every refusal (src/auth/resource-server.ts). Each case is sent both ways here: as nearly all are, and with its
// token in a way that only the library understands. The same answers, and the session is asked once.
import { OAuthResourceServer } from '@cloudflare/workers-oauth-provider';
import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest';
import { type AuthorizeResult } from '../../src/session/face';
import { catchLogs } from '../support/logs';
import { gateway, type OAuthClient, type TokenSet } from '../support/oauth-client';
import { leave, pass, SessionProbe, stopClock } from '../support/session';
import { Timeline } from '../support/timeline';
import { World } from '../support/world';
import { modern } from './mcp-plain-ways';

let world: World;
let client: OAuthClient;
let tokens: TokenSet;
let timeline: Timeline;
let library: MockInstance;

beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  stopClock();
  let sessionId: string;
  ({ client, tokens, sessionId } = await world.signIn());
  timeline = await Timeline.watch(world, new SessionProbe(sessionId));
  library = vi.spyOn(OAuthResourceServer.prototype, 'fetch');
});
afterEach(() => leave());

interface Sent {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: unknown;
}

const read = modern('tools/call', { name: 'get_lead', arguments: { lead_id: 'lead_0001' } });

/** @param authorization the whole header */
async function send(authorization: string, message = read, path = '/mcp'): Promise<Sent> {
  library.mockClear();
  timeline.begin();
  const headers = new Headers([...message.headers, ['Authorization', authorization]]);
  const response = await gateway(path, { method: 'POST', headers, body: JSON.stringify(message.body) });
  const requestId = response.headers.get('X-Request-Id') ?? 'none';
  expect(timeline.events.filter((event) => event === 'asked').length).toBeLessThanOrEqual(1);
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== 'x-request-id'),
    body: jsonOf((await response.text()).replaceAll(requestId, 'request-id')),
  };
}

const jsonOf = (text: string): unknown => (text === '' ? text : JSON.parse(text));

/** @returns the answer, once it was found to be the library's own */
async function bothWays(token: string, message = read, path = '/mcp'): Promise<Sent> {
  const byLibrary = await send(`bearer\t${token}`, message, path);
  expect(library).toHaveBeenCalledTimes(1);
  const plain = await send(`Bearer ${token}`, message, path);
  expect(plain).toEqual(byLibrary);
  return plain;
}

test('granted: the library has nothing to do', async () => {
  expect(await bothWays(tokens.access_token)).toMatchObject({ status: 200 });
  expect(library).not.toHaveBeenCalled();
  await bothWays(tokens.access_token, modern('tools/list'));
  expect(library).not.toHaveBeenCalled();
});

describe("refused, in the library's words:", () => {
  const refused = async (...sent: Parameters<typeof bothWays>): Promise<Sent> => {
    const answer = await bothWays(...sent);
    expect(library).toHaveBeenCalledTimes(1);
    return answer;
  };

  test.each([
    ['a token of nobody', 'invented'],
    ['one that looks like ours', 'AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAA:grant:secret'],
  ])('%s', async (_what, token) => {
    const { status, headers } = await refused(token);
    expect(status).toBe(401);
    expect(Object.fromEntries(headers)['www-authenticate']).toContain('error="invalid_token"');
  });

  test('one whose secret is not ours', async () => {
    expect(await refused(`${tokens.access_token}x`)).toMatchObject({ status: 401 });
  });

  test('one that is over, or revoked', async () => {
    pass(tokens.expires_in * 1_000 + 1);
    expect(await refused(tokens.access_token)).toMatchObject({ status: 401 });
    await client.revoke(tokens.refresh_token);
    expect(await refused(tokens.access_token)).toMatchObject({ status: 401 });
  });

  test('one for less', async () => {
    const narrow = await world.signIn('ada@acme.example', { scope: 'leads:read' });
    const tickets = modern('tools/call', { name: 'search_tickets', arguments: {} });
    const { status, headers } = await refused(narrow.tokens.access_token, tickets);
    expect(status).toBe(403);
    expect(Object.fromEntries(headers)['www-authenticate']).toContain('error="insufficient_scope"');
  });

  test('one for another resource', async () => {
    expect(await refused(tokens.access_token, read, '/t/globex/mcp')).toMatchObject({ status: 401 });
  });

  test('a session that can not be asked', async () => {
    timeline.object = () => Promise.reject(new Error('the object is gone'));
    expect(await refused(tokens.access_token)).toMatchObject({ status: 503 });
  });

  test.each<[string, Partial<Extract<AuthorizeResult, { kind: 'granted' }>>]>([
    ['has run out meanwhile', { expiresAt: Date.UTC(2034, 0, 1) / 1_000 }],
    ['is for somebody else', { audience: 'https://other.example/mcp' }],
  ])('a grant that %s', async (_what, change) => {
    timeline.object = async (decide) => ({ ...(await decide()), ...change }) as AuthorizeResult;
    expect(await refused(tokens.access_token)).toMatchObject({ status: 401 });
  });
});

describe('put in another way, it is for the library', () => {
  test.each([
    ['two tokens', (token: string) => `Bearer ${token}, Bearer ${token}`, 401],
    ['two spaces', (token: string) => `Bearer  ${token}`, 200],
    ['another scheme', (token: string) => `Basic ${token}`, 401],
    ['no token', () => 'Bearer', 401],
  ])('%s', async (_what, header, status) => {
    expect(await send(header(tokens.access_token))).toMatchObject({ status });
    expect(library).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['a query', '/mcp?x=1', {}],
    ['a web page', '/mcp', { Origin: 'https://gateway.example' }],
  ])('%s', async (_what, path, extra) => {
    const headers = [...read.headers, ...Object.entries(extra)] as const;
    expect(await send(`Bearer ${tokens.access_token}`, { ...read, headers }, path)).toMatchObject({ status: 200 });
    expect(library).toHaveBeenCalledTimes(1);
  });
});
