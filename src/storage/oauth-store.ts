// Where the OAuth library keeps its records. It asks for a KV namespace and uses four of its methods, so anything with
// those four can stand in:
// - at the edge: OAUTH_KV, with the operator's pre-registered clients laid over it;
// - in a session's Durable Object: the object's own storage for the session's grant and tokens, which makes
//   redemption atomic and revocation immediate, and the edge's store for everything else (clients, replay markers).
// The grant is also written through to OAUTH_KV, so that it can be listed and cleaned up; nothing decides by that copy,
// and the edge's store doesn't read it: a token that leads to no session's object is as good as one never issued.
// Not guaranteed here: records at the edge (clients, consent and sign-in transactions) are as consistent as KV is.
import { createHash } from 'node:crypto';
import type { PreregisteredClient } from '../config';

interface PutOptions {
  readonly expirationTtl?: number;
  readonly expiration?: number;
  readonly metadata?: unknown;
}

interface ListOptions {
  readonly prefix?: string | null;
  readonly cursor?: string | null;
  readonly limit?: number;
}

/** The part of KVNamespace that the OAuth library uses. */
export interface OAuthStore {
  get(key: string, options?: { type: 'json' | 'text' }): Promise<unknown>;
  put(key: string, value: string, options?: PutOptions): Promise<void>;
  delete(key: string): Promise<void>;
  list(
    options?: ListOptions,
  ): Promise<{ keys: { name: string; metadata?: unknown }[]; list_complete: boolean; cursor?: string }>;
}

/** OAUTH_KV with pre-registered clients, which no registration can overwrite or delete. */
export function edgeStore(kv: KVNamespace, clients: readonly PreregisteredClient[]): OAuthStore {
  const records = new Map(clients.map((client) => [`client:${client.clientId}`, clientRecord(client)]));
  return {
    get: (key, options) => {
      if (isOwn(key)) return Promise.resolve(null);
      const record = records.get(key);
      if (record) return Promise.resolve(options?.type === 'json' ? record : JSON.stringify(record));
      return options?.type === 'json' ? kv.get(key, { type: 'json' }) : kv.get(key);
    },
    put: (key, value, options) => (records.has(key) ? Promise.resolve() : kv.put(key, value, options)),
    delete: (key) => (records.has(key) ? Promise.resolve() : kv.delete(key)),
    list: (options) => kv.list(options),
  };
}

/**
 * Whether a sign-in with this `state` waits for its end, in whatever browser: the library keeps a record until then.
 * For the words of a page only, since KV may be a minute behind.
 */
export async function isSignInUnderWay(kv: KVNamespace, state: string): Promise<boolean> {
  const hash = createHash('sha256').update(state).digest('hex');
  return (await kv.get(`transaction:${hash}`)) !== null;
}

/** The library's own record of a client; a secret is kept as the SHA-256 it compares with. */
function clientRecord(client: PreregisteredClient): Record<string, unknown> {
  const secret = client.clientSecret;
  return {
    clientId: client.clientId,
    clientName: client.clientName,
    redirectUris: client.redirectUris,
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: ['code'],
    tokenEndpointAuthMethod: secret === undefined ? 'none' : 'client_secret_basic',
    ...(secret === undefined ? {} : { clientSecret: createHash('sha256').update(secret).digest('hex') }),
  };
}

/** The store of one session's authorization server, over the object's own SQLite. */
export class GrantShard implements OAuthStore {
  readonly #sql: SqlStorage;
  readonly #edge: OAuthStore;
  readonly #now: () => number;
  readonly #writeThrough: (write: Promise<void>) => void;

  /** @param writeThrough is handed each copy to OAUTH_KV; it must not let one fail the request */
  constructor(sql: SqlStorage, edge: OAuthStore, now: () => number, writeThrough: (write: Promise<void>) => void) {
    this.#sql = sql;
    this.#edge = edge;
    this.#now = now;
    this.#writeThrough = writeThrough;
    sql.exec(
      'CREATE TABLE IF NOT EXISTS oauth_records (key TEXT PRIMARY KEY, value TEXT NOT NULL, metadata TEXT, expires_at INTEGER) STRICT',
    );
  }

  async get(key: string, options?: { type: 'json' | 'text' }): Promise<unknown> {
    if (!isOwn(key)) return this.#edge.get(key, options);
    const row = this.#sql
      .exec<{ value: string }>(
        'SELECT value FROM oauth_records WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)',
        key,
        this.#now(),
      )
      .toArray()[0];
    if (!row) return null;
    return options?.type === 'json' ? (JSON.parse(row.value) as unknown) : row.value;
  }

  async put(key: string, value: string, options: PutOptions = {}): Promise<void> {
    if (!isOwn(key)) return this.#edge.put(key, value, options);
    const ttl = options.expirationTtl === undefined ? null : this.#now() + options.expirationTtl * 1000;
    const expiresAt = options.expiration === undefined ? ttl : options.expiration * 1000;
    const metadata = options.metadata === undefined ? null : JSON.stringify(options.metadata);
    this.#sql.exec(
      'INSERT OR REPLACE INTO oauth_records (key, value, metadata, expires_at) VALUES (?, ?, ?, ?)',
      key,
      value,
      metadata,
      expiresAt,
    );
    if (key.startsWith('grant:')) this.#writeThrough(this.#edge.put(key, value, options));
  }

  async delete(key: string): Promise<void> {
    if (!isOwn(key)) return this.#edge.delete(key);
    this.#sql.exec('DELETE FROM oauth_records WHERE key = ?', key);
    if (key.startsWith('grant:')) this.#writeThrough(this.#edge.delete(key));
  }

  async list(options: ListOptions = {}): ReturnType<OAuthStore['list']> {
    const prefix = options.prefix ?? '';
    if (!isOwn(prefix)) return this.#edge.list(options);
    const rows = this.#sql
      .exec<{ key: string; metadata: string | null }>(
        'SELECT key, metadata FROM oauth_records WHERE substr(key, 1, ?) = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY key',
        prefix.length,
        prefix,
        this.#now(),
      )
      .toArray();
    const keys = rows.map((row) =>
      row.metadata === null ? { name: row.key } : { name: row.key, metadata: JSON.parse(row.metadata) as unknown },
    );
    return { keys, list_complete: true };
  }

  /** When the grant ends, in milliseconds; undefined when there is none (never opened, denied or revoked). */
  grantExpiresAt(): number | undefined {
    const row = this.#sql
      .exec<{ expires_at: number | null }>(
        "SELECT expires_at FROM oauth_records WHERE key LIKE 'grant:%' AND (expires_at IS NULL OR expires_at > ?)",
        this.#now(),
      )
      .toArray()[0];
    return row && (row.expires_at ?? Number.MAX_SAFE_INTEGER);
  }

  /** Digests of the refresh tokens that the grant accepts: the current one, and the one before. */
  refreshTokenDigests(): string[] {
    const row = this.#sql
      .exec<{ value: string }>("SELECT value FROM oauth_records WHERE key LIKE 'grant:%'")
      .toArray()[0];
    if (!row) return [];
    const { refreshTokenId, previousRefreshTokenId } = JSON.parse(row.value) as Partial<Record<string, string>>;
    return [refreshTokenId, previousRefreshTokenId].filter((digest) => digest !== undefined);
  }

  /** Removes the grant and every token of it, here and in OAUTH_KV. */
  clear(): void {
    const grants = this.#sql.exec<{ key: string }>("SELECT key FROM oauth_records WHERE key LIKE 'grant:%'").toArray();
    this.#sql.exec('DELETE FROM oauth_records');
    for (const { key } of grants) this.#writeThrough(this.#edge.delete(key));
  }

  /** Removes what has expired. */
  sweep(): void {
    this.#sql.exec('DELETE FROM oauth_records WHERE expires_at <= ?', this.#now());
  }
}

function isOwn(key: string): boolean {
  return key.startsWith('grant:') || key.startsWith('token:');
}
