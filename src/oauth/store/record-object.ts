// One record of the authorization server in a Durable Object of its own, named by the record's key. A record is a client,
// a consent or sign-in transaction, a mark of a used assertion, or the last good copy of a metadata document. Guaranteed:
// - a read returns the latest write, from anywhere, and a removed record is gone everywhere at once;
// - when many callers create or take one record at the same time, exactly one succeeds;
// - an expired record isn't found, and an alarm empties the object;
// - reading a record that doesn't exist stores nothing, so invented keys cost no storage.
// Not guaranteed: atomicity across two records, and the age of the copies of clients in KV (client-record.ts).
import { DurableObject } from 'cloudflare:workers';
import type { Bindings } from '../../config';
import { createLog } from '../../shared/log';
import { ClientRecord } from './client-record';
import type { ClientStub, RecordStub } from './record-stub';

interface Stored {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const RECORD = 'record';

export class OAuthRecord extends DurableObject<Bindings> implements RecordStub, ClientStub {
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
    // Deleted synchronously, so that no other caller can take the record as well. The rest only frees storage.
    this.ctx.storage.kv.delete(RECORD);
    await this.#empty();
    return true;
  }

  lookUp(): Promise<string | null> {
    return this.#client.lookUp();
  }

  register(clientId: string, value: string): Promise<void> {
    return this.#client.register(clientId, value);
  }

  async remove(clientId: string): Promise<void> {
    await this.#client.remove(clientId);
    await this.#empty();
  }

  async removeUnused(clientId: string, day: number): Promise<boolean> {
    const isGone = await this.#client.removeUnused(clientId, day);
    if (isGone) await this.#empty();
    return isGone;
  }

  override async alarm(): Promise<void> {
    const record = this.ctx.storage.kv.get<Stored>(RECORD);
    // The record was written again after this alarm was set.
    if (record && record.expiresAt > Date.now()) return this.ctx.storage.setAlarm(record.expiresAt);
    if (!(await this.#client.retryCopy())) await this.#empty();
  }

  #stored(): Stored | undefined {
    const stored = this.ctx.storage.kv.get<Stored>(RECORD);
    return stored && stored.expiresAt > Date.now() ? stored : undefined;
  }

  /** Deletes all storage: the platform doesn't bill an empty object. */
  async #empty(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }
}
