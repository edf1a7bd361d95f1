// Two identity providers in one gateway. A sign-in names its provider in its state, and no other may finish it: an answer
// of one provider never counts as an answer of the other (mix-up, RFC 9700 §4.4).
import { beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import {
  configuredProvider,
  redirectUriOf,
  type IdentityProvidersOf,
} from '../../../src/oauth/sign-in/identity-provider';
import { TestIdentityProvider } from '../../support/identity-provider';
import { catchLogs, type Logs } from '../../support/logs';
import { Browser, OAuthClient, useGateway, sessionIdOf } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { anythingGranted } from '../../support/records';
import { SessionProbe } from '../../support/session';
import { testVars } from '../../support/vars';
import { World } from '../../support/world';

const PARTNER = 'https://login.partner.example';
const ADA = 'ada@acme.example';

/** Whom the next sign-in is sent to. */
let chosen: 'default' | 'partner';
const identityProviders: IdentityProvidersOf = (config) => {
  const own = configuredProvider(config).forRequest({});
  const partner = {
    ...own,
    id: 'partner',
    issuer: PARTNER,
    name: 'Partner',
    redirectUri: redirectUriOf(config, 'partner'),
  };
  const byId = (id: string) => [own, partner].find((provider) => provider.id === id);
  return { forRequest: () => byId(chosen) ?? own, byId };
};

let world: World;
let logs: Logs;
let partner: TestIdentityProvider;
let client: OAuthClient;
let browser: Browser;

beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  partner = new TestIdentityProvider(PARTNER);
  world.intercept = (request) => (request.url.startsWith(`${PARTNER}/`) ? partner.fetch(request) : undefined);
  useGateway(otherGateway({}, product, { identityProviders }));
  client = await OAuthClient.register();
  browser = new Browser();
  chosen = 'default';
});

/** As far as the provider's own page. */
async function begin(at: typeof chosen): Promise<{ url: string; page: string }> {
  chosen = at;
  const page = await (await browser.open(await client.authorizationUrl())).text();
  const url = (await browser.submit(page, 'approve')).headers.get('Location') ?? '';
  return { url, page };
}

const providerOf = { default: () => world.idp, partner: () => partner } as const;

describe.each([
  ['default', testVars.IDP_ISSUER, '/callback'],
  ['partner', PARTNER, '/callback/partner'],
] as const)('the provider %s', (at, issuer, callback) => {
  test('is named on the consent page, gets its own redirect URI, and signs in', async () => {
    const { url, page } = await begin(at);
    expect(page).toContain(new URL(issuer).host);
    expect(new URL(url).origin).toBe(issuer);
    expect(new URL(new URL(url).searchParams.get('redirect_uri') ?? '').pathname).toBe(callback);
    const answer = await browser.open(providerOf[at]().signIn(url, ADA));
    const code = new URL(answer.headers.get('Location') ?? '').searchParams.get('code') ?? '';
    const { body } = await client.redeem(code);
    const session = new SessionProbe(sessionIdOf(body));
    expect((await session.stored())['session']).toMatchObject({ identity: { issuer, email: ADA } });
  });

  test('may not finish what the other began', async () => {
    const other = at === 'default' ? 'partner' : 'default';
    const { url } = await begin(other);
    const answer = new URL(providerOf[other]().signIn(url, ADA));
    answer.pathname = callback;
    const before = world.sent.length;
    const refused = await browser.open(answer.href);
    expect(refused.headers.get('Location')).toBeNull();
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(logs.text()).toContain('the answer came to the callback of another provider');
    // The code goes to nobody.
    expect(world.sent.slice(before)).toEqual([]);
    expect(await anythingGranted()).toBe(false);
  });

  test('may not answer in the name of the other', async () => {
    const other = at === 'default' ? 'partner' : 'default';
    const { url } = await begin(other);
    const answer = new URL(providerOf[other]().signIn(url, ADA));
    // The issuer of who answers (RFC 9207).
    answer.searchParams.set('iss', issuer);
    const refused = await browser.open(answer.href);
    expect(refused.headers.get('Location')).toBeNull();
    expect(world.sent.filter((line) => line.endsWith('/token'))).toEqual([]);
    expect(await anythingGranted()).toBe(false);
  });
});

test('a callback of a provider that is not there is an address like any other', async () => {
  expect((await browser.open('/callback/nobody?state=x&code=y')).status).toBe(404);
});

test('a sign-in whose provider is gone has to begin again', async () => {
  const { url } = await begin('partner');
  useGateway(otherGateway({}));
  const answer = await browser.open(partner.signIn(url, ADA).replace('/callback/partner', '/callback'));
  expect(answer.headers.get('Location')).toBeNull();
  expect(logs.text()).toContain('its identity provider is gone');
});
