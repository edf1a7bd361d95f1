// What a gateway owes that strangers can reach: https for good (RFC 6797), and limits that are really there.
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs, type Logs } from '../../support/logs';
import { gateway, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { World } from '../../support/world';

let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  await World.begin();
});

const hsts = (answer: Response): string | null => answer.headers.get('Strict-Transport-Security');
const local = { PUBLIC_URL: 'http://localhost:8787' };

describe('Strict-Transport-Security', () => {
  test.each([
    ['a page', 200, 'GET /'],
    ['an error page', 400, 'GET /authorize'],
    ['JSON', 200, 'GET /.well-known/oauth-authorization-server'],
    ['health', 200, 'GET /healthz'],
    ['a challenge', 401, 'POST /mcp'],
    ['a refusal of the library', 400, 'POST /oauth/token'],
    ['a script', 200, 'GET /landing.js'],
    ['what is not there', 404, 'GET /nothing-here'],
    ['another host', 421, 'GET https://other.example/'],
  ])('is in every answer: %s (%i)', async (_what, status, route) => {
    const [method = '', path = ''] = route.split(' ');
    const answer = await gateway(path, { method });
    expect(answer.status).toBe(status);
    expect(hsts(answer)).toBe('max-age=31536000');
  });

  test('is in the answer of a gateway that is misconfigured', async () => {
    useGateway(otherGateway({ SESSION_KEY: undefined }));
    const answer = await gateway('/mcp', { method: 'POST' });
    expect(answer.status).toBe(500);
    expect(hsts(answer)).toBe('max-age=31536000');
  });

  test('is never sent by http, nor on localhost, where it would bind every other server of the machine', async () => {
    expect(hsts(await gateway('http://gateway.example/healthz'))).toBeNull();
    useGateway(otherGateway(local));
    for (const url of ['http://localhost:8787/', 'http://localhost:8787/healthz', 'https://localhost:8787/healthz'])
      expect(hsts(await gateway(url))).toBeNull();
  });
});

describe('a rate limit that is not bound', () => {
  const missing = { REGISTRATION_LIMIT: undefined };

  test('is said aloud at the first request on a public origin, once', async () => {
    useGateway(otherGateway(missing));
    for (const path of ['/healthz', '/', '/mcp']) await gateway(path);
    expect(logs.of('configuration.limit_missing')).toMatchObject([
      { level: 'warn', binding: 'REGISTRATION_LIMIT', path: '/healthz' },
    ]);
  });

  test.each([
    ['on localhost', { ...missing, ...local }],
    ['where it is bound', {}],
  ])('is not spoken of %s', async (_where, variables) => {
    useGateway(otherGateway(variables));
    await gateway('http://localhost:8787/healthz');
    expect(logs.of('configuration.limit_missing')).toEqual([]);
  });
});
