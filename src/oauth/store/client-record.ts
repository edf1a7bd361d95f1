// A registered client in its object (record-object.ts). The object stores the day of the last use, so a busy client costs
// one write a day. It also puts a copy into OAUTH_KV, because objects can't be listed: the sweep (oauth/clients/sweep.ts)
// finds unused clients by their copies, and the object decides. Nothing is ever restored from a copy, so a removed client
// stays removed however old the copies are that KV still shows.
import { messageOf } from '../../shared/errors';
import type { Log } from '../../shared/log';
import { clientKey, dayOf } from './record-stub';

interface Client {
  readonly clientId: string;
  readonly value: string;
  readonly usedOn: number;
  /** The `usedOn` of the latest copy in KV; null before the first copy. */
  readonly copiedOn: number | null;
}

/** Metadata of the copy in KV. A list returns it with the key, so the sweep reads no values. */
export interface CopyMetadata {
  readonly usedOn: number;
}

const CLIENT = 'client';
/** KV takes one write a second for a key, so a failed copy can wait. */
const COPY_RETRY_MS = 300_000;

export class ClientRecord {
  readonly #ctx: DurableObjectState;
  readonly #copies: KVNamespace;
  readonly #log: Log;
  #copying: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, copies: KVNamespace, log: Log) {
    this.#ctx = ctx;
    this.#copies = copies;
    this.#log = log;
  }

  async lookUp(): Promise<string | null> {
    const client = this.#read();
    if (!client) return null;
    const today = dayOf(Date.now());
    if (client.usedOn < today) this.#put({ ...client, usedOn: today });
    return client.value;
  }

  async register(clientId: string, value: string): Promise<void> {
    this.#put({ clientId, value, usedOn: dayOf(Date.now()), copiedOn: null });
  }

  async remove(clientId: string): Promise<void> {
    this.#ctx.storage.kv.delete(CLIENT);
    await this.#copies.delete(clientKey(clientId));
  }

  async removeUnused(clientId: string, day: number): Promise<boolean> {
    const client = this.#read();
    if (client && client.usedOn >= day) {
      // The sweep asked because the copy shows an earlier day.
      await this.#copy();
      return false;
    }
    // Without a client, this deletes a copy that outlived its client.
    await this.remove(clientId);
    return true;
  }

  /** Repeats a failed copy, for the alarm. @returns whether the object holds a client */
  async retryCopy(): Promise<boolean> {
    const isRegistered = this.#read() !== undefined;
    if (isRegistered) await this.#copy();
    return isRegistered;
  }

  #read(): Client | undefined {
    return this.#ctx.storage.kv.get<Client>(CLIENT);
  }

  #put(client: Client): void {
    this.#ctx.storage.kv.put(CLIENT, client);
    this.#ctx.waitUntil(this.#copy());
  }

  /** Brings the copy in KV up to date, one write at a time. After a failure the alarm tries again. */
  #copy(): Promise<void> {
    this.#copying ??= this.#copyOnce().finally(() => (this.#copying = undefined));
    return this.#copying;
  }

  async #copyOnce(): Promise<void> {
    const client = this.#read();
    if (!client || client.copiedOn === client.usedOn) return;
    const { clientId, value, usedOn } = client;
    try {
      await this.#copies.put(clientKey(clientId), value, { metadata: { usedOn } satisfies CopyMetadata });
      const now = this.#read();
      if (now) this.#ctx.storage.kv.put<Client>(CLIENT, { ...now, copiedOn: usedOn });
      // The client was removed while this copy was being written.
      else await this.#copies.delete(clientKey(clientId));
    } catch (error) {
      this.#log.warn('oauth.copy_failed', { clientId, problem: messageOf(error) });
      await this.#ctx.storage.setAlarm(Date.now() + COPY_RETRY_MS);
    }
  }
}
