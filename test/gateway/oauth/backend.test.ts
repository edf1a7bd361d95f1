// What the backend says about the user decides at the token endpoint, at sign-in and at each refresh; what it fails to
// say decides nothing, and costs the client neither its code nor its refresh token.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { catchLogs } from '../../support/logs';
import { callTool, mcp } from '../../support/mcp-client';
import { OAuthClient, type TokenAnswer, sessionIdOf } from '../../support/oauth-client';
import { auditEvents, flushSession, sessionRow } from '../../support/records';
import { skipPauses } from '../../support/session';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  skipPauses();
});
afterEach(() => vi.restoreAllMocks());

async function codeFor(email: string, scope?: string): Promise<{ client: OAuthClient; code: string }> {
  const client = await OAuthClient.register();
  const location = await world.authorize(client, email, scope === undefined ? {} : { scope });
  return { client, code: location.searchParams.get('code') ?? '' };
}

const sessionOf = (codeOrToken: string): string => sessionIdOf(codeOrToken);
const verify = (request: Request): boolean => request.url === 'https://api.example/auth/verify';

/** Makes the backend answer each verification like this, until told otherwise. */
function backendSays(answer: (() => Response | Promise<Response>) | undefined): void {
  world.intercept = answer && ((request) => (verify(request) ? answer() : undefined));
}

function expectUnavailable(answer: TokenAnswer): void {
  expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
  expect(answer.body.error_description).toMatch(/Shelf API could not be reached/);
  expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
  expect(answer.headers.get('Cache-Control')).toBe('no-store');
}

const outages: [string, () => Response | Promise<Response>][] = [
  ['is down', () => new Response('Bad Gateway', { status: 502 })],
  ['cannot be reached', () => Promise.reject(new TypeError('network'))],
  ['answers with a proxy’s 404', () => new Response('<html>Not Found</html>', { status: 404 })],
  ['answers with a firewall’s 403', () => new Response('Forbidden', { status: 403 })],
  [
    'answers with a 404 in JSON that isn’t about the user',
    () => Response.json({ error: 'not_found' }, { status: 404 }),
  ],
  ['no longer accepts our own token', () => Response.json({ error: 'unauthorized' }, { status: 401 })],
  ['is overloaded', () => new Response('', { status: 429 })],
  ['redirects', () => Response.redirect('https://evil.example/', 302)],
  ['answers with no JSON', () => new Response('<html>ok</html>')],
  ['answers with half of it', () => Response.json({ user_id: 'usr_0001', tenant_id: 'acme' })],
  [
    'names no tenant',
    () =>
      Response.json({
        user_id: 'u',
        tenant_id: '',
        tenant_name: 'x',
        access_token: 'a',
        expires_in: 60,
        scopes: ['items:read'],
      }),
  ],
  ['says a denial with status 200', () => Response.json({ error: 'unknown_user' })],
];

describe('at sign-in, the backend', () => {
  test.each(outages)('%s: the client is to come back, and the same code works then', async (_name, answer) => {
    const { client, code } = await codeFor('ada@acme.example');
    backendSays(answer);
    expectUnavailable(await client.redeem(code));
    backendSays(undefined);
    const later = await client.redeem(code);
    expect(later.status).toBe(200);
    expect((await callTool(later.body.access_token, 'whoami')).body.result.structuredContent.email).toBe(
      'ada@acme.example',
    );
    expect(world.sent.join()).not.toContain('evil.example');
  });

  test('is down for a moment only: the client doesn’t notice', async () => {
    const { client, code } = await codeFor('ada@acme.example');
    world.backend.set({ fail: { path: '/auth/verify', status: 503, times: 1 } });
    expect((await client.redeem(code)).status).toBe(200);
  });

  test('no longer knows the user: access_denied in words for that user, and it is over', async () => {
    const { client, code } = await codeFor('ada@acme.example');
    world.backend.user('ada@acme.example').email = 'gone@acme.example';
    const answer = await client.redeem(code);
    expect(answer).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    expect(answer.body.error_description).toBe(
      'ada@acme.example has no Shelf API account. Ask your administrator to add you, or sign in with another address.',
    );
    expect(await client.redeem(code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    await flushSession(sessionOf(code));
    expect(await auditEvents({ action: 'credential_exchange' })).toMatchObject([
      { outcome: 'refused', reason: 'unknown_user', session_id: sessionOf(code), user_id: null, tenant_id: null },
    ]);
  });

  test('has disabled the user meanwhile', async () => {
    const { client, code } = await codeFor('ada@acme.example');
    world.backend.set({ disable_user: 'ada@acme.example' });
    const answer = await client.redeem(code);
    expect(answer).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    expect(answer.body.error_description).toMatch(/ada@acme\.example is disabled/);
  });

  test('allows none of what was asked for', async () => {
    const { client, code } = await codeFor('alan@acme.example', 'items:write');
    backendSays(() =>
      Response.json({
        user_id: 'usr_0002',
        tenant_id: 'acme',
        tenant_name: 'Acme Industries',
        access_token: 'sha_x',
        expires_in: 60,
        scopes: [],
      }),
    );
    const answer = await client.redeem(code);
    expect(answer).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    expect(answer.body.error_description).toMatch(/Your role/);
    expect(await sessionRow(sessionOf(code))).toBeNull();
  });
});

describe('scopes granted', () => {
  test('are requested ∩ consented ∩ what the backend allows: alan is a reader', async () => {
    const { tokens } = await world.signIn('alan@acme.example');
    expect(tokens.scope).toBe('profile:read items:read notes:read reports:read');
    const list = await mcp(tokens.access_token, 'tools/list');
    const names = (list.body.result.tools as { name: string }[]).map(({ name }) => name);
    expect(names).toContain('search_items');
    expect(names.filter((name) => /create|update|add|send/.test(name))).toEqual([]);
    expect((await callTool(tokens.access_token, 'create_item')).body.result).toMatchObject({ isError: true });
  });

  test('do not grow by what the backend would allow beyond the consent', async () => {
    const { client, code } = await codeFor('ada@acme.example', 'items:read notes:read');
    const asked: string[][] = [];
    world.intercept = async (request) => {
      if (verify(request)) asked.push((await request.clone().json<{ scopes: string[] }>()).scopes);
      return undefined;
    };
    const { body } = await client.redeem(code);
    expect(body.scope).toBe('profile:read items:read notes:read');
    expect(asked).toEqual([['profile:read', 'items:read', 'notes:read']]);
  });

  test('do not grow by a backend that hands out more than it was asked for', async () => {
    const { client, code } = await codeFor('ada@acme.example', 'items:read');
    backendSays(() =>
      Response.json({
        user_id: 'usr_0001',
        tenant_id: 'acme',
        tenant_name: 'Acme Industries',
        access_token: 'sha_x',
        expires_in: 60,
        scopes: ['*', 'profile:read', 'items:write', 'notes:write'],
      }),
    );
    const { body } = await client.redeem(code);
    expect(body.scope).toBe('profile:read items:read');
    expect(await sessionRow(sessionOf(body.access_token))).toMatchObject({ scopes: 'profile:read items:read' });
  });

  test('are named to the client when they are fewer than it asked for (RFC 6749 §5.1)', async () => {
    const { tokens } = await world.signIn('alan@acme.example', { scope: 'items:read items:write' });
    expect(tokens.scope).toBe('profile:read items:read');
  });
});

describe('at a refresh, the backend', () => {
  test.each(outages.filter(([name]) => /is down|proxy|half/.test(name)))(
    '%s: the same refresh token works later',
    async (_name, answer) => {
      const { client, tokens } = await world.signIn();
      backendSays(answer);
      expectUnavailable(await client.refresh(tokens.refresh_token));
      backendSays(undefined);
      expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
    },
  );

  test('no longer knows the user: invalid_grant, and the session has ended', async () => {
    const { client, tokens, sessionId } = await world.signIn();
    world.backend.user('ada@acme.example').email = 'gone@acme.example';
    const answer = await client.refresh(tokens.refresh_token);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(answer.body.error_description).toMatch(/Sign in again/);
    expect((await callTool(tokens.access_token, 'whoami')).status).toBe(401);
    expect(await sessionRow(sessionId)).toMatchObject({ status: 'ended', end_reason: 'unknown_user' });
    expect(await auditEvents({ action: 'token_refresh' })).toMatchObject([
      { outcome: 'refused', reason: 'unknown_user', tenant_id: 'acme', user_id: 'usr_0001' },
    ]);
  });

  test('has disabled the user: out at once, and not back in by the old token when enabled again', async () => {
    const { client, tokens } = await world.signIn();
    world.backend.set({ disable_user: 'ada@acme.example' });
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    world.backend.set({ enable_user: 'ada@acme.example' });
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await callTool(tokens.access_token, 'whoami')).status).toBe(401);
  });

  test.each([
    [
      'moved to another tenant',
      () => Object.assign(world.backend.user('ada@acme.example'), { tenant: 'globex' }),
      // It was asked for the session's tenant, where there is no such person now.
      'unknown_user',
    ],
    [
      'is another person under the same address',
      () => {
        world.backend.user('ada@acme.example').email = 'old@acme.example';
        world.backend.user('alan@acme.example').email = 'ada@acme.example';
      },
      'identity_changed',
    ],
  ])('says that the user %s: the session ends, and never changes hands', async (_name, change, reason) => {
    const { client, tokens, sessionId } = await world.signIn();
    change();
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await callTool(tokens.access_token, 'search_items')).status).toBe(401);
    expect(await sessionRow(sessionId)).toMatchObject({
      status: 'ended',
      end_reason: reason,
      tenant_id: 'acme',
      user_id: 'usr_0001',
    });
  });

  test('allows less than before: the new token has less', async () => {
    const { client, tokens } = await world.signIn();
    expect(tokens.scope).toContain('items:write');
    world.backend.user('ada@acme.example').role = 'reader';
    const { body } = await client.refresh(tokens.refresh_token);
    expect(body.scope).not.toContain('write');
    for (const { access_token: token } of [body, tokens]) {
      const { result } = (await callTool(token, 'create_item')).body;
      expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('does not allow') }] });
    }
  });
});

test('every sign-in and exchange is on record with who, where and for which client', async () => {
  const { client, sessionId } = await world.signIn('grace@globex.example');
  await flushSession(sessionId);
  for (const action of ['sign_in', 'credential_exchange'])
    expect(await auditEvents({ action })).toMatchObject([
      {
        outcome: 'success',
        tenant_id: 'globex',
        user_email: 'grace@globex.example',
        client_id: client.clientId,
        session_id: sessionId,
      },
    ]);
});
