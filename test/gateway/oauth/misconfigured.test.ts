// A gateway that isn't set up stops each request, tells the visitor so calmly, and the operator's log exactly why.
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs, type Logs } from '../../support/logs';
import { gateway, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { expectPage } from '../../support/pages';
import { testVars } from '../../support/vars';
import { World } from '../../support/world';

let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  await World.begin();
});

describe.each([
  ['missing', 'CREDENTIAL_KEYS', undefined],
  ['malformed', 'SESSION_KEY', 'hunter2-hunter2'],
  ['malformed', 'PRODUCT_ADMIN_TOKEN', 'hunter2'],
  ['out of bounds', 'ACCESS_TOKEN_TTL', '5'],
  // As when a block of wrangler.toml is older than the gateway.
  ['missing', 'OAUTH_RECORDS', undefined],
  ['missing', 'MCP_SESSIONS', undefined],
])('a variable or binding that is %s (%s)', (_what, name, value) => {
  beforeEach(() => useGateway(otherGateway({ [name]: value })));

  function logged(answer: Response): void {
    const requestId = answer.headers.get('X-Request-Id');
    expect(logs.of('configuration.invalid')).toMatchObject([
      { level: 'error', variable: name, problem: expect.stringContaining(name), requestId },
    ]);
    expect(requestId).toBeTruthy();
    for (const secret of ['hunter2', testVars.IDP_CLIENT_SECRET, testVars.CONSENT_KEY])
      expect(logs.text()).not.toContain(secret);
  }

  test('a person sees a page that doesn’t name it', async () => {
    const answer = await gateway('/authorize', { headers: { Accept: 'text/html' } });
    const page = await expectPage(answer, 'gateway_misconfigured');
    expect(page).not.toContain(name);
    logged(answer);
  });

  test('a program gets JSON that doesn’t name it', async () => {
    const answer = await gateway('/mcp', { method: 'POST', body: '{}' });
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(JSON.parse(text)).toEqual({
      error: 'server_error',
      error_description: 'The gateway is not set up correctly. Its operator has been told.',
      request_id: answer.headers.get('X-Request-Id'),
    });
    expect(text).not.toContain(name);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    logged(answer);
  });

  test('nothing is served, health included', async () => {
    for (const path of ['/', '/healthz', '/.well-known/oauth-authorization-server', '/oauth/token', '/nowhere'])
      expect((await gateway(path)).status).toBe(500);
  });
});

test('and works as soon as it is corrected', async () => {
  useGateway(otherGateway({ SESSION_KEY: undefined }));
  expect((await gateway('/healthz')).status).toBe(500);
  useGateway(otherGateway({}));
  expect((await gateway('/healthz')).status).toBe(200);
});
