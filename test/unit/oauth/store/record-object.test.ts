// The object of one record, asked as the stores ask it.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clientAt, dayOf, recordAt } from '../../../../src/oauth/store/record-stub';
import { catchLogs } from '../../../support/logs';
import { RecordProbe, recordsStored } from '../../../support/oauth-records';
import { pass, stopClock } from '../../../support/session';
import { World } from '../../../support/world';

const DAY = 86_400_000;
beforeEach(async () => {
  await World.begin();
  stopClock();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('a record', () => {
  const record = recordAt(env, 'test:1');
  const probe = new RecordProbe('test:1');

  test('is what was written last, also after an eviction', async () => {
    await record.write('one', 60);
    await record.write('two', 60);
    await probe.evict();
    expect(await record.read()).toBe('two');
    expect(await recordAt(env, 'test:2').read()).toBeNull();
  });

  test('is not found past its time, and its alarm leaves nothing behind', async () => {
    await record.write('value', 60);
    pass(59_999);
    expect(await record.read()).toBe('value');
    pass(1);
    expect(await record.read()).toBeNull();
    expect(await record.take()).toBe(false);
    expect(await probe.runAlarm()).toBe(true);
    expect(await probe.stored()).toEqual({});
    expect(await probe.alarmAt()).toBeNull();
  });

  test('lives on when it was written anew before its alarm', async () => {
    await record.write('value', 60);
    pass(50_000);
    await record.write('value', 60);
    pass(20_000);
    await probe.runAlarm();
    expect(await record.read()).toBe('value');
    expect(await probe.alarmAt()).toBe(Date.now() + 40_000);
  });

  test('is taken by one of many, and created by one of many', async () => {
    const count = async (ask: () => Promise<boolean>): Promise<number> =>
      (await Promise.all(Array.from({ length: 20 }, ask))).filter(Boolean).length;
    expect(await count(() => record.create('value', 60))).toBe(1);
    expect(await count(() => record.take())).toBe(1);
    expect(await count(() => record.take())).toBe(0);
    expect(await probe.stored()).toEqual({});
  });

  test('that nobody wrote leaves nothing behind when it is read', async () => {
    await record.read();
    await clientAt(env, 'AAAAAAAAAAAAAAAA').lookUp();
    expect(await recordsStored()).toEqual([]);
    expect(await probe.alarmAt()).toBeNull();
  });
});

describe('a client', () => {
  const id = 'CCCCCCCCCCCCCCCC';
  const key = `client:${id}`;
  const client = clientAt(env, id);
  const copy = () => env.OAUTH_KV.getWithMetadata<{ usedOn: number }>(key);
  const copied = (usedOn: number) => vi.waitFor(async () => expect((await copy()).metadata).toEqual({ usedOn }));

  test('has a copy in KV that says when it was used, by the day', async () => {
    const put = vi.spyOn(Object.getPrototypeOf(env.OAUTH_KV) as KVNamespace, 'put');
    const first = dayOf(Date.now());
    await client.register('{"a":1}');
    await copied(first);
    for (let n = 0; n < 5; n += 1) expect(await client.lookUp()).toBe('{"a":1}');
    expect(put).toHaveBeenCalledTimes(1);
    pass(DAY);
    for (let n = 0; n < 5; n += 1) await client.lookUp();
    await copied(first + 1);
    expect(put).toHaveBeenCalledTimes(2);
  });

  test('is there at once although the copy failed, and the alarm sees to the copy', async () => {
    const logs = catchLogs();
    const put = vi.spyOn(Object.getPrototypeOf(env.OAUTH_KV) as KVNamespace, 'put').mockRejectedValue(new Error('429'));
    await client.register('{"a":1}');
    expect(await client.lookUp()).toBe('{"a":1}');
    await vi.waitFor(() => expect(logs.of('oauth.copy_failed')).toMatchObject([{ clientId: id, problem: '429' }]));
    put.mockRestore();
    expect(await new RecordProbe(key).runAlarm()).toBe(true);
    await copied(dayOf(Date.now()));
  });

  test('that is removed is gone with its copy, and its object is empty', async () => {
    await client.register('{"a":1}');
    await copied(dayOf(Date.now()));
    await client.remove();
    expect(await client.lookUp()).toBeNull();
    expect((await copy()).value).toBeNull();
    const probe = new RecordProbe(key);
    expect(await probe.stored()).toEqual({});
    expect(await probe.alarmAt()).toBeNull();
  });

  test('is removed for disuse only by what its object knows', async () => {
    await client.register('{"a":1}');
    const today = dayOf(Date.now());
    expect(await client.removeUnused(today)).toBe(false);
    expect(await client.lookUp()).toBe('{"a":1}');
    expect(await client.removeUnused(today + 1)).toBe(true);
    expect(await client.lookUp()).toBeNull();
  });
});
