// What a request without a good token gets: the challenge that starts every sign-in, and nothing else.
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import { newSessionId, subjectOf } from '../../../src/crypto/subject';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool, mcp, post } from '../../support/mcp-client';
import { objectsIn } from '../../support/objects';
import { gateway, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

const metadataUrl = 'https://gateway.example/.well-known/oauth-protected-resource/mcp';
const otherKey = 'YW5vdGhlci1zZXNzaW9uLWtleS1mb3ItdGVzdHMtMDEyMzQ1';

/** A token of the right shape that nobody issued. */
const invented = (): string => `${newSessionId()}.AAAAAAAAAAA:${'g'.repeat(16)}:${'s'.repeat(32)}`;

describe('no token', () => {
  test('a call is answered 401 with where to find out more (RFC 9728 §5.1)', async () => {
    const reply = await mcp(undefined, 'tools/list');
    expect(reply.status).toBe(401);
    const challenge = reply.headers.get('WWW-Authenticate') ?? '';
    expect(challenge).toMatch(/^Bearer /);
    expect(challenge).toContain(`resource_metadata="${metadataUrl}"`);
    expect(challenge).not.toContain('error=');
    expect(challenge).toContain('scope="profile:read items:read');
  });

  test.each(['GET', 'DELETE', 'PUT'])('%s is challenged, too', async (method) => {
    const answer = await gateway('/mcp', { method });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('WWW-Authenticate')).toContain(metadataUrl);
  });

  test.each([
    ['/mcp', '/mcp'],
    ['/mcp?x=1', '/mcp'],
    ['/t/globex/mcp', '/t/globex/mcp'],
  ])(
    'a person who opens %s in a browser sees the page with that URL, and a program the challenge',
    async (path, at) => {
      const url = `https://gateway.example${at}`;
      const page = await gateway(path, { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
      expect(page.status).toBe(401);
      expect(page.headers.get('WWW-Authenticate')).toContain(`oauth-protected-resource${at}"`);
      expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
      expect(page.headers.get('Cache-Control')).toBe('no-store');
      const text = (await page.text()).replaceAll(/<\/?(?:wbr|span)[^>]*>/g, '');
      expect(text).toContain(`>${url}</code>`);
      for (const accept of ['text/event-stream', '*/*', 'application/json, text/event-stream']) {
        const answer = await gateway(path, { headers: { Accept: accept } });
        expect(answer.status).toBe(401);
        expect(answer.headers.get('Content-Type') ?? '').not.toContain('html');
      }
    },
  );

  test('its body is not even read', async () => {
    expect((await post(undefined, '{"not json')).status).toBe(401);
    expect((await post(undefined, 'x'.repeat(5_000_000))).status).toBe(401);
  });
});

describe('a bad token', () => {
  test.each([
    ['garbage', 'garbage'],
    ['a JWT', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.'],
    ['one of the right shape that nobody issued', invented()],
    ['very long', 'a'.repeat(8_000)],
    ['of four parts', 'a:b:c:d'],
    ['without its last part', `${newSessionId()}.AAAAAAAAAAA:grant:`],
  ])('%s: 401 invalid_token, and no session object is woken for it', async (_name, token) => {
    const reply = await callTool(token, 'whoami');
    expect(reply.status).toBe(401);
    expect(reply.headers.get('WWW-Authenticate')).toContain('error="invalid_token"');
    expect(reply.headers.get('WWW-Authenticate')).toContain(`resource_metadata="${metadataUrl}"`);
    expect(logs.of('token.refused')).toMatchObject([{ reason: 'not_ours' }]);
    expect(await objectsIn(env.SESSIONS)).toEqual([]);
  });

  test('with a MAC of ours but no session behind it', async () => {
    const key = new TextEncoder().encode('session-key-for-tests-012345678901234');
    const reply = await callTool(`${subjectOf(newSessionId(), key)}:${'g'.repeat(16)}:${'s'.repeat(32)}`, 'whoami');
    expect(reply.status).toBe(401);
  });

  test('a good token with one character of any part changed', async () => {
    const { tokens } = await world.signIn();
    const good = tokens.access_token;
    expect((await callTool(good, 'whoami')).status).toBe(200);
    // In the session id, in its MAC, in the grant id, in the secret.
    for (const at of [3, 25, 40, good.length - 1]) {
      const changed = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1);
      expect((await callTool(changed, 'whoami')).status, `character ${at}`).toBe(401);
    }
  });

  test('of a deployment with another key', async () => {
    useGateway(otherGateway({ SESSION_KEY: otherKey }));
    const { tokens } = await world.signIn();
    expect((await callTool(tokens.access_token, 'whoami')).status).toBe(200);
    useGateway();
    expect((await callTool(tokens.access_token, 'whoami')).status).toBe(401);
    expect(logs.of('token.refused').at(-1)).toMatchObject({ reason: 'not_ours' });
  });

  test('of a deployment under another address, with the same key (RFC 8707 §2)', async () => {
    const { tokens } = await world.signIn();
    useGateway(otherGateway({ PUBLIC_URL: 'https://mcp.acme.example' }));
    const elsewhere = await gateway('https://mcp.acme.example/mcp', {
      method: 'POST',
      headers: { Authorization: `Bearer ${tokens.access_token}`, 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(elsewhere.status).toBe(401);
  });
});

describe('a good token in the wrong place', () => {
  test('in the query string (RFC 9700 §2.6, OAuth 2.1 §5.1)', async () => {
    const { tokens } = await world.signIn();
    expect((await gateway(`/mcp?access_token=${encodeURIComponent(tokens.access_token)}`)).status).toBe(401);
  });

  test('under another scheme, or twice in one header', async () => {
    const { access_token: token } = (await world.signIn()).tokens;
    for (const Authorization of [`Basic ${token}`, `Bearer ${token}, Bearer ${token}`, token, `Bearer: ${token}`])
      expect((await post(undefined, {}, { Authorization })).status, Authorization.slice(0, 8)).toBe(401);
  });

  test('a code or a refresh token is no access token', async () => {
    const { client, tokens } = await world.signIn();
    expect((await callTool(tokens.refresh_token, 'whoami')).status).toBe(401);
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code') ?? '';
    expect((await callTool(code, 'whoami')).status).toBe(401);
  });
});
