// A refresh token that comes again within a minute: what is the same request, who gets its answer once more, and what is
// on record of it. That honest windows all go on, and that reuse ends the session, is in refresh-family.test.ts.
import { createHash } from 'node:crypto';
import { env } from 'cloudflare:workers';
import { afterEach, assert, beforeEach, describe, expect, test } from 'vitest';
import { catchLogs, type Logs } from '../support/logs';
import { mcp } from '../support/mcp-client';
import { OAuthClient, resource, type TokenAnswer, type TokenSet } from '../support/oauth-client';
import { auditRows, leave, pass, SessionProbe, stopClock } from '../support/session';
import { World } from '../support/world';

const HOME = { 'CF-Connecting-IP': '203.0.113.7', 'User-Agent': 'claude/1' };
const ELSEWHERE = { 'CF-Connecting-IP': '198.51.100.9', 'User-Agent': 'curl/8' };

let world: World;
let logs: Logs;
let client: OAuthClient;
let tokens: TokenSet;
let session: SessionProbe;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  stopClock();
  const signedIn = await world.signIn();
  ({ client, tokens } = signedIn);
  session = new SessionProbe(signedIn.sessionId);
});
afterEach(leave);

const alive = async (token: string): Promise<boolean> => (await mcp(token, 'tools/list')).status === 200;

function refresh(
  parameters: Record<string, string> = {},
  headers: Record<string, string> = HOME,
  by = client,
): Promise<TokenAnswer> {
  const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...parameters };
  return by.token(form, headers);
}

/** Repeats on record, as `outcome reason`. */
async function repeats(): Promise<string[]> {
  await session.nextAlarm();
  const rows = await auditRows('token_refresh');
  return rows.filter(({ reason }) => reason !== null).map(({ outcome, reason }) => `${outcome} ${reason}`);
}

test('window B sends the same 12 seconds after window A, from a new memory: both go on with one family', async () => {
  const first = await refresh();
  await session.evict();
  pass(12_000);
  const second = await refresh();
  expect(second.body).toMatchObject({ refresh_token: first.body.refresh_token, expires_in: 3588 });
  expect(second.body.access_token).toBe(first.body.access_token);
  expect((await client.refresh(first.body.refresh_token)).status).toBe(200);
  expect(await alive(second.body.access_token)).toBe(true);
});

describe('the same request', () => {
  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['differs in an unknown parameter', { x: '0' }, { x: '1' }],
    ['names the resource, or not', {}, { resource }],
    ['names the granted scopes, or not', {}, { scope: 'ALL' }],
    ['names its scopes in another order', { scope: 'items:read profile:read' }, { scope: 'profile:read items:read' }],
    ['leaves a parameter empty', {}, { scope: '', resource: '' }],
  ])('%s', async (_name, one, other) => {
    if (other['scope'] === 'ALL') other['scope'] = tokens.scope.split(' ').toReversed().join(' ');
    const answers = await Promise.all([refresh(one), refresh(other)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
  });

  test('fifty at once, each with a parameter of its own: one token set, alive', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_none, x) => refresh({ x: String(x) })));
    const [first] = answers;
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    expect((await client.refresh(first!.body.refresh_token)).status).toBe(200);
  });

  test('is answered for a minute, while nobody has used the successor', async () => {
    const first = await refresh();
    pass(59_999);
    expect((await refresh()).body.refresh_token).toBe(first.body.refresh_token);
    const { refresh_token: third } = (await client.refresh(first.body.refresh_token)).body;
    expect(await session.stored()).toHaveProperty('refresh-answer.of', sha256(first.body.refresh_token));
    expect((await refresh()).body.error).toBe('invalid_grant');
    expect((await client.refresh(third)).body.error).toBe('invalid_grant');
  });
});

test('another request with the same token gets a clean no, and no token that was issued dies of it', async () => {
  const answers = await Promise.all([refresh(), refresh({ scope: 'items:read' })]);
  // Whichever came first.
  const [first, other] = answers.toSorted((a, b) => a.status - b.status);
  assert(first && other);
  expect([first.status, other.status, other.body.error]).toEqual([200, 400, 'invalid_grant']);
  expect(await alive(first.body.access_token)).toBe(true);
  expect((await client.refresh(first.body.refresh_token)).status).toBe(200);
  expect(await repeats()).toEqual(['refused repeated_with_other_request']);
});

describe('each repeat is on record, with network and user agent', () => {
  test.each<[string, Record<string, string>]>([
    ['nothing', HOME],
    ['the address, in the same network', { ...HOME, 'CF-Connecting-IP': '203.0.113.200' }],
    ['the network alone', { ...HOME, 'CF-Connecting-IP': '198.51.100.9' }],
    ['the user agent alone', { ...HOME, 'User-Agent': 'claude/2' }],
  ])('and answered, where it differs in %s', async (_name, headers) => {
    const first = await refresh();
    expect((await refresh({}, headers)).body.refresh_token).toBe(first.body.refresh_token);
    expect(await repeats()).toEqual(['success repeated']);
    const network = headers['CF-Connecting-IP']!.replace(/\d+$/, '0/24');
    expect(await senders()).toEqual([
      { reason: null, network: '203.0.113.0/24', user_agent: 'claude/1' },
      { reason: 'repeated', network, user_agent: headers['User-Agent'] },
    ]);
    expect(JSON.stringify(await session.stored())).not.toContain(headers['CF-Connecting-IP']);
  });

  test.each([
    ['within the minute', 1_000],
    ['after it', 60_000],
  ])('and refused with a warning, where it differs in both, %s; the session lives on', async (_when, later) => {
    const first = await refresh();
    pass(later);
    const stolen = await refresh({}, ELSEWHERE);
    expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant']);
    expect(JSON.stringify(stolen.body)).not.toContain(first.body.access_token);
    expect(logs.of('oauth.refresh_repeated')).toMatchObject([
      { level: 'warn', reason: 'repeated_from_elsewhere', network: '198.51.100.0/24', userAgent: 'curl/8' },
    ]);
    expect(await repeats()).toEqual(['refused repeated_from_elsewhere']);
    expect((await client.refresh(first.body.refresh_token)).status).toBe(200);
  });

  test('and refused with a warning, where the client authenticates otherwise; the session lives on', async () => {
    const first = await refresh();
    const other = await OAuthClient.register();
    const stolen = await refresh({}, HOME, other);
    expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant']);
    expect(logs.of('oauth.refresh_repeated')).toMatchObject([{ level: 'warn', reason: 'repeated_by_other_client' }]);
    expect(await repeats()).toEqual(['refused repeated_by_other_client']);
    expect((await client.refresh(first.body.refresh_token)).status).toBe(200);
  });

  test('and told apart, where it comes after the minute: its answer counts as lost, and there is a new one', async () => {
    const first = await refresh();
    pass(60_000);
    const late = await refresh();
    expect(late.body.refresh_token).not.toBe(first.body.refresh_token);
    expect(await repeats()).toEqual(['success repeated_late']);
  });
});

describe('the answer that is kept', () => {
  test('opens with the presented token only: nothing of it stands in the storage', async () => {
    const first = await refresh();
    const stored = JSON.stringify(await session.stored());
    expect(stored).toContain('refresh-answer');
    const secrets = [first.body.access_token, first.body.refresh_token, tokens.refresh_token];
    for (const secret of secrets)
      for (const part of [secret, secret.split(':')[2]!]) expect(stored).not.toContain(part);
    const { 'refresh-answer': kept } = await session.stored();
    expect(JSON.stringify(kept)).not.toContain('claude/1');
  });

  test('is no more where its access token was revoked alone: there is a good one instead', async () => {
    const first = await refresh();
    expect((await client.revoke(first.body.access_token)).status).toBe(200);
    const again = await refresh();
    expect([again.status, await alive(again.body.access_token)]).toEqual([200, true]);
  });

  test('goes with the session', async () => {
    const first = await refresh();
    await client.revoke(first.body.refresh_token);
    expect(await session.stored()).not.toHaveProperty('refresh-answer');
  });
});

test('a session has so many access tokens at a time: of more, the one that was unused for longest goes', async () => {
  const issued = [tokens];
  for (let count = 1; count < 16; count += 1) issued.push((await client.refresh(issued.at(-1)!.refresh_token)).body);
  pass(1_000);
  expect(await alive(tokens.access_token)).toBe(true);
  const latest = (await client.refresh(issued.at(-1)!.refresh_token)).body;
  expect(await Promise.all([tokens, issued[1]!, issued[2]!, latest].map((set) => alive(set.access_token)))).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function senders(): Promise<unknown[]> {
  const { results } = await env.DB.prepare(
    `SELECT reason, network, user_agent FROM audit_senders JOIN audit_events USING (event_id)
       WHERE action = 'token_refresh' ORDER BY audit_events.rowid`,
  ).all();
  return results;
}
