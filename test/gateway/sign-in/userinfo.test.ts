// Providers that keep the email claims for their UserInfo endpoint (OpenID Connect Core §5.4): its answer counts for the
// same subject only, and an address and its verification come from one place.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestIdentityProvider } from '../../support/identity-provider';
import { useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { attemptSignIn } from '../../support/sign-in';
import { World } from '../../support/world';

const issuer = 'https://userinfo.example';
const subject = 'sub-ada@acme.example';
let world: World;
let idp: TestIdentityProvider;

beforeEach(async () => {
  world = await World.begin();
  idp = new TestIdentityProvider(issuer);
  world.intercept = (request) => (new URL(request.url).origin === issuer ? idp.fetch(request) : undefined);
  useGateway(otherGateway({ IDP_ISSUER: issuer }));
});
afterEach(() => useGateway());

function withoutEmail(userinfo: Record<string, unknown>, claims: Record<string, unknown> = {}): void {
  idp.lies = {
    claims: { email: undefined, email_verified: undefined, ...claims },
    discovery: { userinfo_endpoint: `${issuer}/userinfo` },
    userinfo,
  };
}

test('someone whose verified email stands there is signed in', async () => {
  withoutEmail({ sub: subject, email: 'ada@acme.example', email_verified: true });
  const answer = await attemptSignIn(world, { idp });
  expect(answer.status).toBe(302);
  expect(new URL(answer.headers.get('Location') ?? '').searchParams.get('code')).toBeTruthy();
});

test.each([
  ['another subject', { sub: 'sub-mallory', email: 'ada@acme.example', email_verified: true }, {}],
  ['an email that is not verified', { sub: subject, email: 'ada@acme.example', email_verified: false }, {}],
  ['no email', { sub: subject }, {}],
  [
    'a verification without an address, beside an address of the id_token that is not verified',
    { sub: subject, email_verified: true },
    { email: 'ada@acme.example' },
  ],
  [
    'another address without a verification, beside a verification in the id_token',
    { sub: subject, email: 'grace@acme.example' },
    { email_verified: true },
  ],
])('it is refused when the answer has %s', async (_what, userinfo, claims) => {
  withoutEmail(userinfo, claims);
  expect((await attemptSignIn(world, { idp })).status).toBeGreaterThanOrEqual(400);
});

test('an address of the id_token is not taken as verified by what stands there of another', async () => {
  withoutEmail({ sub: subject, email: 'mine@elsewhere.example', email_verified: true }, { email: 'ada@acme.example' });
  const answer = await attemptSignIn(world, { idp });
  expect(answer.status).toBe(403);
  const page = await answer.text();
  expect(page).toContain('mine@elsewhere.example');
  expect(page).not.toContain('ada@acme.example');
});
