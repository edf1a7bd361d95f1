// Consent is remembered per browser, person, client, redirect URI and scopes, once a sign-in has succeeded, for 30 days
// longer than a session lives without use; anything else is asked anew.
import { beforeEach, expect, test } from 'vitest';
import { catchLogs } from '../../support/logs';
import { Browser, OAuthClient, redirectUri, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { openConsent } from '../../support/sign-in';
import { World } from '../../support/world';

const DAY = 86_400_000;

let world: World;
let browser: Browser;
let client: OAuthClient;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  browser = new Browser();
  client = await OAuthClient.register({ redirect_uris: [redirectUri, 'https://client.example/second'] });
});

/** Allows, with the scopes that `keep` leaves ticked. */
async function consent(parameters: Record<string, string> = {}, keep?: string[]): Promise<void> {
  const page = await openConsent(browser, await client.authorizationUrl(parameters));
  await signInAfter(await browser.submit(page, 'approve', keep));
}

/** Goes on from the answer to Allow until the client has its code. */
async function signInAfter(answer: Response): Promise<void> {
  const back = await browser.open(world.idp.signIn(answer.headers.get('Location') ?? '', 'ada@acme.example'));
  expect(back.headers.get('Location')).toContain('code=');
}

/** Whether a request is asked about, rather than sent straight to the provider. */
async function asked(parameters: Record<string, string> = {}, by = browser, of = client): Promise<boolean> {
  const answer = await by.open(await of.authorizationUrl(parameters));
  if (answer.status === 302) expect(answer.headers.get('Location')).toMatch(/^https:\/\/idp\.example\/authorize/);
  else expect(await answer.text()).toContain('name="handle"');
  return answer.status === 200;
}

test('the same request goes straight to the provider, and leads to the same scopes', async () => {
  await consent({ scope: 'items:read' });
  expect(await asked({ scope: 'items:read' })).toBe(false);
  const location = await world.authorize(client, 'ada@acme.example', { browser, scope: 'items:read' });
  const { body } = await client.redeem(location.searchParams.get('code') ?? '');
  expect(body.scope).toBe('profile:read items:read');
});

test('fewer scopes are not asked about, and more are', async () => {
  await consent({ scope: 'items:read notes:read' });
  expect(await asked({ scope: 'items:read' })).toBe(false);
  expect(await asked({ scope: 'items:read notes:read reports:read' })).toBe(true);
  expect(await asked()).toBe(true);
});

test('a scope that was unticked is asked about again', async () => {
  await consent({ scope: 'items:read items:write' }, ['profile:read', 'items:read']);
  expect(await asked({ scope: 'items:read' })).toBe(false);
  expect(await asked({ scope: 'items:read items:write' })).toBe(true);
});

test('another browser is asked', async () => {
  await consent();
  expect(await asked({}, new Browser())).toBe(true);
});

test('another client is asked, even with the same name and redirect URI', async () => {
  await consent();
  expect(await asked({}, browser, await OAuthClient.register())).toBe(true);
});

test('another redirect URI is asked', async () => {
  await consent();
  expect(await asked({ redirect_uri: 'https://client.example/second' })).toBe(true);
});

test('it lasts 30 days longer than a refresh token', async () => {
  await consent();
  world.advance((30 + 30) * DAY - 60_000);
  expect(await asked()).toBe(false);
  world.advance(120_000);
  expect(await asked()).toBe(true);
});

test('several clients are remembered side by side', async () => {
  const other = await OAuthClient.register();
  await consent({ scope: 'items:read' });
  await signInAfter(await browser.submit(await openConsent(browser, await other.authorizationUrl()), 'approve'));
  expect(await asked({ scope: 'items:read' })).toBe(false);
  expect(await asked({}, browser, other)).toBe(false);
});

test('a cookie that was changed by one character counts for nothing', async () => {
  await consent();
  const [name = '', value = ''] = [...browser.cookies].find(([key]) => key.includes('approvals')) ?? [];
  expect(name).toBe('__Host-oauth-approvals');
  for (const at of [2, value.indexOf('.') + 2]) {
    browser.cookies.set(name, value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1));
    expect(await asked()).toBe(true);
  }
  for (const invented of ['', 'x', 'e30.e30', value.split('.')[0] ?? '', `${value.split('.')[0]}.`]) {
    browser.cookies.set(name, invented);
    expect(await asked()).toBe(true);
  }
  browser.cookies.set(name, value);
  expect(await asked()).toBe(false);
});

test('a new CONSENT_KEY forgets it all', async () => {
  await consent();
  useGateway(otherGateway({ CONSENT_KEY: 'another-consent-key-for-tests-0123456789' }));
  expect(await asked()).toBe(true);
});

test('it only skips the question: the person still signs in, each time', async () => {
  await consent();
  const first = await browser.open(await client.authorizationUrl());
  const second = await browser.open(await client.authorizationUrl());
  const states = [first, second].map((answer) =>
    new URL(answer.headers.get('Location') ?? '').searchParams.get('state'),
  );
  expect(new Set(states).size).toBe(2);
});

test('a sign-in that did not succeed leaves nothing behind', async () => {
  await browser.submit(await openConsent(browser, await client.authorizationUrl()), 'approve');
  expect(await asked()).toBe(true);
});
