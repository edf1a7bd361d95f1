// A connector stays connected: for as long as it is used nobody is asked for anything; after that, or when access is
// lost, the client is told so in the one way that makes it sign in again, and that costs its user one click.
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs } from '../../support/logs';
import { callTool, wires } from '../../support/mcp-client';
import { Browser, gateway, OAuthClient, resource, type TokenSet } from '../../support/oauth-client';
import { expectPage } from '../../support/pages';
import { attemptSignIn } from '../../support/sign-in';
import { choose } from '../../support/tenants';
import { World } from '../../support/world';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ada = 'ada@acme.example';
const metadataUrl = 'https://gateway.example/.well-known/oauth-protected-resource/mcp';

let world: World;
let client: OAuthClient;
let browser: Browser;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  client = await OAuthClient.register();
  browser = new Browser();
});

/** A sign-in of Ada's, in her browser and with her client. */
async function signIn(): Promise<TokenSet> {
  const location = await world.authorize(client, ada, { browser });
  const { status, body } = await client.redeem(location.searchParams.get('code') ?? '');
  expect(status).toBe(200);
  return body;
}

const item = (tokens: TokenSet) => callTool(tokens.access_token, 'get_item', { item_id: 'item_0001' });

async function expectSignInAgain(tokens: TokenSet): Promise<void> {
  const reply = await item(tokens);
  expect(reply.status).toBe(401);
  expect(reply.headers.get('WWW-Authenticate')).toContain('error="invalid_token"');
  expect(reply.headers.get('WWW-Authenticate')).toContain(`resource_metadata="${metadataUrl}"`);
  expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
}

describe('while it is used', () => {
  test('a client that works once a month is connected after a year, and its user was asked once', async () => {
    let tokens = await signIn();
    for (let month = 0; month < 12; month += 1) {
      world.advance(29 * DAY);
      expect((await item(tokens)).status).toBe(401);
      const { status, body } = await client.refresh(tokens.refresh_token);
      expect(status).toBe(200);
      tokens = body;
      expect((await item(tokens)).status).toBe(200);
    }
    expect(world.sent.filter((line) => line.startsWith('POST idp.example'))).toHaveLength(1);
  });

  test.each([1, 7, 29])('a reconnect after %i days needs no new sign-in', async (days) => {
    const tokens = await signIn();
    world.advance(days * DAY);
    world.sent.length = 0;
    const { status, body } = await client.refresh(tokens.refresh_token);
    expect(status).toBe(200);
    expect((await item(body)).body.result.structuredContent.id).toBe('item_0001');
    expect(world.sent.filter((line) => line.includes('idp.example'))).toEqual([]);
  });

  test('a refresh some minutes early ends nothing: requests under way with the old token still pass', async () => {
    const tokens = await signIn();
    world.advance(55 * 60_000);
    const { body } = await client.refresh(tokens.refresh_token);
    expect((await item(tokens)).status).toBe(200);
    expect((await item(body)).status).toBe(200);
  });

  test('a backend that is down for an hour costs nothing but that hour', async () => {
    const tokens = await signIn();
    world.advance(2 * HOUR);
    world.backend.set({ fail: { path: '/auth', status: 503, times: 100 } });
    const refused = await client.refresh(tokens.refresh_token);
    expect(refused).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    world.backend.set({ fail: null });
    world.advance(HOUR);
    const { status, body } = await client.refresh(tokens.refresh_token);
    expect(status).toBe(200);
    expect((await item(body)).status).toBe(200);
  });
});

describe('after its end', () => {
  test('the refresh is refused with invalid_grant, the call is challenged, and a new sign-in works', async () => {
    const tokens = await signIn();
    world.advance(31 * DAY);
    await expectSignInAgain(tokens);
    expect((await item(await signIn())).status).toBe(200);
  });

  test('where consent is remembered, only the account is left to confirm', async () => {
    const tokens = await signIn();
    await client.revoke(tokens.refresh_token);
    await expectSignInAgain(tokens);

    const toProvider = await browser.open(await client.authorizationUrl());
    expect(toProvider.status).toBe(302);
    const location = toProvider.headers.get('Location') ?? '';
    expect(location).toMatch(/^https:\/\/idp\.example\/authorize\?/);
    const back = await browser.open(world.idp.signIn(location, ada));
    const connected = await choose(browser, await back.text(), { decision: 'connect' });
    const callback = new URL(connected.headers.get('Location') ?? '');
    expect(callback.origin + callback.pathname).toBe('https://client.example/callback');
    const { status, body } = await client.redeem(callback.searchParams.get('code') ?? '');
    expect(status).toBe(200);
    expect((await item(body)).status).toBe(200);
  });
});

describe('one window’s new sign-in', () => {
  test('ends neither the session of another window nor its refresh token', async () => {
    const first = await signIn();
    const second = await signIn();
    expect((await item(first)).status).toBe(200);
    const renewed = await client.refresh(first.refresh_token);
    expect(renewed.status).toBe(200);
    expect((await item(second)).status).toBe(200);
    await client.revoke(second.refresh_token);
    await expectSignInAgain(second);
    expect((await item(renewed.body)).status).toBe(200);
  });
});

describe('access that is lost upstream', () => {
  test.each(wires)('is a challenge on the $revision wire, and a new sign-in ends it', async ({ send }) => {
    const tokens = await signIn();
    world.backend.set({ fail: { path: '/v1', status: 401, times: 10 } });
    const lost = await send(tokens.access_token, 'tools/call', {
      name: 'get_item',
      arguments: { item_id: 'item_0001' },
    });
    expect(lost.status).toBe(401);
    expect(lost.headers.get('WWW-Authenticate')).toContain(`resource_metadata="${metadataUrl}"`);
    const metadata = await gateway(metadataUrl);
    expect(await metadata.json()).toMatchObject({ resource });

    world.backend.set({ fail: null });
    expect((await item(await signIn())).status).toBe(200);
  });

  test('for someone who was disabled: the session ends, and the sign-in says why', async () => {
    const tokens = await signIn();
    world.backend.set({ disable_user: ada, revoke_access_tokens: true });
    await expectSignInAgain(tokens);

    const again = await attemptSignIn(world, { browser });
    expect(await expectPage(again, 'user_disabled')).toContain(ada);
  });
});
