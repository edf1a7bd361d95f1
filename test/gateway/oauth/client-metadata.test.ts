// Clients whose id is the URL of a metadata document (CIMD): whom we ask, what we believe, and what happens when the
// document can't be had for a moment (complaint 6 of the field: "unknown client", although it is only unreachable).
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { redeemAs } from '../../support/clients';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { Browser, OAuthClient, redirectUri } from '../../support/oauth-client';
import { recordsStored, RecordProbe } from '../../support/oauth-records';
import { expectPage } from '../../support/pages';
import { anythingGranted } from '../../support/records';
import { allow, openConsent } from '../../support/sign-in';
import { World } from '../../support/world';

type Answer = () => Response | Promise<Response>;

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

const id = 'https://app.example/oauth/client.json';
const document = {
  client_id: id,
  client_name: 'The App',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
};
const client = new OAuthClient(id);
const serve = (answer: Answer): void => {
  world.intercept = (request) => (request.url === id ? answer() : undefined);
};
const fetches = (): number => world.sent.filter((line) => line === 'GET app.example/oauth/client.json').length;

const html = { 'Content-Type': 'text/html; charset=utf-8' };
const challenges: [string, Answer][] = [
  [
    'turns us away by a challenge of Cloudflare',
    () => new Response('Just a moment...', { status: 403, headers: { ...html, 'cf-mitigated': 'challenge' } }),
  ],
  ['answers 403 with a page for a person', () => new Response('<html>', { status: 403, headers: html })],
  ['answers 200 with a page for a person', () => new Response('<html>', { headers: html })],
  ['says 404 behind a challenge', () => new Response('x', { status: 404, headers: { 'cf-mitigated': 'challenge' } })],
];
const failures: [string, Answer][] = [
  ['answers 401', () => new Response('x', { status: 401 })],
  ['answers 403', () => new Response('x', { status: 403 })],
  ['answers 405', () => new Response('x', { status: 405 })],
  ['answers 500', () => new Response('x', { status: 500 })],
  ['answers 503', () => new Response('x', { status: 503 })],
  ['answers 429', () => new Response('x', { status: 429 })],
  ['cannot be reached', () => Promise.reject(new TypeError('network'))],
  ...challenges,
];
const invalid: [string, Answer][] = [
  ['is no JSON', () => new Response('<html>')],
  ['is JSON by another name', () => new Response(JSON.stringify(document))],
  ['is no object', () => Response.json([document])],
  ['is of another client', () => Response.json({ ...document, client_id: 'https://evil.example/client.json' })],
  ['is endless', () => new Response('x'.repeat(100_000))],
  ['is larger than a document may be', () => Response.json({ ...document, contacts: ['x'.repeat(5_000)] })],
  ['has no redirect URI', () => Response.json({ ...document, redirect_uris: undefined })],
  ['has no name', () => Response.json({ ...document, client_name: ' ' })],
  ['holds a secret', () => Response.json({ ...document, client_secret: 'x' })],
  ['wants a secret', () => Response.json({ ...document, token_endpoint_auth_method: 'client_secret_basic' })],
  ['offers another grant only', () => Response.json({ ...document, grant_types: ['client_credentials'] })],
  ['redirects', () => new Response(null, { status: 302, headers: { Location: 'https://evil.example/client.json' } })],
];

describe('a client id metadata document', () => {
  test('makes a client known, and its host is shown as verified', async () => {
    serve(() => Response.json(document));
    const page = await openConsent(new Browser(), await client.authorizationUrl());
    expect(page).toContain('app.example');
    expect(page).toContain('Verified address');
    const answer = await redeemAs(world, client);
    expect(answer.status).toBe(200);
    expect((await callTool(answer.body.access_token, 'whoami')).body.result.isError).toBeUndefined();
  });

  test.each(failures)('%s: the page says that it could not be checked, and whom to tell', async (_name, answer) => {
    serve(answer);
    const page = await expectPage(await new Browser().open(await client.authorizationUrl()), 'client_unreachable');
    expect(page).toMatch(/tell the maker of the app.*your administrator/s);
    expect(logs.of('client.metadata_refused')).toMatchObject([{ clientId: id }]);
    expect(await anythingGranted()).toBe(false);
  });

  test('of a host that fails is not asked for again for half a minute, at the edge either', async () => {
    serve(() => new Response('x', { status: 500 }));
    const open = async (): Promise<Response> => new Browser().open(await client.authorizationUrl());
    for (let n = 0; n < 3; n += 1) await expectPage(await open(), 'client_unreachable');
    expect(fetches()).toBe(1);
    serve(() => Response.json(document));
    world.advance(31_000);
    expect((await open()).status).toBe(200);
  });

  test.each(challenges)('that %s: the log calls it a challenge', async (_name, answer) => {
    serve(answer);
    await new Browser().open(await client.authorizationUrl());
    const { status } = await answer();
    const challenge = expect.stringMatching(/^cf-mitigated: challenge$|^text\/html$/);
    expect(logs.of('client.document_challenged')).toMatchObject([{ level: 'warn', url: id, status, challenge }]);
  });

  test.each(invalid)('%s: the page says that it is not valid', async (_name, answer) => {
    serve(answer);
    await expectPage(await new Browser().open(await client.authorizationUrl()), 'client_invalid');
    expect(await anythingGranted()).toBe(false);
    expect(fetches()).toBe(1);
  });

  test.each([404, 410])('answers %i: there is no such client, and the page says so', async (status) => {
    expect.hasAssertions();
    serve(() => new Response('x', { status }));
    await expectPage(await new Browser().open(await client.authorizationUrl()), 'client_unknown');
  });

  test('that redirects vouches for nobody, and is not followed', async () => {
    const elsewhere = 'https://evil.example/client.json';
    world.intercept = (request) => {
      if (request.url === id) return new Response(null, { status: 302, headers: { Location: elsewhere } });
      return request.url === elsewhere ? Response.json(document) : undefined;
    };
    await expectPage(await new Browser().open(await client.authorizationUrl()), 'client_invalid');
    expect(world.sent).toEqual(['GET app.example/oauth/client.json']);
  });

  test.each([
    'https://app.example/a/../client.json',
    'https://user:pass@app.example/c.json',
    'https://app.example/c#x',
    'https://app.example/redirect?to=https://evil.example/c.json',
    'https://app.example/',
    'https://app.example:8443/c.json',
    'http://app.example/c.json',
    'https://127.0.0.1/c.json',
    'https://2130706433/c.json',
    'https://0x7f.1/c.json',
    'https://[::1]/c.json',
    'https://localhost/c.json',
    'https://intranet/c.json',
    'https://db.internal/c.json',
    'https://printer.local/c.json',
  ])('is not even asked for at %s', async (clientId) => {
    await expectPage(await new Browser().open(await new OAuthClient(clientId).authorizationUrl()), 'client_invalid');
    expect(world.sent).toEqual([]);
    expect(await recordsStored()).toEqual([]);
  });

  test('that does not list the redirect URI gets no redirect', async () => {
    expect.hasAssertions();
    serve(() => Response.json(document));
    const url = await client.authorizationUrl({ redirect_uri: 'https://evil.example/callback' });
    await expectPage(await new Browser().open(url), 'redirect_uri_invalid');
  });

  test('is fetched by nobody but us: no redirect, no cache in between, nothing written to the console', async () => {
    const followed: string[] = [];
    world.intercept = (request) => {
      if (request.url !== id) return undefined;
      followed.push(request.redirect);
      return Response.json(document);
    };
    const cached = vi.spyOn(caches, 'open');
    expect((await redeemAs(world, client)).status).toBe(200);
    expect(followed).toEqual(['manual']);
    expect(cached).not.toHaveBeenCalled();
    expect(logs.text()).not.toContain('CIMD');
  });
});

describe('the last good copy of a document', () => {
  const MINUTE = 60_000;
  const DAY = 86_400_000;

  test('carries a sign-in that is under way', async () => {
    serve(() => Response.json(document));
    const browser = new Browser();
    const atProvider = (await allow({ client, browser })).headers.get('Location') ?? '';
    serve(() => new Response('x', { status: 500 }));
    const back = await browser.open(world.idp.signIn(atProvider, 'ada@acme.example'));
    const code = new URL(back.headers.get('Location') ?? '').searchParams.get('code') ?? '';
    expect((await client.redeem(code)).status).toBe(200);
  });

  test('of a mere attempt to sign in is gone after a quarter of an hour', async () => {
    serve(() => Response.json(document));
    await openConsent(new Browser(), await client.authorizationUrl());
    world.advance(16 * MINUTE);
    const record = new RecordProbe(`document:metadata:${id}`);
    await record.runAlarm();
    expect(await record.stored()).toEqual({});
    serve(() => new Response('x', { status: 500 }));
    await expectPage(await new Browser().open(await client.authorizationUrl()), 'client_unreachable');
  });

  test.each(failures)('is used when the origin %s: refresh and new sign-in go on', async (_name, answer) => {
    serve(() => Response.json(document));
    const { body } = await redeemAs(world, client);
    world.advance(20 * DAY);
    serve(answer);
    const refreshed = await client.refresh(body.refresh_token);
    expect(refreshed.status).toBe(200);
    expect((await callTool(refreshed.body.access_token, 'whoami')).status).toBe(200);
    const stale = logs.of('client.document_stale');
    expect(stale.length).toBeGreaterThan(0);
    for (const use of stale) {
      expect(use).toMatchObject({ level: 'warn', url: id, problem: expect.any(String) });
      expect(Number(use['ageSeconds']) * 1000).toBeCloseTo(20 * DAY, -5);
    }
    expect(await openConsent(new Browser(), await client.authorizationUrl())).toContain('The App');
  });

  test('is not asked past again and again while the origin fails', async () => {
    serve(() => Response.json(document));
    let token = (await redeemAs(world, client)).body.refresh_token;
    world.advance(10 * MINUTE);
    serve(() => new Response('x', { status: 500 }));
    const before = fetches();
    for (let n = 0; n < 3; n += 1) {
      token = (await client.refresh(token)).body.refresh_token;
      expect((await new Browser().open(await client.authorizationUrl())).status).toBe(200);
      expect(logs.of('client.document_stale').length).toBeGreaterThan(n);
    }
    expect(fetches()).toBe(before + 1);
  });

  test('is not used for ever: then the client is to come back, and its token stays good', async () => {
    serve(() => Response.json(document));
    const { body } = await redeemAs(world, client);
    world.advance(29 * DAY);
    const kept = (await client.refresh(body.refresh_token)).body.refresh_token;
    world.advance(29 * DAY);
    serve(() => new Response('x', { status: 500 }));
    const kept2 = (await client.refresh(kept)).body.refresh_token;
    world.advance(2 * DAY);
    const answer = await client.refresh(kept2);
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    serve(() => Response.json(document));
    world.advance(30_000);
    expect((await client.refresh(kept2)).status).toBe(200);
  });

  test.each(invalid)('is forgotten once the document %s', async (_name, answer) => {
    serve(() => Response.json(document));
    const { body } = await redeemAs(world, client);
    world.advance(10 * MINUTE);
    serve(answer);
    expect(await client.refresh(body.refresh_token)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    serve(() => new Response('x', { status: 500 }));
    expect(await client.refresh(body.refresh_token)).toMatchObject({ status: 503 });
  });

  test.each([404, 410])('is forgotten once the origin says that it is gone (%i)', async (status) => {
    serve(() => Response.json(document));
    const { body } = await redeemAs(world, client);
    world.advance(10 * MINUTE);
    serve(() => new Response('x', { status }));
    expect(await client.refresh(body.refresh_token)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    serve(() => new Response('x', { status: 500 }));
    expect(await client.refresh(body.refresh_token)).toMatchObject({ status: 503 });
  });

  test('does not stand in for a document that is valid and says something else', async () => {
    serve(() => Response.json(document));
    const { body } = await redeemAs(world, client);
    world.advance(10 * MINUTE);
    serve(() => Response.json({ ...document, redirect_uris: ['https://elsewhere.example/callback'] }));
    await expectPage(await new Browser().open(await client.authorizationUrl()), 'redirect_uri_invalid');
    serve(() => new Response('x', { status: 403 }));
    world.advance(10 * MINUTE);
    expect((await client.refresh(body.refresh_token)).status).toBe(200);
    await expectPage(await new Browser().open(await client.authorizationUrl()), 'redirect_uri_invalid');
  });
});

describe('a code that was never issued', () => {
  test('is refused without asking the address that a client id names', async () => {
    const answer = await new OAuthClient('https://victim.example/client.json').redeem('a:b:c');
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(world.sent).toEqual([]);
  });

  test('and one of another client’s session neither', async () => {
    const { tokens } = await world.signIn();
    world.sent.length = 0;
    const answer = await new OAuthClient('https://victim.example/client.json').refresh(tokens.refresh_token);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(world.sent).toEqual([]);
  });
});
