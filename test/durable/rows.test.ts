// What D1 holds about tenants, sessions and credentials: up to date after the alarm, and never back in time.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeyring, type SealContext } from '../../src/crypto/seal';
import { saveSession, type CredentialRow, type SessionRow } from '../../src/storage/sessions';
import { callTool } from '../support/mcp-client';
import { leave, pass, SessionProbe, stopClock } from '../support/session';
import { World } from '../support/world';

let world: World;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
});
afterEach(leave);

const rows = async (table: string) => (await env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1`).all()).results;
const keyring = createKeyring([
  { id: 'k1', bytes: Uint8Array.from('0123456789abcdef0123456789abcdef', (letter) => letter.charCodeAt(0)) },
]);

test('a sign-in is there after the alarm, its credential sealed for it', async () => {
  const start = Date.now();
  const { client, sessionId, tokens } = await world.signIn();
  expect(await rows('sessions')).toEqual([]);
  const session = new SessionProbe(sessionId);
  await session.nextAlarm();
  const flushed = start + 2_000;
  expect(await rows('tenants')).toEqual([
    { tenant_id: 'acme', name: 'Acme Industries', created_at: flushed, updated_at: flushed },
  ]);
  expect(await rows('sessions')).toEqual([
    {
      session_id: sessionId,
      tenant_id: 'acme',
      user_id: 'usr_0001',
      user_email: 'ada@acme.example',
      client_id: client.clientId,
      scopes: tokens.scope,
      status: 'active',
      created_at: start,
      updated_at: flushed,
      ended_at: null,
      end_reason: null,
    },
  ]);
  const [credential] = await rows('credentials');
  expect(credential).toMatchObject({
    session_id: sessionId,
    upstream: 'shelf',
    tenant_id: 'acme',
    version: 1,
    expires_at: start + 60_000,
    updated_at: flushed,
    envelope: (await session.credential())!.envelope,
  });
  const context: SealContext = { tenantId: 'acme', owner: { kind: 'session', id: sessionId }, upstream: 'shelf' };
  expect(JSON.parse(await keyring.open(credential!['envelope'] as string, context))).toMatchObject({
    accessToken: expect.stringMatching(/^sha_/) as string,
    refreshToken: expect.stringMatching(/^shr_/) as string,
  });
});

test('each renewal brings a new version there', async () => {
  const { sessionId, tokens } = await world.signIn();
  const session = new SessionProbe(sessionId);
  for (let version = 1; version <= 4; version += 1) {
    await session.nextAlarm();
    expect(await rows('credentials')).toMatchObject([
      { version, envelope: (await session.credential())!.envelope, updated_at: Date.now() },
    ]);
    pass(61_000);
    await callTool(tokens.access_token, 'get_item', { item_id: 'item_0001' });
  }
  expect(await rows('sessions')).toHaveLength(1);
});

test('two sessions of one user are two rows, and two tenants are apart', async () => {
  for (const email of ['ada@acme.example', 'ada@acme.example', 'grace@globex.example'])
    await new SessionProbe((await world.signIn(email)).sessionId).nextAlarm();
  expect((await rows('sessions')).map((row) => row['tenant_id']).sort()).toEqual(['acme', 'acme', 'globex']);
  expect((await rows('credentials')).map((row) => row['tenant_id']).sort()).toEqual(['acme', 'acme', 'globex']);
  expect(await rows('tenants')).toHaveLength(2);
});

test('a session that is ended before its first alarm is there, ended, and without a credential', async () => {
  const { client, tokens, sessionId } = await world.signIn();
  await client.revoke(tokens.refresh_token);
  await new SessionProbe(sessionId).nextAlarm();
  expect(await rows('sessions')).toMatchObject([
    { status: 'ended', end_reason: 'revoked_by_client', ended_at: expect.any(Number) as number },
  ]);
  expect(await rows('credentials')).toEqual([]);
});

describe('a batch that arrives late', () => {
  const session: SessionRow = {
    sessionId: 's',
    tenantId: 't',
    tenantName: 'Old name',
    userId: 'u',
    userEmail: 'u@t.example',
    clientId: 'c',
    scopes: ['items:read'],
    status: 'active',
    createdAt: 1,
    endedAt: null,
    endReason: null,
  };
  const credential = (version: number): CredentialRow => ({
    upstream: 'shelf',
    envelope: `v${version}`,
    version,
    expiresAt: version,
  });
  const save = (row: SessionRow, credentials: CredentialRow[] = []) =>
    env.DB.batch(saveSession(env.DB, row, credentials, 100));

  test('puts no lower version of a credential over a higher one', async () => {
    await save(session, [credential(2)]);
    await save(session, [credential(1)]);
    expect(await rows('credentials')).toMatchObject([{ version: 2, envelope: 'v2', expires_at: 2 }]);
    await save(session, [credential(3)]);
    expect(await rows('credentials')).toMatchObject([{ version: 3, envelope: 'v3', expires_at: 3 }]);
  });

  test('brings no ended session back to life', async () => {
    await save({ ...session, status: 'ended', endedAt: 50, endReason: 'revoked' });
    await save(session);
    expect(await rows('sessions')).toMatchObject([{ status: 'ended', ended_at: 50, end_reason: 'revoked' }]);
  });

  test("touches no other tenant's session of the same id", async () => {
    await save(session, [credential(1)]);
    await save({ ...session, tenantId: 'other', status: 'ended', endedAt: 1, endReason: 'x' }).catch(() => undefined);
    expect(await rows('credentials')).toHaveLength(1);
  });

  test('a tenant that was renamed has its new name', async () => {
    await save(session);
    await env.DB.batch(saveSession(env.DB, { ...session, tenantName: 'New name' }, [], 200));
    await env.DB.batch(saveSession(env.DB, { ...session, tenantName: 'New name' }, [], 300));
    expect(await rows('tenants')).toEqual([{ tenant_id: 't', name: 'New name', created_at: 100, updated_at: 200 }]);
  });
});
