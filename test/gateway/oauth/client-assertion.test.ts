// Clients that authenticate by private_key_jwt (RFC 7523 §2.2): a metadata document with keys, or with the address of
// keys, as ChatGPT publishes one. Each way to get in without the key fails.
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { expectInvalidClient, redeemAs } from '../../support/clients';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import {
  Browser,
  gateway,
  gatewayUrl,
  OAuthClient,
  redirectUri,
  useGateway,
  type TokenAnswer,
} from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { World } from '../../support/world';

const id = 'https://app.example/oauth/client.json';
const keysUrl = 'https://app.example/oauth/jwks.json';
const client = new OAuthClient(id);

let key: CryptoKey;
let otherKey: CryptoKey;
let publicKey: JWK;
let otherPublicKey: JWK;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const other = await generateKeyPair('ES256', { extractable: true });
  key = pair.privateKey;
  otherKey = other.privateKey;
  publicKey = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' };
  otherPublicKey = { ...(await exportJWK(other.publicKey)), kid: 'k2', alg: 'ES256' };
});

let world: World;
let logs: Logs;
let document: Record<string, unknown>;
let keys: () => Response;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  document = {
    client_id: id,
    client_name: 'The App',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [publicKey] },
  };
  keys = () => Response.json({ keys: [publicKey] });
  world.intercept = (request) => {
    if (request.url === id) return Response.json(document);
    return request.url === keysUrl ? keys() : undefined;
  };
});

afterEach(() => {
  vi.restoreAllMocks();
});

const now = (): number => Math.floor(Date.now() / 1000);
const claims = (changed: Record<string, unknown> = {}): JWTPayload => ({
  iss: id,
  sub: id,
  aud: gatewayUrl,
  jti: crypto.randomUUID(),
  iat: now(),
  exp: now() + 60,
  ...changed,
});
const sign = (payload: JWTPayload, header: Record<string, string> = {}, by = key): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(by);
const asserted = (assertion: string): Record<string, string> => ({
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: assertion,
});
const redeem = async (assertion: Promise<string> | string, more: Record<string, string> = {}): Promise<TokenAnswer> =>
  redeemAs(world, client, { ...asserted(await assertion), ...more });

const consentOrError = async (): Promise<string> => (await new Browser().open(await client.authorizationUrl())).text();

async function expectTokens(answer: TokenAnswer): Promise<void> {
  expect(answer.status).toBe(200);
  expect((await callTool(answer.body.access_token, 'whoami')).status).toBe(200);
}

describe('a client with keys', () => {
  test('is what the metadata offers', async () => {
    const metadata = await (await gateway('/.well-known/oauth-authorization-server')).json<Record<string, unknown>>();
    expect(metadata['token_endpoint_auth_methods_supported']).toContain('private_key_jwt');
    expect(metadata['token_endpoint_auth_signing_alg_values_supported']).toEqual(['ES256', 'RS256']);
  });

  test('redeems, refreshes and revokes with one assertion each', async () => {
    expect.hasAssertions();
    const answer = await redeem(sign(claims()));
    await expectTokens(answer);
    const refreshed = await client.refresh(answer.body.refresh_token, asserted(await sign(claims())));
    await expectTokens(refreshed);
    const { refresh_token: token } = refreshed.body;
    expect((await client.token({ token, ...asserted(await sign(claims())) })).status).toBe(200);
    expect((await callTool(refreshed.body.access_token, 'whoami')).status).toBe(401);
  });

  test('may leave out client_id, and name the token endpoint as audience', async () => {
    expect.hasAssertions();
    await expectTokens(await redeem(sign(claims({ aud: `${gatewayUrl}/oauth/token` })), { client_id: '' }));
  });

  test('may sign with RS256', async () => {
    expect.hasAssertions();
    const pair = await generateKeyPair('RS256', { extractable: true });
    document['jwks'] = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'r1' }] };
    await expectTokens(await redeem(sign(claims(), { alg: 'RS256', kid: 'r1' }, pair.privateKey)));
  });

  test('that refreshes in several windows at once ends with one family, though no two assertions are alike', async () => {
    const { body } = await redeem(sign(claims()));
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => client.refresh(body.refresh_token, asserted(await sign(claims())))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(answers.map((answer) => answer.body.refresh_token)).size).toBe(1);
    await expectTokens(answers[4]!);
  });

  test('that offers none as well may do without, but not with a bad assertion', async () => {
    expect.hasAssertions();
    document['token_endpoint_auth_methods_supported'] = ['none', 'private_key_jwt'];
    await expectTokens(await redeemAs(world, client));
    await expectTokens(await redeem(sign(claims())));
    expectInvalidClient(await redeem(sign(claims(), {}, otherKey)));
  });
});

describe('refused is', () => {
  test('no assertion', async () => {
    expect.hasAssertions();
    expectInvalidClient(await redeemAs(world, client));
  });

  test.each<[string, Record<string, unknown>]>([
    ['of another client', { iss: 'https://evil.example/client.json' }],
    ['about another client', { sub: 'https://evil.example/client.json' }],
    ['for another server', { aud: 'https://other.example' }],
    ['that has expired', { exp: now() - 120 }],
    ['without an end', { exp: undefined }],
    ['that lives too long', { exp: now() + 7200 }],
    ['that isn’t good yet', { nbf: now() + 600 }],
    ['without a jti', { jti: undefined }],
    ['with an empty jti', { jti: '' }],
  ])('an assertion %s', async (_what, changed) => {
    expect.hasAssertions();
    expectInvalidClient(await redeem(sign(claims(changed))));
  });

  test.each<[string, () => Promise<string>]>([
    ['signed with another key', () => sign(claims(), {}, otherKey)],
    ['that names an unknown key', () => sign(claims(), { kid: 'k9' })],
    ['that isn’t signed', async () => `${(await sign(claims())).split('.').slice(0, 2).join('.')}.`],
    ['by the algorithm none', async () => `${btoa('{"alg":"none"}')}.${(await sign(claims())).split('.')[1]}.`],
    [
      'of the explicit type with another audience',
      () => sign(claims({ aud: [gatewayUrl, 'https://other.example'] }), { typ: 'client-authentication+jwt' }),
    ],
    ['that is no JWT', async () => 'not.a.jwt'],
  ])('an assertion %s', async (_what, assertion) => {
    expect.hasAssertions();
    expectInvalidClient(await redeem(assertion()));
  });

  test('an assertion of another kind', async () => {
    expect.hasAssertions();
    expectInvalidClient(await redeem(sign(claims()), { client_assertion_type: 'urn:something:else' }));
  });

  test('an assertion that was used, also when it comes twice at once (replay)', async () => {
    const { body } = await redeem(sign(claims()));
    const once = asserted(await sign(claims()));
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) => client.refresh(body.refresh_token, { ...once, resource: '', n: `${n}` })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectInvalidClient(answer);
    expectInvalidClient(await client.refresh(body.refresh_token, once));
  });

  test('the answer that the client got, to somebody who repeats its request without the key', async () => {
    const { body } = await redeem(sign(claims()));
    expect((await client.refresh(body.refresh_token, asserted(await sign(claims())))).status).toBe(200);
    const nothing = { status: 400, body: { error: 'invalid_grant' } };
    expect(await client.refresh(body.refresh_token)).toMatchObject(nothing);
    const header = { Authorization: 'proven' };
    const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    expect(await client.token(form, header)).toMatchObject(nothing);
  });

  test('an assertion beside a secret (RFC 6749 §2.3)', async () => {
    const answer = await redeem(sign(claims()), { client_secret: 'x' });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('an assertion of a client that has registered, which has no keys', async () => {
    expect.hasAssertions();
    const registered = await OAuthClient.register();
    const by = { iss: registered.clientId, sub: registered.clientId };
    expectInvalidClient(await redeemAs(world, registered, asserted(await sign(claims(by)))));
  });

  test('and nothing of an assertion is logged', async () => {
    const assertion = await sign(claims({ aud: 'https://other.example' }));
    await redeem(assertion);
    expect(logs.of('oauth.refused')).toMatchObject([
      { error: 'invalid_client', reason: 'ERR_JWT_CLAIM_VALIDATION_FAILED' },
    ]);
    expect(logs.text()).not.toContain(assertion.split('.')[2]);
  });
});

describe('keys at an address of their own', () => {
  beforeEach(() => {
    delete document['jwks'];
    document['jwks_uri'] = keysUrl;
  });
  const asked = (): number => world.sent.filter((line) => line === 'GET app.example/oauth/jwks.json').length;

  test('are fetched once, and again when the client has a new one', async () => {
    const { body } = await redeem(sign(claims()));
    const second = await client.refresh(body.refresh_token, asserted(await sign(claims())));
    expect(second.status).toBe(200);
    expect(asked()).toBe(1);
    keys = () => Response.json({ keys: [otherPublicKey] });
    world.advance(61_000);
    const rotated = asserted(await sign(claims(), { kid: 'k2' }, otherKey));
    expect((await client.refresh(second.body.refresh_token, rotated)).status).toBe(200);
    expect(asked()).toBe(2);
  });

  test('are not fetched for every key that somebody names', async () => {
    const { body } = await redeem(sign(claims()));
    for (let n = 0; n < 3; n += 1)
      expectInvalidClient(await client.refresh(body.refresh_token, asserted(await sign(claims(), { kid: `x${n}` }))));
    expect(asked()).toBe(1);
  });

  test('are remembered while their address fails', async () => {
    const { body } = await redeem(sign(claims()));
    world.advance(600_000);
    keys = () => new Response('x', { status: 502 });
    expect((await client.refresh(body.refresh_token, asserted(await sign(claims())))).status).toBe(200);
  });

  test('are not good for longer than a day after they were last seen', async () => {
    const { body } = await redeem(sign(claims()));
    keys = () => new Response('x', { status: 403 });
    world.advance(23 * 3_600_000);
    const second = await client.refresh(body.refresh_token, asserted(await sign(claims())));
    expect(second.status).toBe(200);
    world.advance(2 * 3_600_000);
    const answer = await client.refresh(second.body.refresh_token, asserted(await sign(claims())));
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
  });

  test('that cannot be had at all let the client come back', async () => {
    keys = () => new Response('x', { status: 502 });
    expect(await redeem(sign(claims()))).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
  });

  test('that redirect are not followed', async () => {
    keys = () => new Response(null, { status: 302, headers: { Location: 'https://evil.example/jwks.json' } });
    expectInvalidClient(await redeem(sign(claims())));
    expect(world.sent.filter((line) => line.includes('evil.example'))).toEqual([]);
  });

  test.each([
    'https://10.0.0.1/jwks.json',
    'http://app.example/jwks.json',
    'https://localhost/k',
    'https://db.internal/k',
  ])('are not asked for at %s, and the document is not valid', async (address) => {
    document['jwks_uri'] = address;
    expect(await consentOrError()).toContain('isn’t valid');
    expect(world.sent).toEqual(['GET app.example/oauth/client.json']);
  });
});

describe('a client of the operator (OAUTH_CLIENTS) whose document has keys', () => {
  const named = { client_id: id, client_name: 'The App', redirect_uris: [redirectUri] };
  const client_secret = 'a-secret-of-the-operators-client';
  const list = (client: object): void => useGateway(otherGateway({ OAUTH_CLIENTS: JSON.stringify([client]) }));

  test('authenticates by them', async () => {
    expect.hasAssertions();
    list(named);
    await expectTokens(await redeem(sign(claims())));
  });

  test('does not where the operator gave it a secret: the secret alone counts', async () => {
    expect.hasAssertions();
    list({ ...named, client_secret });
    expectInvalidClient(await redeem(sign(claims())));
    await expectTokens(await redeemAs(world, client, { client_secret }));
  });

  test('is known by them though the comparison, which waits a second, has not had the document', async () => {
    list(named);
    // Our timer of a second, at once.
    const { setTimeout: real } = globalThis;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms?: number) =>
      real(run, ms === 1_000 ? 1 : ms),
    );
    let slow = true;
    world.intercept = (request) => {
      if (request.url !== id) return undefined;
      if (!slow) return Response.json(document);
      return new Promise((_resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      });
    };
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code') ?? '';
    slow = false;
    await expectTokens(await client.redeem(code, asserted(await sign(claims()))));
    expect(logs.of('client.metadata_refused')).toEqual([]);
  });
});

test.each<[string, Record<string, unknown>]>([
  ['a private key', { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] } }],
  ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'k' }] } }],
  ['both keys and their address', { jwks_uri: keysUrl }],
  ['no keys', { jwks: undefined }],
  ['an empty list of keys', { jwks: { keys: [] } }],
  ['an algorithm that we don’t take', { token_endpoint_auth_signing_alg: 'HS256' }],
])('a document with %s is not valid', async (_what, changed) => {
  Object.assign(document, changed);
  expect(await consentOrError()).toContain('isn’t valid');
});

describe('a stranger', () => {
  test.each([
    ['an assertion that can’t be read', asserted(`e30.${unreadable()}.c2ln`), {}],
    ['HTTP Basic that can’t be read', {}, { Authorization: 'Basic %%%' }],
    ['HTTP Basic that can’t be read beside a name', { client_id: id }, { Authorization: 'Basic %%%' }],
  ])('makes the gateway fetch nothing by %s', async (_what, form, headers) => {
    const stranger = new OAuthClient('');
    const answer = await stranger.token({ grant_type: 'authorization_code', code: 'x', ...form }, headers);
    expectInvalidClient(answer);
    expect(world.sent).toEqual([]);
  });

  test('takes no copy of a client’s keys back by asking for their address as a client', async () => {
    const { jwks: _inDocument, ...others } = document;
    document = { ...others, jwks_uri: keysUrl };
    await expectTokens(await redeem(sign(claims())));
    await new Browser().open(await new OAuthClient(keysUrl).authorizationUrl());
    keys = () => new Response(null, { status: 403 });
    world.advance(600_000);
    await expectTokens(await redeem(sign(claims())));
    expect(logs.of('client.document_stale').map(({ url }) => url)).toContain(keysUrl);
  });

  test('makes no client’s keys rest by asking for their address as a client while it fails', async () => {
    expect.hasAssertions();
    const { jwks: _inDocument, ...others } = document;
    document = { ...others, jwks_uri: keysUrl };
    const good = keys;
    keys = () => new Response(null, { status: 502 });
    await new Browser().open(await new OAuthClient(keysUrl).authorizationUrl());
    keys = good;
    await expectTokens(await redeem(sign(claims())));
  });
});

/** The claims of an assertion whose issuer only a loose reader sees: one byte beside it is not UTF-8. */
function unreadable(): string {
  const text = JSON.stringify({ iss: 'https://attacker.example/client.json', sub: '?' });
  const bytes = new TextEncoder().encode(text);
  bytes[text.indexOf('?')] = 0xff;
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}
