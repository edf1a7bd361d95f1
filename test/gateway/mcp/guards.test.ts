// What stands before the token: the page a request comes from, and the host it names. And what a browser may read.
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { legacyMcp, mcp } from '../../support/mcp-client';
import { gateway, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { World } from '../../support/world';

let world: World;
let token: string;
beforeAll(async () => {
  world = await World.begin();
  token = (await world.signIn('ada@acme.example')).tokens.access_token;
});
beforeEach(() => {
  useGateway();
  world.sent.length = 0;
});

const foreign = [
  'https://evil.example',
  'https://gateway.example.evil.example',
  'https://evilgateway.example',
  'https://gateway.example@evil.example',
  'https://evil.example/gateway.example',
  'null',
  'file://',
  'chrome-extension://abcdefghijklmnop',
  'http://localhost:3000',
  'not a url',
];

describe('a foreign Origin', () => {
  test.each(foreign)('%s: 403, although the token is good', async (origin) => {
    for (const send of [mcp, legacyMcp]) {
      const reply = await send(token, 'tools/call', { name: 'count_items', arguments: {} }, { Origin: origin });
      expect(reply.status).toBe(403);
      expect(reply.headers.get('Access-Control-Allow-Origin')).toBeNull();
      expect(reply.body.result).toBeUndefined();
    }
    expect(world.sent).toEqual([]);
  });

  test('is refused before the token is looked at: a bad one or none is not even challenged', async () => {
    for (const bad of [undefined, 'nonsense']) {
      const reply = await mcp(bad, 'tools/list', {}, { Origin: 'https://evil.example' });
      expect(reply.status).toBe(403);
      expect(reply.headers.get('WWW-Authenticate')).toBeNull();
    }
  });

  test.each(['GET', 'DELETE', 'OPTIONS', 'PUT'])('%s is refused alike', async (method) => {
    const headers = { Origin: 'https://evil.example', Authorization: `Bearer ${token}` };
    expect((await gateway('/mcp', { method, headers })).status).toBe(403);
  });

  test.each(['/oauth/token', '/oauth/register'])('%s refuses it, too', async (path) => {
    const headers = { Origin: 'https://evil.example', 'Content-Type': 'application/json' };
    expect((await gateway(path, { method: 'POST', headers, body: '{}' })).status).toBe(403);
  });
});

describe('an allowed Origin', () => {
  test('the gateway itself, and a client without one, pass', async () => {
    expect((await mcp(token, 'tools/list', {}, { Origin: 'https://gateway.example' })).status).toBe(200);
    expect((await mcp(token, 'tools/list')).status).toBe(200);
  });

  test('one of ALLOWED_ORIGINS passes where it is configured, and only there', async () => {
    const headers = { Origin: 'https://console.example' };
    expect((await gateway('/mcp', { method: 'OPTIONS', headers })).status).toBe(403);
    useGateway(otherGateway({ ALLOWED_ORIGINS: 'console.example, inspector.example' }));
    const preflight = await gateway('/mcp', { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('https://console.example');
    const other = await gateway('/mcp', { method: 'OPTIONS', headers: { Origin: 'https://sub.console.example' } });
    expect(other.status).toBe(403);
  });

  test('a preflight needs no token, and allows what MCP clients send', async () => {
    const answer = await gateway('/mcp', {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://gateway.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type,mcp-protocol-version,mcp-method,mcp-name',
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://gateway.example');
    expect(answer.headers.get('Access-Control-Allow-Methods')).toBe('*');
    // `*` doesn't cover Authorization (Fetch Standard): it has to be named.
    expect(answer.headers.get('Access-Control-Allow-Headers')).toBe('Authorization, *');
    // No cookie is ever part of this.
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
  });

  test.each([
    ['an answer', () => token, 'tools/list', 200],
    ['a challenge', () => undefined, 'tools/list', 401],
    ['a protocol error', () => token, 'nope', 404],
  ])('%s can be read by it, with the headers that a client needs', async (_name, given, method, status) => {
    const reply = await mcp(given(), method, {}, { Origin: 'https://gateway.example' });
    expect(reply.status).toBe(status);
    expect(reply.headers.get('Access-Control-Allow-Origin')).toBe('https://gateway.example');
    expect(reply.headers.get('Vary')).toContain('Origin');
    const exposed = (reply.headers.get('Access-Control-Expose-Headers') ?? '').split(', ');
    expect(exposed).toEqual(
      expect.arrayContaining(['WWW-Authenticate', 'Retry-After', 'Mcp-Session-Id', 'MCP-Protocol-Version']),
    );
  });
});

describe('a wrong Host', () => {
  const routes = [
    'GET /',
    'GET /authorize',
    'POST /authorize',
    'GET /callback',
    'POST /oauth/token',
    'POST /oauth/register',
    'GET /.well-known/oauth-authorization-server',
    'GET /.well-known/oauth-protected-resource/mcp',
    'POST /mcp',
    'GET /mcp',
    'OPTIONS /mcp',
    'GET /nothing-here',
  ];

  test.each(routes)('%s: 421, and the host is not echoed', async (route) => {
    const [method = '', path = ''] = route.split(' ');
    for (const host of ['evil.example', 'gateway.example.evil.example', 'www.gateway.example', '127.0.0.1']) {
      const answer = await gateway(`https://${host}${path}`, { method, headers: { Authorization: `Bearer ${token}` } });
      expect(answer.status, host).toBe(421);
      expect(await answer.text()).not.toContain(host);
    }
  });

  test('/healthz answers whoever asks', async () => {
    const answer = await gateway('https://10.0.0.7/healthz');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: 'ok' });
  });

  test('a Host header that another one contradicts does not change what is served', async () => {
    const answer = await gateway('/.well-known/oauth-protected-resource/mcp', {
      headers: { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' },
    });
    expect(await answer.json()).toMatchObject({ resource: 'https://gateway.example/mcp' });
  });
});

test('what is refused here is on the log, without what it carried', async () => {
  const written: string[] = [];
  const warn = vi.spyOn(console, 'warn').mockImplementation((line: string) => void written.push(line));
  await mcp(token, 'tools/list', {}, { Origin: 'https://evil.example' });
  await gateway('https://evil.example/mcp', { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
  warn.mockRestore();
  expect(written.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
    'origin.refused',
    'host.refused',
  ]);
  expect(written.join()).not.toContain(token.slice(-20));
});
