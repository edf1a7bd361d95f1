// From the authorization request to tokens: PKCE, the code, and everything a code is bound to (OAuth 2.1 §4.1).
import { beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { catchLogs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import {
  Browser,
  OAuthClient,
  redirectUri,
  resource,
  useGateway,
  type TokenAnswer,
  sessionIdOf,
} from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { expectPage, wayBack } from '../../support/pages';
import { anythingGranted, sessionRow } from '../../support/records';
import { World } from '../../support/world';

let world: World;
let client: OAuthClient;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  client = await OAuthClient.register();
});

async function code(of: OAuthClient = client): Promise<string> {
  return (await world.authorize(of, 'ada@acme.example')).searchParams.get('code') ?? '';
}

function refused(answer: TokenAnswer, status: number, error: string): void {
  expect({ status: answer.status, error: answer.body.error }).toEqual({ status, error });
  expect(answer.body.error_description).toBeTruthy();
  expect(answer.body.access_token).toBeUndefined();
  expect(answer.headers.get('Cache-Control')).toBe('no-store');
}

describe('the authorization response', () => {
  test('brings code, state and iss (RFC 9207)', async () => {
    const location = await world.authorize(client, 'ada@acme.example');
    expect(location.origin + location.pathname).toBe(redirectUri);
    expect(location.searchParams.get('state')).toBe('client-state');
    expect(location.searchParams.get('iss')).toBe('https://gateway.example');
  });

  test('keeps a state of any characters, and brings none where none came', async () => {
    const state = `ä+&=%"'<>#${'x'.repeat(500)}`;
    for (const sent of [state, undefined]) {
      const browser = new Browser();
      const page = await (await browser.open(await client.authorizationUrl({ state: sent }))).text();
      const denied = await expectPage(await browser.submit(page, 'deny'), 'consent_denied');
      expect(wayBack(denied).searchParams.get('state')).toBe(sent ?? null);
    }
  });
});

describe('an authorization request that goes back with an error', () => {
  test.each([
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['PKCE by plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['PKCE without a method, which means plain', { code_challenge_method: undefined }, 'invalid_request'],
    ['an unknown PKCE method', { code_challenge_method: 'S512' }, 'invalid_request'],
    ['another resource', { resource: 'https://elsewhere.example/mcp' }, 'invalid_target'],
    ['a resource below ours', { resource: `${resource}/admin` }, 'invalid_target'],
    ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['no response type', { response_type: undefined }, 'invalid_request'],
  ])(
    '%s: told by a button, since anybody may register an address (RFC 9700 §4.11.2)',
    async (_name, parameters, error) => {
      const answer = await new Browser().open(await client.authorizationUrl(parameters));
      const page = await expectPage(answer, 'request_invalid');
      for (const header of ['Location', 'Refresh']) expect(answer.headers.get(header)).toBeNull();
      expect(page).toContain('That leads to <b>client.example</b>');
      const location = wayBack(page);
      expect(location.origin + location.pathname).toBe(redirectUri);
      expect(Object.fromEntries(location.searchParams)).toMatchObject({
        error,
        state: 'client-state',
        iss: 'https://gateway.example',
      });
      expect(await anythingGranted()).toBe(false);
    },
  );

  test('two resources', async () => {
    const url = await client.authorizationUrl();
    const answer = await new Browser().open(`${url}&resource=${encodeURIComponent('https://elsewhere.example/mcp')}`);
    expect(wayBack(await expectPage(answer, 'request_invalid')).searchParams.get('error')).toBe('invalid_target');
  });

  test.each([{ code_challenge: undefined }, { resource: 'https://elsewhere.example/mcp' }])(
    'of a client that the operator registered: told at once, %j',
    async (parameters) => {
      const known = { client_id: 'desk', client_name: 'Desk', redirect_uris: [redirectUri] };
      useGateway(otherGateway({ OAUTH_CLIENTS: JSON.stringify([known]) }));
      const answer = await new Browser().open(await new OAuthClient('desk').authorizationUrl(parameters));
      expect(answer.status).toBe(302);
      expect(answer.headers.get('Location')).toContain(`${redirectUri}?error=invalid_`);
    },
  );
});

describe('the token answer', () => {
  test('names type, lifetime, scope and resource, and is not cached', async () => {
    const answer = await client.redeem(await code());
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token_type: 'bearer', expires_in: 3600, resource });
    expect(answer.body.scope.split(' ')).toHaveLength(Object.keys(product.scopes).length);
    expect(answer.body.refresh_token).toBeTruthy();
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(answer.headers.get('Content-Type')).toContain('application/json');
  });

  test('a request may leave the resource out, and inherits it', async () => {
    const answer = await client.redeem(await code(), { resource: '' });
    expect(answer.body.resource).toBe(resource);
  });
});

describe('a code is refused', () => {
  test.each([
    ['with another verifier', { code_verifier: 'x'.repeat(50) }, 'invalid_grant'],
    ['without a verifier', { code_verifier: '' }, 'invalid_request'],
    ['for another resource', { resource: 'https://elsewhere.example/mcp' }, 'invalid_target'],
    ['with another redirect URI', { redirect_uri: 'https://client.example/other' }, 'invalid_grant'],
    ['with another host in the redirect URI', { redirect_uri: 'https://evil.example/callback' }, 'invalid_grant'],
  ])('%s, and stays good for the client that it belongs to', async (_name, parameters, error) => {
    const issued = await code();
    refused(await client.redeem(issued, parameters), 400, error);
    expect((await client.redeem(issued)).status).toBe(200);
  });

  test('from another client', async () => {
    const issued = await code();
    const other = await OAuthClient.register();
    refused(await other.redeem(issued), 400, 'invalid_grant');
    expect((await client.redeem(issued)).status).toBe(200);
  });

  test('from a client that registered the same redirect URI under another of its own', async () => {
    expect.hasAssertions();
    const two = await OAuthClient.register({ redirect_uris: [redirectUri, 'https://client.example/other'] });
    const issued = await code(two);
    refused(await two.redeem(issued, { redirect_uri: 'https://client.example/other' }), 400, 'invalid_grant');
  });

  test('from an unknown client: 401 invalid_client, so that it registers anew', async () => {
    expect.hasAssertions();
    refused(await new OAuthClient('nobody').redeem(await code()), 401, 'invalid_client');
  });

  test('changed by one character', async () => {
    expect.hasAssertions();
    const issued = await code();
    for (const at of [5, 26, 40, issued.length - 1]) {
      const changed = issued.slice(0, at) + (issued[at] === 'A' ? 'B' : 'A') + issued.slice(at + 1);
      refused(await client.redeem(changed), 400, 'invalid_grant');
    }
  });

  test.each(['x', 'a:b:c', 'a:b', 'a:b:c:d', ':::'])('when it is %s', async (invented) => {
    expect.hasAssertions();
    refused(await client.redeem(invented), 400, 'invalid_grant');
  });

  test('after ten minutes', async () => {
    expect.hasAssertions();
    const issued = await code();
    world.advance(10 * 60_000 + 1000);
    refused(await client.redeem(issued), 400, 'invalid_grant');
  });
});

describe('a code redeemed twice', () => {
  test('is refused the second time and ends the session that it began (OAuth 2.1 §4.1.3)', async () => {
    const issued = await code();
    const first = await client.redeem(issued);
    expect(first.status).toBe(200);
    refused(await client.redeem(issued), 400, 'invalid_grant');
    expect((await callTool(first.body.access_token, 'whoami')).status).toBe(401);
    refused(await client.refresh(first.body.refresh_token), 400, 'invalid_grant');
    expect(await sessionRow(sessionIdOf(first.body))).toMatchObject({ status: 'ended' });
  });

  test('does nothing to a session when somebody else has found the old code', async () => {
    const issued = await code();
    const first = await client.redeem(issued);
    refused(await (await OAuthClient.register()).redeem(issued), 400, 'invalid_grant');
    expect((await callTool(first.body.access_token, 'whoami')).status).toBe(200);
  });

  test('at the same moment: exactly one succeeds, in every one of 25 rounds', async () => {
    for (let round = 0; round < 25; round++) {
      const issued = await code();
      const answers = await Promise.all(Array.from({ length: 4 }, () => client.redeem(issued)));
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
      for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 400, 'invalid_grant');
    }
  });
});

describe('a request that the token endpoint cannot read', () => {
  test.each([
    ['a grant type that we do not have', { grant_type: 'client_credentials' }, 400, 'unsupported_grant_type'],
    ['no grant type', {}, 400, 'unsupported_grant_type'],
    ['a code grant without a code', { grant_type: 'authorization_code' }, 400, 'invalid_request'],
    ['a refresh without a token', { grant_type: 'refresh_token' }, 400, 'invalid_request'],
    ['no client', { grant_type: 'refresh_token', refresh_token: 'x', client_id: '' }, 401, 'invalid_client'],
  ])('%s', async (_name, form, status, error) => {
    expect.hasAssertions();
    refused(await client.token(form), status, error);
  });

  test('JSON in place of a form', async () => {
    expect.hasAssertions();
    const headers = { 'Content-Type': 'application/json' };
    refused(await client.token({ grant_type: 'authorization_code', code: 'x' }, headers), 400, 'invalid_request');
  });

  test('one that is much too large', async () => {
    expect.hasAssertions();
    refused(
      await client.token({ grant_type: 'refresh_token', refresh_token: 'x'.repeat(70_000) }),
      413,
      'invalid_request',
    );
  });
});

test('PKCE is asked of a client with a secret as well', async () => {
  const client = await OAuthClient.register({ token_endpoint_auth_method: 'client_secret_post' });
  const answer = await new Browser().open(
    await client.authorizationUrl({ code_challenge: undefined, code_challenge_method: undefined }),
  );
  const back = wayBack(await expectPage(answer, 'request_invalid'));
  expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'invalid_request', state: 'client-state' });
});
