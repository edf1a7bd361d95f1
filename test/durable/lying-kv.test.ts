// Registrations, consent and sign-ins from one location to the next, while KV shows nobody what is younger than a minute.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { catchLogs } from '../support/logs';
import { lieAboutKv, type LyingKv } from '../support/lying-kv';
import { callTool } from '../support/mcp-client';
import { RecordProbe, removeClient } from '../support/oauth-records';
import { Browser, OAuthClient } from '../support/oauth-client';
import { expectPage } from '../support/pages';
import { leave, pass, stopClock } from '../support/session';
import { allow, openConsent } from '../support/sign-in';
import { World } from '../support/world';

let world: World;
let kv: LyingKv;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  stopClock();
  kv = lieAboutKv();
});
afterEach(async () => {
  kv.stop();
  await leave();
});

const DAY = 86_400_000;

test('the lie is one: a write is not seen for a minute, and a removed record is', async () => {
  await env.OAUTH_KV.put('key', 'value');
  expect(await env.OAUTH_KV.get('key')).toBeNull();
  pass(60_000);
  expect(await env.OAUTH_KV.get('key')).toBe('value');
  await env.OAUTH_KV.delete('key');
  expect(await env.OAUTH_KV.get('key')).toBe('value');
  expect(kv.hidden()).toBe(2);
});

test('a whole sign-in, from registration to the first call, within the same second', async () => {
  const { tokens } = await world.signIn();
  expect((await callTool(tokens.access_token, 'whoami')).status).toBe(200);
});

test('a client is known wherever it turns up next, and the miss before its registration is forgotten', async () => {
  const unknown = new OAuthClient('AAAAAAAAAAAAAAAA');
  await expectPage(await new Browser().open(await unknown.authorizationUrl()), 'client_unknown');
  const client = await OAuthClient.register({ client_name: 'Just Registered' });
  await new RecordProbe(`client:${client.clientId}`).evict();
  expect(await openConsent(new Browser(), await client.authorizationUrl())).toContain('Just Registered');
});

test('a client that was removed is refused at once, also where it had been seen, and stays so', async () => {
  const { client, tokens } = await world.signIn();
  pass(120_000);
  await removeClient(client.clientId);
  for (const later of [0, 59_000, 2 * DAY]) {
    pass(later);
    await expectPage(await new Browser().open(await client.authorizationUrl()), 'client_unknown');
    const answer = await client.refresh(tokens.refresh_token);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  }
});

test('a stale copy in KV does not bring a removed client back', async () => {
  const client = await OAuthClient.register();
  const key = `client:${client.clientId}`;
  const copy = await vi.waitFor(async () => (pass(60_000), (await env.OAUTH_KV.get(key)) ?? Promise.reject()));
  await removeClient(client.clientId);
  await env.OAUTH_KV.put(key, copy);
  pass(60_000);
  expect(await env.OAUTH_KV.get(key)).toBe(copy);
  const probe = new RecordProbe(key);
  await probe.evict();
  expect(await probe.stored()).toEqual({});
  await expectPage(await new Browser().open(await client.authorizationUrl()), 'client_unknown');
});

test('of many who send one consent form at once, one answer gets through', async () => {
  const client = await OAuthClient.register();
  const browser = new Browser();
  const page = await openConsent(browser, await client.authorizationUrl());
  const cookies = [...browser.cookies];
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => {
      const window = new Browser();
      for (const [name, value] of cookies) window.cookies.set(name, value);
      return window.submit(page, index % 2 === 0 ? 'approve' : 'deny');
    }),
  );
  // Either every Allow gets the one way to the provider, or every Deny the one page; never both.
  const allowed = answers.filter(({ status }) => status === 302);
  const denied = answers.filter(({ status }) => status === 403);
  expect([allowed.length, denied.length].toSorted()).toEqual([0, 5]);
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(5);
  expect(new Set(allowed.map((answer) => answer.headers.get('Location'))).size).toBe(allowed.length === 0 ? 0 : 1);
});

test('of many who come back from the provider with one state at once, one is let in', async () => {
  const browser = new Browser();
  const atProvider = (await allow({ browser })).headers.get('Location') ?? '';
  const back = world.idp.signIn(atProvider, 'ada@acme.example');
  const cookies = [...browser.cookies];
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => {
      const window = new Browser();
      for (const [name, value] of cookies) window.cookies.set(name, value);
      return window.open(back);
    }),
  );
  expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
  // The provider would have refused the code of the others; it was not even asked.
  expect(world.sent.filter((line) => line.startsWith('POST idp.example/'))).toHaveLength(1);
  // And it stays used.
  await expectPage(await browser.open(back), 'sign_in_expired');
});

test('an invented client id or state leaves nothing behind', async () => {
  await new Browser().open(await new OAuthClient('BBBBBBBBBBBBBBBB').authorizationUrl());
  await new Browser().open('/callback?state=made-up&code=x');
  await new OAuthClient('BBBBBBBBBBBBBBBB').redeem('a:b:c');
  const probe = new RecordProbe('client:BBBBBBBBBBBBBBBB');
  expect(await probe.stored()).toEqual({});
  expect(await probe.alarmAt()).toBeNull();
});
