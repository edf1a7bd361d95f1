// A registered client in its object (oauth-record.ts). It stays for as long as it is used; when that was is kept by the
// day, so that a busy client costs one write a day. A copy goes to OAUTH_KV, for one purpose: objects can't be listed,
// and the sweep (oauth/clients/sweep.ts) has to find those nobody uses. The copy nominates, the object decides.
// A client registered before there were such objects is in KV alone; it is taken over when it is first looked up. Copies
// made here are marked by their metadata and never taken over: a removed client doesn't come back from a stale one.
import { messageOf } from '../../shared/errors';
import type { Log } from '../../shared/log';
import { clientKey, dayOf } from './record-stub';

interface Client {
  readonly clientId: string;
  readonly value: string;
  readonly usedOn: number;
  /** The `usedOn` that KV has been told. */
  readonly copiedOn: number | null;
}

/** What the copy in KV carries, so that a list of keys is enough to nominate. */
export interface CopyMetadata {
  readonly usedOn: number;
}

const CLIENT = 'client';
/** When the client was removed. Kept longer than KV may go on showing what it had (a minute, says Cloudflare). */
const REMOVED_AT = 'client:removed-at';
const REMEMBER_REMOVAL_MS = 86_400_000;
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

  async lookUp(clientId: string): Promise<string | null> {
    const client = this.#read() ?? (await this.#takeOver(clientId));
    if (!client) return null;
    const today = dayOf(Date.now());
    if (client.usedOn < today) this.#put({ ...client, usedOn: today });
    return client.value;
  }

  async register(clientId: string, value: string): Promise<void> {
    this.#ctx.storage.kv.delete(REMOVED_AT);
    this.#put({ clientId, value, usedOn: dayOf(Date.now()), copiedOn: null });
  }

  async remove(clientId: string): Promise<void> {
    const { storage } = this.#ctx;
    storage.kv.delete(CLIENT);
    storage.kv.put(REMOVED_AT, Date.now());
    await storage.setAlarm(Date.now() + REMEMBER_REMOVAL_MS);
    await this.#copies.delete(clientKey(clientId));
  }

  async removeUnused(clientId: string, day: number): Promise<boolean> {
    const client = this.#read() ?? (await this.#takeOver(clientId));
    if (client && client.usedOn >= day) {
      // It was nominated, so the copy doesn't say so.
      await this.#copy();
      return false;
    }
    if (client) await this.remove(clientId);
    // A copy that outlived its client.
    else await this.#copies.delete(clientKey(clientId));
    return true;
  }

  /** For the alarm. @returns whether there is still something to keep */
  async keepBooks(): Promise<'kept' | 'empty'> {
    if (this.#read()) {
      await this.#copy();
      return 'kept';
    }
    const removedAt = this.#ctx.storage.kv.get<number>(REMOVED_AT) ?? 0;
    if (removedAt + REMEMBER_REMOVAL_MS <= Date.now()) return 'empty';
    await this.#ctx.storage.setAlarm(removedAt + REMEMBER_REMOVAL_MS);
    return 'kept';
  }

  #read(): Client | undefined {
    return this.#ctx.storage.kv.get<Client>(CLIENT);
  }

  #put(client: Client): void {
    this.#ctx.storage.kv.put(CLIENT, client);
    this.#ctx.waitUntil(this.#copy());
  }

  /** Brings the copy in KV up to date, one write at a time (KV takes one a second); the alarm tries again. */
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
      // Removed while the copy was on its way.
      else await this.#copies.delete(clientKey(clientId));
    } catch (error) {
      this.#log.warn('oauth.copy_failed', { clientId, problem: messageOf(error) });
      await this.#ctx.storage.setAlarm(Date.now() + COPY_RETRY_MS);
    }
  }

  /** A client that only KV knows, from before. */
  async #takeOver(clientId: string): Promise<Client | undefined> {
    const { kv } = this.#ctx.storage;
    if (kv.get(REMOVED_AT) !== undefined) return undefined;
    const { value, metadata } = await this.#copies.getWithMetadata(clientKey(clientId));
    // Registered, taken over or removed meanwhile.
    if (value === null || metadata !== null || this.#read() || kv.get(REMOVED_AT) !== undefined) return this.#read();
    this.#put({ clientId, value, usedOn: dayOf(Date.now()), copiedOn: null });
    return this.#read();
  }
}
