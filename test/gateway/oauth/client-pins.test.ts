// Who stands in for a document that its host doesn't give to us: what the gateway was shipped with, only for those of whom
// it never held a document, and the operator, always.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PINNED_CLIENTS } from '../../../src/oauth/clients/pinned-clients';
import { refusedUrl } from '../../../src/oauth/clients/public-url';
import { redeemAs } from '../../support/clients';
import { catchLogs, type Logs } from '../../support/logs';
import { Browser, OAuthClient, redirectUri, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { expectPage } from '../../support/pages';
import { openConsent } from '../../support/sign-in';
import { World } from '../../support/world';

type Answer = () => Response | Promise<Response>;

const DAY = 86_400_000;
const id = 'https://claude.ai/oauth/mcp-oauth-client-metadata';
const client = new OAuthClient(id);
const callback = 'https://claude.ai/api/mcp/auth_callback';
const document = { client_id: id, client_name: 'Claude', redirect_uris: [callback] };

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  // As if each had been compared today, whenever this runs.
  for (const pin of PINNED_CLIENTS) Object.assign(pin, { checkedOn: new Date().toISOString().slice(0, 10) });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const serve = (answer: Answer): void => {
  world.intercept = (request) =>
    PINNED_CLIENTS.some(({ clientId }) => clientId === request.url) ? answer() : undefined;
};
const blocked: Answer = () => new Response('x', { status: 403, headers: { 'cf-mitigated': 'challenge' } });
const open = async (redirect_uri = callback): Promise<Response> =>
  new Browser().open(await client.authorizationUrl({ redirect_uri }));

/** A whole sign-in at the client's own address, and a refresh. */
async function connect(by: OAuthClient, redirect: string): Promise<number[]> {
  const browser = new Browser();
  const page = await openConsent(browser, await by.authorizationUrl({ redirect_uri: redirect }));
  const toProvider = (await browser.submit(page, 'approve')).headers.get('Location') ?? '';
  const back = await browser.open(world.idp.signIn(toProvider, 'ada@acme.example'));
  const code = new URL(back.headers.get('Location') ?? '').searchParams.get('code') ?? '';
  const { status, body } = await by.redeem(code, { redirect_uri: redirect });
  return [status, (await by.refresh(body.refresh_token)).status];
}

describe('a shipped pin', () => {
  test.each(PINNED_CLIENTS.map((pin) => [pin.clientName, pin] as const))(
    'lets %s sign in and refresh, whose host turned us away from the first',
    async (_name, { clientId, redirectUris }) => {
      serve(blocked);
      expect(refusedUrl(clientId)).toBeUndefined();
      expect(await connect(new OAuthClient(clientId), redirectUris[0]!)).toEqual([200, 200]);
      const uses = logs.of('client.pin_used');
      expect(uses.length).toBeGreaterThan(1);
      expect(uses[0]).toMatchObject({ level: 'warn', url: clientId, problem: 'challenge (http_403)' });
    },
  );

  test.each<[string, Answer]>([
    ['401', () => new Response('x', { status: 401 })],
    ['403', () => new Response('x', { status: 403 })],
    ['429', () => new Response('x', { status: 429 })],
    ['500', () => new Response('x', { status: 500 })],
    ['503', () => new Response('x', { status: 503 })],
  ])('serves after %s', async (_what, answer) => {
    serve(answer);
    expect((await open()).status).toBe(200);
  });

  test('serves where the host doesn’t answer in time', async () => {
    // Our timer of eight seconds, at once; whatever waits for a host that hangs is then aborted.
    const { setTimeout: real } = globalThis;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms?: number) =>
      real(run, ms === 8_000 ? 1 : ms),
    );
    vi.spyOn(globalThis, 'fetch').mockImplementation(
      (_input, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        }),
    );
    expect((await open()).status).toBe(200);
    expect(logs.of('client.pin_used')[0]).toMatchObject({ problem: 'timeout' });
  });

  test.each<[string, Answer, string]>([
    ['404', () => new Response('x', { status: 404 }), 'client_unknown'],
    ['410', () => new Response('x', { status: 410 }), 'client_unknown'],
    ['a document that is not valid', () => Response.json({ ...document, client_secret: 'x' }), 'client_invalid'],
    ['a host without a route', () => Promise.reject(new TypeError('network')), 'client_unreachable'],
    ['405', () => new Response('x', { status: 405 }), 'client_unreachable'],
    ['200 with a page', () => new Response('<p>', { headers: { 'Content-Type': 'text/html' } }), 'client_unreachable'],
  ])('does not serve after %s', async (_what, answer, page) => {
    expect.hasAssertions();
    serve(answer);
    await expectPage(await open(), page as 'client_unknown');
  });

  test.each<[string, Answer]>([
    ['is gone (404)', () => new Response('x', { status: 404 })],
    ['is gone (410)', () => new Response('x', { status: 410 })],
    ['is not valid', () => Response.json({ ...document, client_secret: 'x' })],
    ['is valid and says something else', () => Response.json({ ...document, redirect_uris: [redirectUri] })],
    ['was good', () => Response.json(document)],
  ])('never comes back once it was heard that the document %s', async (_what, answer) => {
    serve(answer);
    await open();
    serve(blocked);
    // Longer than any copy of the document may stand in.
    world.advance(40 * DAY);
    await expectPage(await open(), 'client_unreachable');
    expect(logs.of('client.pin_used')).toEqual([]);
  });

  test('gives way to the copy of a mere attempt to sign in, which is kept for a month', async () => {
    serve(() => Response.json({ ...document, redirect_uris: [callback, redirectUri] }));
    await open();
    serve(blocked);
    world.advance(29 * DAY);
    expect((await open(redirectUri)).status).toBe(200);
    expect(logs.of('client.document_stale').length).toBeGreaterThan(0);
  });

  test('holds the client to its redirect URIs', async () => {
    expect.hasAssertions();
    serve(blocked);
    await expectPage(await open('https://evil.example/callback'), 'redirect_uri_invalid');
  });

  test('ends after half a year', async () => {
    serve(blocked);
    world.advance(179 * DAY);
    expect((await open()).status).toBe(200);
    world.advance(DAY);
    await expectPage(await open(), 'client_unreachable');
  });

  test('holds no keys: an assertion waits for the document, and nobody is told that the client is unknown', async () => {
    serve(blocked);
    const chatgpt = PINNED_CLIENTS.find(({ clientName }) => clientName === 'ChatGPT')!;
    const by = new OAuthClient(chatgpt.clientId);
    const assertion = ['{"alg":"ES256"}', `{"iss":"${chatgpt.clientId}"}`, 'x'].map((part) => btoa(part)).join('.');
    const browser = new Browser();
    const redirect_uri = chatgpt.redirectUris[0]!;
    const page = await openConsent(browser, await by.authorizationUrl({ redirect_uri }));
    const toProvider = (await browser.submit(page, 'approve')).headers.get('Location') ?? '';
    const back = await browser.open(world.idp.signIn(toProvider, 'ada@acme.example'));
    const code = new URL(back.headers.get('Location') ?? '').searchParams.get('code') ?? '';
    const asserted = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    };
    const answer = await by.redeem(code, { redirect_uri, ...asserted });
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(answer.headers.get('Retry-After')).toBe('30');
    expect((await by.redeem(code, { redirect_uri })).status).toBe(200);
  });

  test('is of nobody but those that are listed', async () => {
    expect.hasAssertions();
    const other = 'https://claude.ai/oauth/another-client';
    world.intercept = (request) => (request.url === other ? blocked() : undefined);
    const answer = await new Browser().open(await new OAuthClient(other).authorizationUrl());
    await expectPage(answer, 'client_unreachable');
  });
});

describe('the operator’s word on a client with a document (OAUTH_CLIENTS)', () => {
  const named = { client_id: id, client_name: 'Claude of Acme', redirect_uris: [redirectUri] };
  beforeEach(() => useGateway(otherGateway({ OAUTH_CLIENTS: JSON.stringify([named]) })));

  test.each<[string, Answer]>([
    ['is blocked', blocked],
    ['is gone', () => new Response('x', { status: 404 })],
    ['is not valid', () => Response.json({})],
    ['says something else', () => Response.json(document)],
  ])('counts where the document %s', async (_what, answer) => {
    serve(answer);
    expect(await openConsent(new Browser(), await client.authorizationUrl())).toContain('Claude of Acme');
    expect((await redeemAs(world, client)).status).toBe(200);
    await expectPage(await open(callback), 'redirect_uri_invalid');
  });

  test('is compared with the document, and where they differ there is a warning', async () => {
    serve(() => Response.json(document));
    await openConsent(new Browser(), await client.authorizationUrl());
    expect(logs.of('client.document_differs')).toMatchObject([
      { level: 'warn', clientId: id, differs: ['client_name', 'redirect_uris'] },
    ]);
  });

  test.each<[string, Answer]>([
    [
      'says the same',
      () => Response.json({ ...document, client_name: 'Claude of Acme', redirect_uris: [redirectUri] }),
    ],
    ['can’t be had', blocked],
  ])('gives no warning where the document %s', async (_what, answer) => {
    serve(answer);
    await openConsent(new Browser(), await client.authorizationUrl());
    expect(logs.of('client.document_differs')).toEqual([]);
    expect(logs.of('client.pin_used')).toEqual([]);
  });
});
