// The OAuth library's store inside one session's object. The grant and tokens of the session are in the object's own
// SQLite, which makes redemption atomic and revocation immediate. Other records come from the store of the edge. The
// grant is also copied to OAUTH_KV, so that it can be listed; nothing decides by that copy.
import { isOfGrant, type ListOptions, type OAuthStore, type PutOptions } from './kv-store';

/** How long an expired token is still known: longer than a call that started in the token's last moment may take. */
const GRACE_MS = 120_000;

/** The records of one session. */
export class GrantShard implements OAuthStore {
  readonly #sql: SqlStorage;
  readonly #edge: OAuthStore;
  readonly #now: () => number;
  readonly #writeThrough: (write: Promise<void>) => void;
  /** When the stored grant ends; 0 when there is none; undefined until it is read again. Every call asks for it. */
  #grantEnds: number | undefined;

  /** @param writeThrough gets each write to OAUTH_KV; a failed write must not fail the request */
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
    if (!isOfGrant(key)) return this.#edge.get(key, options);
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
    if (!isOfGrant(key)) return this.#edge.put(key, value, options);
    const ttl = options.expirationTtl === undefined ? null : this.#now() + options.expirationTtl * 1000;
    const expiresAt = options.expiration === undefined ? ttl : options.expiration * 1000;
    const metadata = options.metadata === undefined ? null : JSON.stringify(options.metadata);
    this.#grantEnds = undefined;
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
    if (!isOfGrant(key)) return this.#edge.delete(key);
    this.#grantEnds = undefined;
    this.#sql.exec('DELETE FROM oauth_records WHERE key = ?', key);
    if (key.startsWith('grant:')) this.#writeThrough(this.#edge.delete(key));
  }

  async list(options: ListOptions = {}): ReturnType<OAuthStore['list']> {
    const prefix = options.prefix ?? '';
    if (!isOfGrant(prefix)) return this.#edge.list(options);
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
    this.#grantEnds ??= this.#lookUpGrant();
    return this.#grantEnds > this.#now() ? this.#grantEnds : undefined;
  }

  /** Digests of the refresh tokens that the grant accepts: the current one and the previous one. */
  refreshTokenDigests(): string[] {
    const row = this.#sql
      .exec<{ value: string }>("SELECT value FROM oauth_records WHERE key LIKE 'grant:%'")
      .toArray()[0];
    if (!row) return [];
    const { refreshTokenId, previousRefreshTokenId } = JSON.parse(row.value) as Partial<Record<string, string>>;
    return [refreshTokenId, previousRefreshTokenId].filter((digest) => digest !== undefined);
  }

  /**
   * Whether an access token was issued and not revoked. One that has just expired counts, so that its last call may
   * finish.
   */
  hasAccessToken(digest: string): boolean {
    const found = this.#sql.exec(
      "SELECT 1 FROM oauth_records WHERE key LIKE 'token:%' AND substr(key, -64) = ?",
      digest,
    );
    return found.toArray().length > 0;
  }

  /**
   * Removes access tokens beyond `max`, the least recently used first.
   * @param usedAt by digest, in milliseconds since the epoch
   */
  limitAccessTokens(max: number, usedAt: (digest: string) => number): void {
    const tokens = this.#sql
      .exec<{ key: string; value: string }>(
        "SELECT key, value FROM oauth_records WHERE key LIKE 'token:%' AND expires_at > ? ORDER BY rowid",
        this.#now(),
      )
      .toArray();
    if (tokens.length <= max) return;
    const lastUsed = ({ key, value }: { key: string; value: string }): number =>
      Math.max((JSON.parse(value) as { createdAt: number }).createdAt * 1000, usedAt(key.slice(-64)));
    // The sort is stable: of tokens with the same time of use, the one that was issued first is removed first.
    const oldest = tokens.toSorted((one, other) => lastUsed(one) - lastUsed(other)).slice(0, tokens.length - max);
    for (const { key } of oldest) this.#sql.exec('DELETE FROM oauth_records WHERE key = ?', key);
  }

  /** Removes the grant and every token of it, here and in OAUTH_KV. */
  clear(): void {
    const grants = this.#sql.exec<{ key: string }>("SELECT key FROM oauth_records WHERE key LIKE 'grant:%'").toArray();
    this.#grantEnds = undefined;
    this.#sql.exec('DELETE FROM oauth_records');
    for (const { key } of grants) this.#writeThrough(this.#edge.delete(key));
  }

  /** Removes expired records. */
  sweep(): void {
    this.#grantEnds = undefined;
    const now = this.#now();
    this.#sql.exec(
      "DELETE FROM oauth_records WHERE expires_at <= CASE WHEN key LIKE 'token:%' THEN ? ELSE ? END",
      now - GRACE_MS,
      now,
    );
  }

  #lookUpGrant(): number {
    const row = this.#sql
      .exec<{ expires_at: number | null }>(
        "SELECT expires_at FROM oauth_records WHERE key LIKE 'grant:%' ORDER BY expires_at DESC NULLS FIRST LIMIT 1",
      )
      .toArray()[0];
    return row ? (row.expires_at ?? Number.MAX_SAFE_INTEGER) : 0;
  }
}
