// The whole product as a person runs it: real Workers, the certified OpenID provider, and clients nobody here wrote.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client as Client2025 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport2025 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, SignInRefused, type Connection } from '../../demo/oauth-client.ts';
import { startStack, type Neighbours } from '../../demo/stack.ts';

let stack: Neighbours;
let url: string;
const lines: string[] = [];

beforeAll(async () => {
  stack = await startStack({ onLine: (_server, line) => lines.push(line) });
  url = `${stack.gatewayUrl}/mcp`;
});
afterAll(() => stack?.stop());

async function crm(method: string, path: string, body?: unknown): Promise<Record<string, number>> {
  const response = await fetch(stack.crmUrl + path, {
    method,
    headers: { Authorization: `Bearer ${stack.vars['NEXUS_ADMIN_TOKEN']}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  return (await response.json()) as Record<string, number>;
}

async function withAda<Result>(
  use: (ada: Connection) => Promise<Result>,
  mode: 'auto' | 'legacy' = 'auto',
): Promise<Result> {
  const ada = await connect({ url, login: 'ada@acme.example', mode });
  try {
    return await use(ada);
  } finally {
    await ada.close();
  }
}

describe('clients', () => {
  for (const mode of ['auto', 'legacy'] as const) {
    test(`the MCP SDK v2 client (${mode}) goes from the bare URL to data`, async () => {
      await withAda(async ({ client }) => {
        expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('search_leads');
        const found = await client.callTool({ name: 'search_leads', arguments: { stage: 'won', limit: 2 } });
        expect(found.isError).toBeFalsy();
        expect(found.structuredContent).toMatchObject({ items: [{ stage: 'won' }, { stage: 'won' }] });
      }, mode);
    });
  }

  test('the MCP SDK v1 client works with the same token', async () => {
    await withAda(async ({ oauth }) => {
      const client = new Client2025({ name: 'v1', version: '1.0.0' });
      const headers = { Authorization: `Bearer ${oauth.tokens()?.access_token}` };
      // The v1 package's types predate exactOptionalPropertyTypes.
      await client.connect(new Transport2025(new URL(url), { requestInit: { headers } }));
      const me = await client.callTool({ name: 'whoami', arguments: {} });
      expect(me.structuredContent).toMatchObject({ email: 'ada@acme.example', tenant_id: 'acme' });
      await client.close();
    });
  });

  test('npm run demo ends well', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['demo/client.ts', '--url', url]);
    expect(stdout).toContain('Everything worked as it should.');
  });
});

describe('the certified provider', () => {
  test('someone who cancels there comes back to the client with access_denied', async () => {
    await expect(connect({ url, login: 'cancel' })).rejects.toBeInstanceOf(SignInRefused);
  });

  test('someone whom Nexus does not know is told so', async () => {
    await expect(connect({ url, login: 'mallory@elsewhere.example' })).rejects.toThrow(
      'You don’t have an account here',
    );
  });
});

test('an expired upstream token is renewed behind the call', async () => {
  await withAda(async ({ client }) => {
    await client.callTool({ name: 'get_lead', arguments: { lead_id: 'lead_0001' } });
    const before = await crm('GET', '/__demo/counts');
    await crm('POST', '/__demo/switches', { expire_access_tokens: true });
    const lead = await client.callTool({ name: 'get_lead', arguments: { lead_id: 'lead_0001' } });
    expect(lead.structuredContent).toMatchObject({ id: 'lead_0001' });
    const after = await crm('GET', '/__demo/counts');
    expect(after['refresh']! - before['refresh']!).toBe(1);
    expect(after['reuse_detected']).toBe(0);
  });
});

test('no token, secret or email in clear is in what the servers printed', async () => {
  const secrets = await withAda(async ({ oauth }) => [oauth.tokens()?.access_token, oauth.tokens()?.refresh_token]);
  const own = ['NEXUS_ADMIN_TOKEN', 'IDP_CLIENT_SECRET', 'SESSION_KEY', 'CONSENT_KEY'].map((name) => stack.vars[name]);
  const printed = lines.join('\n');
  expect(printed).toContain('sign_in.identified');
  for (const secret of [...secrets, ...own, 'ada@acme.example']) expect(printed.includes(secret!), secret).toBe(false);
});
