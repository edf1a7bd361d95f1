// Every way in which a sign-in at the identity provider can fail: the right page for the person, nothing granted,
// why in the operator's log, an audit event, and a safe way back to the client.
import { beforeEach, describe, expect, test } from 'vitest';
import type { PageMessageCode } from '../../../src/edge/pages/messages';
import { TestIdentityProvider, type Lies } from '../../support/identity-provider';
import { catchLogs, type Logs } from '../../support/logs';
import { Browser, OAuthClient, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { expectPage, wayBack } from '../../support/pages';
import { anythingGranted, auditEvent, auditEvents } from '../../support/records';
import { allow, attemptSignIn } from '../../support/sign-in';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

/** After whatever time an earlier file has stopped its clock at. */
let hours = 20 * 365 * 24;
/** The provider's metadata and keys are kept for minutes; each test goes further into the future than the one before. */
const forgetLookUps = (): void => world.advance(3_600_000 * ++hours);

async function expectFailure(answer: Response, code: PageMessageCode, why: RegExp): Promise<string> {
  const page = await expectPage(answer, code);
  expect(await anythingGranted()).toBe(false);
  const requestId = answer.headers.get('X-Request-Id');
  expect(logs.of('sign_in.failed')).toMatchObject([
    { level: 'warn', failure: code, problem: expect.stringMatching(why), requestId },
  ]);
  await expectOnRecord(code, requestId);
  return page;
}

/** Whom the provider vouched for. Of all others there is a log line: rows stay, and a stranger could write any number. */
const identified = new Set<PageMessageCode>(['sign_in_wrong_domain', 'unknown_user']);

async function expectOnRecord(code: PageMessageCode, requestId: string | null): Promise<void> {
  if (identified.has(code)) {
    const row = { outcome: 'refused', request_id: requestId, user_id: null, user_email: expect.stringContaining('@') };
    expect(await auditEvent({ action: 'sign_in', reason: code })).toMatchObject(row);
    expect(logs.of('sign_in.refused')).toEqual([]);
  } else {
    expect(logs.of('sign_in.refused')).toMatchObject([{ reason: code, requestId }]);
    expect(await auditEvents()).toEqual([]);
  }
}

function expectWayBack(page: string, error: string): void {
  const back = wayBack(page);
  expect(back.origin + back.pathname).toBe('https://client.example/callback');
  expect(Object.fromEntries(back.searchParams)).toMatchObject({
    error,
    state: 'client-state',
    iss: 'https://gateway.example',
  });
  expect(back.searchParams.has('code')).toBe(false);
}

describe('the person cancels', () => {
  test('and goes straight back to the client', async () => {
    const browser = new Browser();
    const atProvider = (await allow({ browser })).headers.get('Location') ?? '';
    const answer = await browser.open(world.idp.cancel(atProvider));
    expect(answer.status).toBe(302);
    const back = new URL(answer.headers.get('Location') ?? '');
    expect(back.origin + back.pathname).toBe('https://client.example/callback');
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'client-state',
      iss: 'https://gateway.example',
    });
    expect(await anythingGranted()).toBe(false);
    expect(logs.of('sign_in.failed')).toMatchObject([{ failure: 'sign_in_denied' }]);
    await expectOnRecord('sign_in_denied', answer.headers.get('X-Request-Id'));
  });

  test.each([
    ['temporarily_unavailable', 'sign_in_provider_unavailable', 'temporarily_unavailable'],
    ['server_error', 'sign_in_provider_unavailable', 'temporarily_unavailable'],
    ['invalid_request', 'sign_in_not_verified', 'access_denied'],
    ['<script>alert(1)</script>', 'sign_in_not_verified', 'access_denied'],
  ] as const)('the provider itself says %s', async (said, code, error) => {
    const browser = new Browser();
    const atProvider = (await allow({ browser })).headers.get('Location') ?? '';
    const page = await expectFailure(await browser.open(world.idp.cancel(atProvider, said)), code, /provider answered/);
    expectWayBack(page, error);
    expect(page).not.toContain('<script>');
  });
});

describe('an id_token that is not accepted', () => {
  const soon = Math.floor(Date.now() / 1000);
  test.each<[string, Lies, PageMessageCode, RegExp]>([
    ['signed with another key', { badSignature: true }, 'sign_in_not_verified', /signature/i],
    ['with another nonce', { claims: { nonce: 'other' } }, 'sign_in_not_verified', /nonce/],
    ['without a nonce', { claims: { nonce: undefined } }, 'sign_in_not_verified', /nonce/],
    ['for another audience', { claims: { aud: 'another-app' } }, 'sign_in_not_verified', /aud/],
    ['for two audiences without azp', { claims: { aud: ['shelf-gateway', 'x'] } }, 'sign_in_not_verified', /aud/],
    [
      'for two audiences, issued to the other',
      { claims: { aud: ['shelf-gateway', 'x'], azp: 'x' } },
      'sign_in_not_verified',
      /azp/,
    ],
    ['of another issuer', { claims: { iss: 'https://evil.example' } }, 'sign_in_not_verified', /iss/],
    ['that has expired', { claims: { exp: soon - 3600 } }, 'sign_in_not_verified', /exp/],
    ['without exp', { claims: { exp: undefined } }, 'sign_in_not_verified', /exp/],
    ['without sub', { claims: { sub: undefined } }, 'sign_in_not_verified', /sub/],
    ['that is missing', { noIdToken: true }, 'sign_in_not_verified', /id_token/],
    ['that is no JWT', { idToken: 'nonsense' }, 'sign_in_not_verified', /./],
    ['without signature', { idToken: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.' }, 'sign_in_not_verified', /./],
    ['without email', { claims: { email: undefined } }, 'sign_in_not_verified', /no email/],
    [
      'with two addresses in email',
      { claims: { email: 'a@acme.example,b@x.example' } },
      'sign_in_not_verified',
      /email/,
    ],
    ['with an unverified email', { claims: { email_verified: false } }, 'sign_in_email_unverified', /not true/],
    [
      'that is silent on verification',
      { claims: { email_verified: undefined } },
      'sign_in_email_unverified',
      /not true/,
    ],
    ['with a string for verified', { claims: { email_verified: 'false' } }, 'sign_in_email_unverified', /not true/],
  ])('%s', async (_name, lies, code, why) => {
    expect.hasAssertions();
    world.idp.lies = lies;
    expectWayBack(await expectFailure(await attemptSignIn(world), code, why), 'access_denied');
  });

  test('is not read as another person’s by Unicode’s lower case: K is not k', async () => {
    world.backend.user('alan@acme.example').email = 'kenji@acme.example';
    for (const [email, welcome] of [
      ['KENJI@acme.example', true],
      ['\u212Aenji@acme.example', false],
    ] as const) {
      const client = await OAuthClient.register();
      const answer = await attemptSignIn(world, { client, email });
      expect(answer.headers.get('Location')?.includes('code=') === true, email).toBe(welcome);
    }
  });

  test('names no person and no token on the page or in the log', async () => {
    world.idp.lies = { claims: { email_verified: false } };
    const page = await (await attemptSignIn(world)).text();
    for (const text of [page, logs.text()]) expect(text).not.toMatch(/ada@acme|eyJ|idp-access-token/);
  });
});

describe('ALLOWED_EMAIL_DOMAINS', () => {
  const google = 'https://accounts.google.com';

  test.each([
    'mallory@elsewhere.example',
    'ada@acme.example.evil.example',
    'ada@sub.acme.example',
    'ada@notacme.example',
  ])('refuses %s', async (email) => {
    expect.hasAssertions();
    useGateway(otherGateway({ ALLOWED_EMAIL_DOMAINS: 'acme.example' }));
    const page = await expectFailure(await attemptSignIn(world, { email }), 'sign_in_wrong_domain', /not allowed/);
    expectWayBack(page, 'access_denied');
  });

  test('lets every listed domain in, whatever its case', async () => {
    useGateway(otherGateway({ ALLOWED_EMAIL_DOMAINS: ' Globex.example , ACME.example' }));
    for (const email of ['ada@acme.example', 'Grace@GLOBEX.example'])
      expect((await attemptSignIn(world, { email })).status).toBe(302);
  });

  test('does not let a provider’s hd contradict the address', async () => {
    expect.hasAssertions();
    useGateway(otherGateway({ ALLOWED_EMAIL_DOMAINS: 'acme.example' }));
    world.idp.lies = { claims: { hd: 'elsewhere.example' } };
    await expectFailure(await attemptSignIn(world), 'sign_in_wrong_domain', /hd elsewhere\.example/);
  });

  test.each([
    ['a consumer account with a company address', {}, 'sign_in_wrong_domain'],
    ['an account of another company', { hd: 'elsewhere.example' }, 'sign_in_wrong_domain'],
    ['an account that the company manages', { hd: 'acme.example' }, undefined],
  ] as const)('at Google: %s', async (_name, claims, refused) => {
    const idp = new TestIdentityProvider(google);
    world.intercept = (request) => (request.url.startsWith(google) ? idp.fetch(request) : undefined);
    idp.lies = { claims };
    useGateway(otherGateway({ IDP_ISSUER: google, ALLOWED_EMAIL_DOMAINS: 'acme.example' }));
    const answer = await attemptSignIn(world, { idp });
    if (refused) await expectFailure(answer, refused, /acme\.example/);
    else expect(answer.headers.get('Location')).toContain('code=');
  });

  test.each([
    ['a consumer account with a company address', 'ada@acme.example', {}, 'sign_in_wrong_domain'],
    ['an account that its company manages', 'ada@acme.example', { hd: 'acme.example' }, undefined],
    ['one managed under the company’s other domain', 'ada@acme.example', { hd: 'acme-group.example' }, undefined],
    // Which is let in, and then turned away by the backend.
    ['a Google address', 'someone@gmail.com', {}, 'unknown_user'],
  ] as const)('at Google, where every domain is welcome: %s', async (_name, email, claims, refused) => {
    const idp = new TestIdentityProvider(google);
    world.intercept = (request) => (request.url.startsWith(google) ? idp.fetch(request) : undefined);
    idp.lies = { claims };
    useGateway(otherGateway({ IDP_ISSUER: google }));
    const answer = await attemptSignIn(world, { idp, email });
    if (refused) await expectFailure(answer, refused, /consumer account|the backend says so/);
    else expect(answer.headers.get('Location')).toContain('code=');
  });

  test('offers Google the one domain as a hint', async () => {
    useGateway(otherGateway({ ALLOWED_EMAIL_DOMAINS: 'acme.example' }));
    const atProvider = new URL((await allow()).headers.get('Location') ?? '');
    expect(atProvider.searchParams.get('hd')).toBe('acme.example');
  });
});

describe('the provider is down', () => {
  const down = 'sign_in_provider_unavailable';

  test.each<[string, () => Response | Promise<Response>]>([
    ['answers 503', () => new Response('unwell', { status: 503 })],
    ['answers 503 in OAuth’s own words', () => Response.json({ error: 'temporarily_unavailable' }, { status: 503 })],
    ['cannot be reached', () => Promise.reject(new TypeError('network'))],
    ['sends an endless answer', () => new Response('x'.repeat(300_000))],
  ])('when the code is redeemed: it %s', async (_name, answer) => {
    expect.hasAssertions();
    world.intercept = (request) => (request.url === 'https://idp.example/token' ? answer() : undefined);
    expectWayBack(await expectFailure(await attemptSignIn(world), down, /./), 'temporarily_unavailable');
  });

  test.each(['/.well-known/openid-configuration', '/jwks'])('at %s', async (path) => {
    expect.hasAssertions();
    forgetLookUps();
    world.intercept = (request) =>
      request.url === `https://idp.example${path}` ? new Response('unwell', { status: 502 }) : undefined;
    const answer = path === '/jwks' ? await attemptSignIn(world) : await allow();
    expectWayBack(await expectFailure(answer, down, /./), 'temporarily_unavailable');
  });

  test('and a sign-in works as soon as it is back', async () => {
    const client = await OAuthClient.register();
    forgetLookUps();
    world.idp.lies = { status: 500 };
    await expectPage(await allow({ client }), down);
    world.idp.lies = {};
    expect((await attemptSignIn(world, { client })).headers.get('Location')).toContain('code=');
  });
});

describe('a provider that is not the configured one', () => {
  test('its discovery document names another issuer', async () => {
    expect.hasAssertions();
    forgetLookUps();
    world.idp.lies = { discovery: { issuer: 'https://evil.example' } };
    await expectFailure(await allow(), 'sign_in_provider_unavailable', /issuer/);
  });

  test('redirects are not followed, so no secret goes to another host', async () => {
    world.intercept = (request) =>
      request.url === 'https://idp.example/token' ? Response.redirect('https://evil.example/token', 307) : undefined;
    await expectFailure(await attemptSignIn(world), 'sign_in_not_verified', /./);
    expect(world.sent.join()).not.toContain('evil.example');
  });

  test('its answer carries another iss (RFC 9207, mix-up)', async () => {
    const browser = new Browser();
    const atProvider = (await allow({ browser })).headers.get('Location') ?? '';
    const callback = `${world.idp.signIn(atProvider, 'ada@acme.example')}&iss=${encodeURIComponent('https://evil.example')}`;
    await expectFailure(await browser.open(callback), 'sign_in_not_verified', /iss/);
    expect(world.sent).not.toContain('POST idp.example/token');
  });
});
