// One record of the authorization server (a client, a consent or sign-in transaction, a replay marker, the last good
// copy of a metadata document) in a Durable Object of its own, named by the record's key. Guaranteed:
// - what was written is what is read next, from anywhere, and what was removed is gone everywhere at once;
// - of many that create or take one record at once, exactly one does;
// - past its time a record isn't found any more, and an alarm empties the object;
// - reading what isn't there leaves nothing behind, so invented keys cost no storage.
// Not guaranteed: anything across two records, and the age of the copies of clients in KV (client-record.ts).
import { DurableObject } from 'cloudflare:workers';
import type { Bindings } from '../../config';
import { createLog } from '../../shared/log';
import { ClientRecord } from './client-record';
import type { ClientFace, RecordFace } from './record-stub';

interface Stored {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const RECORD = 'record';

export class OAuthRecord extends DurableObject<Bindings> implements RecordFace, ClientFace {
  readonly #client: ClientRecord;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.#client = new ClientRecord(ctx, env.OAUTH_KV, createLog({}, { object: 'oauth_record' }));
  }

  async read(): Promise<string | null> {
    return this.#stored()?.value ?? null;
  }

  async write(value: string, ttlSeconds: number): Promise<void> {
    const expiresAt = Date.now() + ttlSeconds * 1000;
    this.ctx.storage.kv.put<Stored>(RECORD, { value, expiresAt });
    await this.ctx.storage.setAlarm(expiresAt);
  }

  async create(value: string, ttlSeconds: number): Promise<boolean> {
    if (this.#stored()) return false;
    await this.write(value, ttlSeconds);
    return true;
  }

  async take(): Promise<boolean> {
    if (!this.#stored()) return false;
    // Synchronous, so that nobody else gets in between; the rest only tidies up.
    this.ctx.storage.kv.delete(RECORD);
    await this.#empty();
    return true;
  }

  lookUp(clientId: string): Promise<string | null> {
    return this.#client.lookUp(clientId);
  }

  register(clientId: string, value: string): Promise<void> {
    return this.#client.register(clientId, value);
  }

  remove(clientId: string): Promise<void> {
    return this.#client.remove(clientId);
  }

  removeUnused(clientId: string, day: number): Promise<boolean> {
    return this.#client.removeUnused(clientId, day);
  }

  override async alarm(): Promise<void> {
    const record = this.ctx.storage.kv.get<Stored>(RECORD);
    // Written anew since the alarm was set for it.
    if (record && record.expiresAt > Date.now()) return this.ctx.storage.setAlarm(record.expiresAt);
    if ((await this.#client.keepBooks()) === 'empty') await this.#empty();
  }

  #stored(): Stored | undefined {
    const stored = this.ctx.storage.kv.get<Stored>(RECORD);
    return stored && stored.expiresAt > Date.now() ? stored : undefined;
  }

  /** An empty object costs nothing. */
  async #empty(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }
}
