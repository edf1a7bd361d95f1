// An issuer is an identifier and compared as it is written (OpenID Connect Discovery §4.3), a closing slash included.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestIdentityProvider } from '../../support/identity-provider';
import { catchLogs, type Logs } from '../../support/logs';
import { Browser, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { expectPage } from '../../support/pages';
import { allow, attemptSignIn } from '../../support/sign-in';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
beforeEach(async () => {
  world = await World.begin();
  logs = catchLogs();
});
afterEach(() => useGateway());

/** @param configured what the operator wrote, of a provider that calls itself `issuer` */
function providerAt(issuer: string, configured = issuer): TestIdentityProvider {
  const idp = new TestIdentityProvider(issuer);
  const { origin } = new URL(issuer);
  world.intercept = (request) => (new URL(request.url).origin === origin ? idp.fetch(request) : undefined);
  useGateway(otherGateway({ IDP_ISSUER: configured }));
  return idp;
}

test.each([
  ['a path and a closing slash (Authentik)', 'https://id.example/application/o/app/'],
  ['a path without one', 'https://id.example/realms/app'],
  ['nothing but a closing slash (Auth0)', 'https://tenant.id.example/'],
])('a sign-in by a provider whose issuer has %s', async (_what, issuer) => {
  const idp = providerAt(issuer);
  const answer = await attemptSignIn(world, { idp });
  expect(answer.headers.get('Location'), await answer.text()).toContain('code=');
  // §4.1: a closing slash is not doubled.
  expect(world.sent).toContain(
    `GET ${issuer.replace('https://', '').replace(/\/$/, '')}/.well-known/openid-configuration`,
  );
});

test.each([
  ['https://id.example/one/', 'https://id.example/one'],
  ['https://id.example/two', 'https://id.example/two/'],
  ['https://three.example', 'https://three.example/'],
  // By this name Google's accounts are held to more, so no other spelling of it may pass.
  ['https://accounts.google.com', 'https://accounts.google.com/'],
])('%s, configured as %s, is the operator’s to put right', async (issuer, configured) => {
  providerAt(issuer, configured);
  const answer = await allow();
  await expectPage(answer, 'gateway_misconfigured');
  expect(logs.of('configuration.invalid')).toMatchObject([
    { variable: 'IDP_ISSUER', problem: expect.stringContaining('closing slash') },
  ]);
});

test.each([
  ['the answer (RFC 9207)', undefined],
  ['the id_token', { iss: 'https://id.example/application/o/app' }],
])('iss without the slash in %s is another issuer', async (_where, claims) => {
  expect.hasAssertions();
  const idp = providerAt('https://id.example/application/o/app/');
  const browser = new Browser();
  const atProvider = (await allow({ browser })).headers.get('Location') ?? '';
  idp.lies = claims ? { claims } : {};
  const iss = claims ? '' : `&iss=${encodeURIComponent('https://id.example/application/o/app')}`;
  const answer = await browser.open(idp.signIn(atProvider, 'ada@acme.example') + iss);
  await expectPage(answer, 'sign_in_not_verified');
});
