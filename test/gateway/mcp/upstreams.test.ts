// A definition of two upstreams through the whole gateway. Shelf vouches for the user; the second one takes a key that
// the definition's own function hands out. Each tool reaches the upstream that it names, with that one's credential only.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createKeyring } from '../../../src/crypto/seal';
import { path } from '../../../src/define/api';
import type { CredentialRequest, ObtainedCredential } from '../../../src/define/credential';
import { defineGateway } from '../../../src/define/gateway';
import { defineUpstream } from '../../../src/define/upstream';
import { createGateway } from '../../../src/gateway';
import { product } from '../../product/definition';
import { tool } from '../../support/definition';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { auditRows, leave, SessionProbe, stopClock } from '../../support/session';
import { World } from '../../support/world';

const KEY = 'service-key-of-the-billing-api';
const vars = { BILLING_URL: 'https://billing.example/api', BILLING_KEY: KEY };
const done = { structured: {}, markdown: 'done' };

let world: World;
let logs: Logs;
let asked: CredentialRequest[];
let obtain: (request: CredentialRequest) => Promise<ObtainedCredential>;
/** What reached either API, as `host: bearer`. */
let reached: string[];
/** Headers that the definition sets for each request to the billing API. */
let versions: (string | null)[];
/** The billing API's answer. */
let answer: () => Response;
let token: string;
let session: SessionProbe;

const billing = defineUpstream({
  name: 'billing',
  title: 'Billing',
  baseUrl: { variable: 'BILLING_URL' },
  headers: { 'X-Api-Version': '3' },
  credential: {
    strategy: 'custom',
    owner: 'tenant',
    secrets: { key: 'BILLING_KEY' },
    obtain: (request) => {
      asked.push(request);
      return obtain(request);
    },
  },
});

const definition = defineGateway({
  ...product,
  upstreams: [billing],
  tools: [
    tool({
      name: 'read_lead',
      upstream: 'default',
      run: async (_input, { api }) => {
        await api.get(path`/v1/items/${'item_0001'}`, z.unknown());
        return done;
      },
    }),
    tool({
      name: 'read_invoice',
      upstream: billing,
      run: async (_input, { api }) => {
        await api.get(path`/invoices/${'inv_1'}`, z.object({}));
        return done;
      },
    }),
    tool({
      name: 'delete_invoice',
      upstream: billing,
      hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
      run: async (_input, { api }) => {
        await api.delete(path`/invoices/${'inv_1'}`);
        return done;
      },
    }),
  ],
});

beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  stopClock();
  asked = [];
  reached = [];
  versions = [];
  obtain = async ({ secrets }) => ({ kind: 'granted', accessToken: secrets['key'] ?? '', expiresInSeconds: 60 });
  answer = () => Response.json({});
  world.intercept = (request) => {
    const { host, pathname } = new URL(request.url);
    const bearer = request.headers.get('Authorization')?.replace(/^Bearer /, '') ?? '';
    if (pathname.startsWith('/v1/')) reached.push(`${host}: ${bearer.slice(0, 4)}`);
    if (host !== 'billing.example') return undefined;
    reached.push(`${host}: ${bearer}`);
    versions.push(request.headers.get('X-Api-Version'));
    return answer();
  };
  useGateway(otherGateway(vars, definition));
  const { tokens, sessionId } = await world.signIn();
  token = tokens.access_token;
  session = new SessionProbe(sessionId);
});
afterEach(async () => {
  await leave();
  expectNoSecret();
});

function expectNoSecret(): void {
  expect(logs.text()).not.toContain(KEY);
}

const call = async (name: string) => {
  const { status, body } = await callTool(token, name);
  return { status, ...(body?.result as { isError?: boolean; content: { text: string }[] }) };
};
const ITEM = 'api.example: sha_';
const INVOICE = `billing.example: ${KEY}`;

test('each tool reaches its own upstream, with the credential of that one, also when it begins early', async () => {
  for (const name of ['read_lead', 'read_invoice', 'read_invoice', 'read_lead', 'read_lead', 'delete_invoice'])
    expect((await call(name)).content[0]?.text, name).toBe('done');
  expect(reached).toEqual([ITEM, INVOICE, INVOICE, ITEM, ITEM, INVOICE]);
  expect(versions).toEqual(['3', '3', '3']);
  expect(world.sent).toContain('DELETE billing.example/api/invoices/inv_1');
});

test('a credential is obtained when it is first needed, once for many calls, and again when it runs out', async () => {
  await call('read_lead');
  expect(asked).toEqual([]);
  await Promise.all(Array.from({ length: 8 }, () => call('read_invoice')));
  expect(asked).toHaveLength(1);
  expect(reached.filter((one) => one === INVOICE)).toHaveLength(8);
  world.advance(60_000);
  await call('read_invoice');
  expect(asked).toHaveLength(2);
});

test('the function is told for whom, for what and with which secrets, and nothing else', async () => {
  await call('read_invoice');
  const { signal, scopes, ...about } = asked[0]!;
  expect(signal).toBeInstanceOf(AbortSignal);
  expect(scopes).toContain('items:read');
  expect(about).toEqual({
    user: {
      userId: expect.any(String) as string,
      tenantId: 'acme',
      email: 'ada@acme.example',
      issuer: 'https://idp.example',
      subject: expect.any(String) as string,
    },
    baseUrl: vars.BILLING_URL,
    secrets: { key: KEY },
  });
});

test('it is sealed to its owner and its upstream, beside the first one', async () => {
  await call('read_invoice');
  const { envelope } = (await session.stored())['credential:billing'] as { envelope: string };
  const keyring = createKeyring([
    {
      id: 'k1',
      bytes: Uint8Array.from(atob('MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='), (one) => one.charCodeAt(0)),
    },
  ]);
  const context = { tenantId: 'acme', owner: { kind: 'tenant', id: 'acme' }, upstream: 'billing' } as const;
  expect(await keyring.open(envelope, context)).toContain(KEY);
  await expect(keyring.open(envelope, { ...context, upstream: 'shelf' })).rejects.toThrow();
  await expect(keyring.open(envelope, { ...context, owner: { kind: 'person', id: 'acme' } })).rejects.toThrow();
  expect(JSON.stringify(await session.stored())).not.toContain(KEY);
});

describe('an upstream that fails costs its own tools only', () => {
  const expectNexusWorks = async (): Promise<void> => {
    expect(await call('read_lead')).toMatchObject({ status: 200, content: [{ text: 'done' }] });
  };

  test('where it has no access for this user', async () => {
    obtain = async () => ({ kind: 'denied', reason: 'no_seat' });
    const refused = await call('read_invoice');
    expect(refused).toMatchObject({ status: 200, isError: true });
    expect(refused.content[0]?.text).toMatch(/^Billing does not give you access\./);
    expect((await call('read_invoice')).isError).toBe(true);
    expect(asked).toHaveLength(1);
    expect(reached).toEqual([]);
    await expectNexusWorks();
    world.advance(60_000);
    obtain = async () => ({ kind: 'granted', accessToken: KEY, expiresInSeconds: 60 });
    expect((await call('read_invoice')).content[0]?.text).toBe('done');
  });

  test('where it refuses every credential', async () => {
    answer = () => new Response(null, { status: 401 });
    const refused = await call('read_invoice');
    expect(refused).toMatchObject({ status: 200, isError: true });
    expect(refused.content[0]?.text).toMatch(/^Billing does not give you access\./);
    expect(reached).toEqual([INVOICE, INVOICE]);
    expect(asked).toHaveLength(2);
    await expectNexusWorks();
  });

  test.each<[string, () => Promise<ObtainedCredential>]>([
    ['cannot be asked now', async () => ({ kind: 'unavailable', reason: 'down' })],
    ['answers with nonsense', async () => ({ kind: 'granted', accessToken: '', expiresInSeconds: 60 })],
    ['throws', () => Promise.reject(new Error(`${KEY} was refused`))],
  ])('where its strategy %s', async (_name, result) => {
    obtain = result;
    const refused = await call('read_invoice');
    expect(refused).toMatchObject({ status: 200, isError: true });
    expect(refused.content[0]?.text).toMatch(/^Billing could not be reached .* Try again in \d+ seconds\.$/);
    await expectNexusWorks();
  });
});

test('what happened is on record, under the upstream’s name', async () => {
  await call('read_invoice');
  await session.answered();
  world.advance(60_000);
  // The alarm of the object as this definition has it.
  const { Session } = createGateway(definition);
  await session.look((state) => new Session(state, { ...env, ...vars }).alarm?.());
  const [renewal] = await auditRows('credential_refresh');
  expect(renewal).toMatchObject({ outcome: 'success', reason: 'custom', upstream: 'billing', tenant_id: 'acme' });
  expect((await auditRows('tool_call'))[0]).toMatchObject({ tool: 'read_invoice', upstream: 'billing' });
  const { results } = await env.DB.prepare('SELECT upstream FROM credentials ORDER BY upstream').all();
  expect(results).toEqual([{ upstream: 'billing' }, { upstream: 'shelf' }]);
});
