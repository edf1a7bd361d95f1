// No token in the clear, anywhere: after each step of a whole life of a session, everything that the gateway keeps or
// logs is searched for every secret that was seen on any wire.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callTool, legacyMcp, mcp } from '../../support/mcp-client';
import { objectsIn } from '../../support/objects';
import { gateway, OAuthClient, redirectUri, sessionIdOf } from '../../support/oauth-client';
import { recordsStored } from '../../support/oauth-records';
import { captureLog, leave, pass, SessionProbe, skipPauses, stopClock } from '../../support/session';
import { testVars } from '../../support/vars';
import { World } from '../../support/world';

let world: World;
let log: string[];
/** What must be found nowhere, with a name for the failure. */
let secrets: Map<string, string>;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  skipPauses();
  log = captureLog();
  secrets = new Map([
    [testVars.PRODUCT_ADMIN_TOKEN, 'admin token'],
    [testVars.IDP_CLIENT_SECRET, 'client secret at the identity provider'],
    [testVars.SESSION_KEY, 'session key'],
    [testVars.CONSENT_KEY, 'consent key'],
    ['MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=', 'credential key'],
  ]);
  world.intercept = async (request) => {
    const answer = await world.neighbour(request);
    await listen(new URL(request.url).host, answer.clone());
    return answer;
  };
});
afterEach(leave);

/** Takes down every secret in an answer to the gateway. */
async function listen(host: string, answer: Response): Promise<void> {
  const body = (await answer.json<Record<string, unknown>>().catch(() => ({}))) as Record<string, unknown>;
  for (const field of ['access_token', 'refresh_token', 'id_token'])
    if (typeof body[field] === 'string') secrets.set(body[field], `${field} of ${host}`);
}

function keep(token: string, what: string): void {
  secrets.set(token, what);
  // `subject:grant:secret`: the first two are no secret, the third one is, wherever it stands alone.
  secrets.set(token.split(':')[2] ?? token, `secret part of the ${what}`);
}

async function everythingAtRest(): Promise<Record<string, string>> {
  const found: Record<string, string> = { log: log.join('\n') };
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  ).all<{ name: string }>();
  for (const { name } of tables.results)
    found[`D1 ${name}`] = JSON.stringify((await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results);
  for (let cursor: string | undefined, done = false; !done;) {
    const page: KVNamespaceListResult<unknown> = await env.OAUTH_KV.list(cursor === undefined ? {} : { cursor });
    for (const key of page.keys) found[`KV ${key.name}`] = JSON.stringify([key, await env.OAUTH_KV.get(key.name)]);
    done = page.list_complete;
    cursor = page.list_complete ? undefined : page.cursor;
  }
  for (const id of await objectsIn(env.SESSIONS))
    found[`object ${id.toString()}`] = JSON.stringify(await new SessionProbe(id).stored());
  (await recordsStored()).forEach((record, index) => (found[`record ${index}`] = JSON.stringify(record)));
  return found;
}

async function expectClean(step: string): Promise<Record<string, string>> {
  const places = await everythingAtRest();
  const leaks: string[] = [];
  for (const [place, text] of Object.entries(places))
    for (const [secret, what] of secrets)
      for (const form of [secret, encodeURIComponent(secret), btoa(secret).replace(/=+$/, '').slice(0, -1)])
        if (text.includes(form)) leaks.push(`${what} in ${place} after ${step}`);
  expect([...new Set(leaks)]).toEqual([]);
  return places;
}

const item = { item_id: 'item_0001' };

test('a whole life of a session leaves no secret behind', async () => {
  const client = await OAuthClient.register();
  const location = await world.authorize(client, 'ada@acme.example');
  const code = location.searchParams.get('code')!;
  keep(code, 'authorization code');
  const session = new SessionProbe(sessionIdOf(code));
  await expectClean('sign-in');

  let { body: tokens } = await client.redeem(code);
  const keepTokens = (which: string): void => {
    keep(tokens.access_token, `${which} access token`);
    keep(tokens.refresh_token, `${which} refresh token`);
  };
  keepTokens('first');
  await expectClean('redemption');
  expect((await client.redeem(`${code}x`)).status).toBe(400);

  await callTool(tokens.access_token, 'get_item', item);
  await legacyMcp(tokens.access_token, 'tools/call', { name: 'get_item', arguments: item });
  await callTool(tokens.access_token, 'update_item', { item_id: 'item_0001' });
  await session.nextAlarm();
  await expectClean('calls and the first batch');

  pass(61_000);
  await callTool(tokens.access_token, 'get_item', item);
  world.backend.set({ revoke_access_tokens: true });
  await callTool(tokens.access_token, 'get_item', item);
  await session.evict();
  await callTool(tokens.access_token, 'get_item', item);
  await session.nextAlarm();
  await expectClean('renewals');

  world.backend.set({ fail: { path: '/auth', status: 503, times: 4 } });
  pass(61_000);
  await callTool(tokens.access_token, 'get_item', item);
  world.backend.set({ fail: { path: '/v1', status: 401, times: 2 } });
  pass(60_000);
  expect((await callTool(tokens.access_token, 'get_item', item)).status).toBe(401);
  await expectClean('failures');

  tokens = (await client.refresh(tokens.refresh_token)).body;
  keepTokens('second');
  await mcp(tokens.access_token, 'tools/list');
  await mcp(`${tokens.access_token}x`, 'tools/list');
  await mcp(tokens.access_token, 'tools/list', {}, { Authorization: `Basic ${tokens.access_token}` });
  await session.nextAlarm();
  const places = await expectClean('a token refresh');

  // The search itself finds things: what may be there, is.
  expect(secrets.size).toBeGreaterThan(20);
  expect([...secrets.values()].join()).toMatch(/access_token of api.*refresh_token of api/s);
  expect([...secrets.values()].join()).toMatch(/id_token of idp/);
  expect(places['D1 credentials']).toContain('v1.k1.');
  expect(Object.keys(places).some((place) => place.startsWith('KV grant:'))).toBe(true);
  expect(Object.entries(places).some(([place, text]) => place.startsWith('object') && text.includes('v1.k1.'))).toBe(
    true,
  );
  expect(places['log']).toContain('tool.unauthorized');

  await client.revoke(tokens.refresh_token);
  await mcp(tokens.access_token, 'tools/list');
  await session.nextAlarm();
  await expectClean('revocation');
});

test("a confidential client's secret is kept as a digest", async () => {
  const response = await gateway('/oauth/register', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [redirectUri], token_endpoint_auth_method: 'client_secret_basic' }),
  });
  const { client_id, client_secret } = await response.json<{ client_id: string; client_secret: string }>();
  secrets.set(client_secret, 'client secret');
  const code = (await world.authorize(new OAuthClient(client_id), 'ada@acme.example')).searchParams.get('code')!;
  await gateway('/oauth/token', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}`,
    },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }).toString(),
  });
  const places = await expectClean('registration and a token request');
  expect(places[`KV client:${client_id}`]).toContain('"clientSecret\\":');
});
