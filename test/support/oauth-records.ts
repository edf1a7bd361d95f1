// The objects of the authorization server's records (clients, transactions, …), looked into and pushed around.
import { env } from 'cloudflare:workers';
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { objectsIn } from './objects';
import { clientAt } from '../../src/oauth/store/record-stub';

export class RecordProbe {
  readonly #id: DurableObjectId;

  constructor(key: string | DurableObjectId) {
    this.#id = typeof key === 'string' ? env.OAUTH_RECORDS.idFromName(key) : key;
  }

  stored(): Promise<Record<string, unknown>> {
    return runInDurableObject(this.#stub, (_, { storage }) => Object.fromEntries(storage.kv.list()));
  }

  alarmAt(): Promise<number | null> {
    return runInDurableObject(this.#stub, (_, { storage }) => storage.getAlarm());
  }

  runAlarm(): Promise<boolean> {
    return runDurableObjectAlarm(this.#stub);
  }

  evict(): Promise<void> {
    return evictDurableObject(this.#stub);
  }

  get #stub(): DurableObjectStub {
    return env.OAUTH_RECORDS.get(this.#id);
  }
}

/** Everything that any record's object holds. */
export async function recordsStored(): Promise<Record<string, unknown>[]> {
  const ids = await objectsIn(env.OAUTH_RECORDS);
  const all = await Promise.all(ids.map((id) => new RecordProbe(id).stored()));
  return all.filter((record) => Object.keys(record).length > 0);
}

/** As an operator or the sweep does. */
export function removeClient(clientId: string): Promise<void> {
  return clientAt(env, clientId).remove();
}
