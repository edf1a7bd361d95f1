// What other servers send: counted as it is read on every path, whatever length it declares, and text only as UTF-8.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { redeemAs } from '../../support/clients';
import { TestIdentityProvider } from '../../support/identity-provider';
import { catchLogs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { Browser, OAuthClient, redirectUri, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { attemptSignIn } from '../../support/sign-in';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
});
afterEach(() => useGateway());

const documentUrl = 'https://app.example/oauth/client.json';
const keysUrl = 'https://app.example/oauth/jwks.json';
const document = {
  client_id: documentUrl,
  client_name: 'The App',
  redirect_uris: [redirectUri],
  token_endpoint_auth_method: 'private_key_jwt',
  jwks_uri: keysUrl,
};
const byDocument = new OAuthClient(documentUrl);
/** Says whom it is from, and is signed by nobody: enough to make the gateway look for the keys. */
const unsigned = ['{"alg":"ES256"}', `{"iss":"${documentUrl}"}`, 'x'].map((part) => btoa(part)).join('.');
const asserted = {
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: unsigned,
};

/** Someone else answers at this address. Everything else is answered as ever. */
function answerAt(address: string, answer: () => Response, idp = world.idp): void {
  world.intercept = (request) => {
    const { origin, pathname } = new URL(request.url);
    if (origin + pathname === address) return answer();
    if (request.url === documentUrl) return Response.json(document);
    return origin === idp.issuer ? idp.fetch(request) : undefined;
  };
}

type Reached = { readonly status: number; readonly text: string };

const read = async (answer: Response): Promise<Reached> => ({ status: answer.status, text: await answer.text() });
const tokens = async (client: OAuthClient, form = {}): Promise<Reached> => {
  const { status, body } = await redeemAs(world, client, form);
  return { status, text: JSON.stringify(body) };
};

/** A sign-in at a provider of its own, since a provider's metadata and keys are kept for minutes. */
async function atProvider(path: string, answer: () => Response): Promise<Reached> {
  const issuer = `https://idp-${crypto.randomUUID()}.example`;
  const idp = new TestIdentityProvider(issuer);
  idp.lies = {
    claims: { email: undefined, email_verified: undefined },
    discovery: { userinfo_endpoint: `${issuer}/userinfo` },
    userinfo: { sub: 'sub-ada@acme.example', email: 'ada@acme.example', email_verified: true },
  };
  answerAt(issuer + path, answer, idp);
  useGateway(otherGateway({ IDP_ISSUER: issuer }));
  const browser = new Browser();
  const page = await (await browser.open(await (await OAuthClient.register()).authorizationUrl())).text();
  const toProvider = await browser.submit(page, 'approve');
  const location = toProvider.headers.get('Location');
  return read(location === null ? toProvider : await browser.open(idp.signIn(location, 'ada@acme.example')));
}

async function atBackend(path: string, answer: () => Response): Promise<Reached> {
  const client = await OAuthClient.register();
  answerAt(`https://api.example${path}`, answer);
  if (path === '/auth/tenants') return read(await attemptSignIn(world, { client }));
  return tokens(client);
}

async function atApi(_path: string, answer: () => Response): Promise<Reached> {
  const { tokens: signedIn } = await world.signIn();
  answerAt('https://api.example/v1/items', answer);
  const { status, body } = await callTool(signedIn.access_token, 'search_items', {});
  return { status, text: JSON.stringify(body) };
}

/** Where the gateway asks, how it is brought to ask there, and what comes of an answer that it can't read. */
const paths: [string, (answer: () => Response) => Promise<Reached>, number, RegExp][] = [
  [
    'a metadata document',
    async (answer) => {
      answerAt(documentUrl, answer);
      return read(await new Browser().open(await byDocument.authorizationUrl()));
    },
    400,
    /description isn’t valid/,
  ],
  [
    'the keys of a client',
    (answer) => {
      answerAt(keysUrl, answer);
      return tokens(byDocument, asserted);
    },
    401,
    /invalid_client/,
  ],
  ['the metadata of the provider', (a) => atProvider('/.well-known/openid-configuration', a), 503, /isn’t answering/],
  ['the keys of the provider', (a) => atProvider('/jwks', a), 503, /isn’t answering/],
  ['the token endpoint of the provider', (a) => atProvider('/token', a), 503, /isn’t answering/],
  ['UserInfo', (a) => atProvider('/userinfo', a), 503, /isn’t answering/],
  ['the tenants of a person', (a) => atBackend('/auth/tenants', a), 503, /couldn’t look up/],
  ['the verification of a person', (a) => atBackend('/auth/verify', a), 503, /temporarily_unavailable/],
  ['the API', (a) => atApi('/v1/items', a), 200, /"isError":true/],
];

describe('an answer that declares five bytes and goes on for 32 MiB', () => {
  const MEBIBYTE = 1024 * 1024;
  test.each(paths)('is counted as it is read: %s', async (_name, reach, status, words) => {
    let sent = 0;
    // Chunked wins over the length, which the runtime shows all the same.
    const lying = (): Response =>
      new Response(
        new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              controller.enqueue(new Uint8Array(MEBIBYTE).fill(0x20));
              sent += 1;
              if (sent === 32) controller.close();
            },
          },
          { highWaterMark: 0 },
        ),
        { headers: { 'Content-Length': '5', 'Content-Type': 'application/json' } },
      );
    const answer = await reach(lying);
    expect(answer).toEqual({ status, text: expect.stringMatching(words) });
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(6);
  });
});

describe('an answer that is no UTF-8', () => {
  /** What each of these asks for, in one text, with a name in Latin-1. */
  const everything = JSON.stringify({
    ...document,
    client_name: 'M?ller',
    keys: [{ kty: 'EC' }],
    sub: 'sub-ada@acme.example',
    email: 'ada@acme.example',
    email_verified: true,
    tenants: [{ tenant_id: 'acme', tenant_name: 'M?ller' }],
    user_id: 'u_ada',
    tenant_id: 'acme',
    tenant_name: 'M?ller',
    access_token: 'x',
    token_type: 'bearer',
    expires_in: 300,
    scopes: ['profile:read', 'items:read'],
    items: [],
    next_cursor: null,
  });
  const latin1 = (): Response =>
    new Response(
      Uint8Array.from(everything, (character) => (character === '?' ? 0xfc : character.charCodeAt(0))),
      { headers: { 'Content-Type': 'application/json' } },
    );

  test.each(paths)('is a failure of that server, and no data: %s', async (_name, reach, status, words) => {
    expect.hasAssertions();
    expect(await reach(latin1)).toEqual({ status, text: expect.stringMatching(words) });
  });
});
