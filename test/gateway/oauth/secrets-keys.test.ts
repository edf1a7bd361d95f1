// Rotating the credential keys asks nothing of the user: an old key still opens, the first one seals, and a credential
// whose key is gone is obtained anew.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callTool } from '../../support/mcp-client';
import { auditRows, captureLog, leave, pass, SessionProbe, stopClock } from '../../support/session';
import { testVars } from '../../support/vars';
import { World } from '../../support/world';

const [oldKey] = JSON.parse(testVars.CREDENTIAL_KEYS) as [{ id: string; key: string }];
const newKey = { id: 'k2', key: btoa('another-key-of-exactly-32-bytes!') };

let world: World;
let token: string;
let session: SessionProbe;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  const { tokens, sessionId } = await world.signIn();
  token = tokens.access_token;
  session = new SessionProbe(sessionId);
  await session.nextAlarm();
});
afterEach(leave);

/** Deploys with other keys: the object starts anew and finds them in its environment. */
async function deployWith(keys: unknown): Promise<void> {
  await session.evict();
  await session.look((_state, instance) => {
    const { env } = instance as { env: object };
    Object.assign(instance, { env: { ...env, CREDENTIAL_KEYS: JSON.stringify(keys) } });
  });
}

async function leadId(): Promise<unknown> {
  const reply = await callTool(token, 'get_item', { item_id: 'item_0001' });
  await session.answered();
  return reply.body.result.structuredContent?.id;
}

test('with a new key in front, the old credential is used on, and the next one sealed with the new key', async () => {
  await deployWith([newKey, oldKey]);
  expect(await leadId()).toBe('item_0001');
  expect(world.backend.counts()).toMatchObject({ verify: 1, refresh: 0 });
  expect((await session.credential())!.envelope).toMatch(/^v1\.k1\./);
  pass(61_000);
  expect(await leadId()).toBe('item_0001');
  expect(world.backend.counts()).toMatchObject({ verify: 1, refresh: 1 });
  expect((await session.credential())!.envelope).toMatch(/^v1\.k2\./);
});

test.each([
  ['removed', [newKey]],
  ['replaced under the same id', [{ ...newKey, id: oldKey.id }]],
])('with the old key %s, the credential is obtained anew without the user', async (_how, keys) => {
  const log = captureLog();
  await deployWith(keys);
  expect(await leadId()).toBe('item_0001');
  expect(world.backend.counts()).toMatchObject({ verify: 2, refresh: 0, reuse_detected: 0 });
  expect(await session.credential()).toMatchObject({ version: 2 });
  expect(log.some((line) => line.includes('credential.unopenable') && line.includes('key id k1'))).toBe(true);
  await session.nextAlarm();
  expect(await auditRows('credential_refresh')).toMatchObject([{ outcome: 'success', reason: 'verify' }]);
  expect(await leadId()).toBe('item_0001');
  expect(world.backend.counts()).toMatchObject({ verify: 2 });
});

test.each([
  [
    'of another session',
    async (): Promise<string> => {
      const other = new SessionProbe((await world.signIn('grace@globex.example')).sessionId);
      return (await other.credential())!.envelope;
    },
  ],
  [
    'with a flipped bit',
    async () => (await session.credential())!.envelope.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
  ],
  ['that is none', () => Promise.resolve('nonsense')],
])("an envelope %s in the object's storage is not opened but replaced", async (_what, envelope) => {
  const foreign = await envelope();
  await session.evict();
  await session.look(({ storage }) => {
    for (const [key, stored] of storage.kv.list<object>({ prefix: 'credential:' }))
      storage.kv.put(key, { ...stored, envelope: foreign });
  });
  expect(await leadId()).toBe('item_0001');
  expect(await session.credential()).toMatchObject({ version: 2 });
});
