// Switches and counters for tests, kept in D1 so that every isolate agrees on them.
// `arrive` runs first for every request of the API: it counts it, and says what is to be acted out.
import { z } from 'zod';
import { emailAddress } from './input.ts';

export const switchesShape = z.strictObject({
  delay_ms: z.number().int().min(0).max(60_000).optional(),
  fail: z
    .strictObject({
      path: z.string().startsWith('/'),
      status: z.number().int().min(400).max(599),
      times: z.number().int().min(1).default(1),
      retry_after: z.number().int().min(0).optional(),
    })
    .nullish(),
  disable_user: emailAddress.optional(),
  enable_user: emailAddress.optional(),
  token_ttl: z.number().int().min(1).max(86_400).optional(),
  expire_access_tokens: z.boolean().optional(),
  revoke_access_tokens: z.boolean().optional(),
});

export interface Arrival {
  readonly delayMs: number;
  /** Seconds that access tokens issued now live. */
  readonly tokenTtl: number;
  readonly failure: { readonly status: number; readonly retry_after: number | null } | null;
}

export async function arrive(db: D1Database, method: string, path: string): Promise<Arrival> {
  const counted = path.startsWith('/v1/')
    ? count(db, 'data', `${method} ${path}`)
    : count(db, 'auth', path.replace('/auth/', ''));
  const [settings, failure] = await db.batch([
    db.prepare('SELECT delay_ms, token_ttl FROM settings'),
    db
      .prepare(
        `UPDATE failure SET times = times - 1 WHERE times > 0 AND substr(?, 1, length(path)) = path
         RETURNING status, retry_after`,
      )
      .bind(path),
    counted,
  ]);
  const set = settings?.results[0] as { delay_ms: number; token_ttl: number };
  return {
    delayMs: set.delay_ms,
    tokenTtl: set.token_ttl,
    failure: (failure?.results[0] as Arrival['failure'] | undefined) ?? null,
  };
}

export function count(db: D1Database, kind: 'auth' | 'data', name: string): D1PreparedStatement {
  return db
    .prepare('INSERT INTO counters (kind, name, n) VALUES (?, ?, 1) ON CONFLICT (kind, name) DO UPDATE SET n = n + 1')
    .bind(kind, name);
}

export async function setSwitches(db: D1Database, switches: z.output<typeof switchesShape>, now: number) {
  const { delay_ms, fail, disable_user, enable_user, token_ttl } = switches;
  const disable = (email: string, disabled: number) =>
    db.prepare('UPDATE users SET disabled = ? WHERE email = ?').bind(disabled, email);
  const changes: D1PreparedStatement[] = [];
  if (delay_ms !== undefined) changes.push(db.prepare('UPDATE settings SET delay_ms = ?').bind(delay_ms));
  if (token_ttl !== undefined) changes.push(db.prepare('UPDATE settings SET token_ttl = ?').bind(token_ttl));
  if (fail !== undefined) changes.push(db.prepare('DELETE FROM failure'));
  if (fail) {
    changes.push(
      db
        .prepare('INSERT INTO failure (id, path, status, times, retry_after) VALUES (1, ?, ?, ?, ?)')
        .bind(fail.path, fail.status, fail.times, fail.retry_after ?? null),
    );
  }
  if (disable_user) changes.push(disable(disable_user, 1));
  if (enable_user) changes.push(disable(enable_user, 0));
  if (switches.expire_access_tokens) changes.push(db.prepare('UPDATE access_tokens SET expires_at = ?').bind(now));
  if (switches.revoke_access_tokens) changes.push(db.prepare('DELETE FROM access_tokens'));
  if (changes.length > 0) await db.batch(changes);
}

export async function readCounts(db: D1Database) {
  const { results } = await db
    .prepare('SELECT kind, name, n FROM counters ORDER BY name')
    .all<{ kind: string; name: string; n: number }>();
  const auth = Object.fromEntries(results.filter((row) => row.kind === 'auth').map((row) => [row.name, row.n]));
  const data = results.filter((row) => row.kind === 'data');
  return {
    verify: auth['verify'] ?? 0,
    refresh: auth['refresh'] ?? 0,
    reuse_detected: auth['reuse_detected'] ?? 0,
    data: data.reduce((sum, row) => sum + row.n, 0),
    by_path: Object.fromEntries(data.map((row) => [row.name, row.n])),
  };
}

export async function resetSwitches(db: D1Database): Promise<void> {
  await db.batch([
    db.prepare('UPDATE settings SET delay_ms = 0, token_ttl = 60'),
    db.prepare('UPDATE users SET disabled = 0'),
    db.prepare('DELETE FROM failure'),
    db.prepare('DELETE FROM counters'),
  ]);
}
