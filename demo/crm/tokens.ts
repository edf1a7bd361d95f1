// Issues, rotates and checks the CRM's tokens. Only SHA-256 digests are stored. A refresh token works once; a second
// use kills its family, access tokens included. The marking of a refresh token as used is one conditional UPDATE, so
// of two concurrent refreshes exactly one wins, and the other counts as reuse.
import type { Caller, Clock, Role } from './env.ts';
import { CrmError } from './errors.ts';
import { cutToRole } from './roles.ts';
import { count } from './switches.ts';

const refreshTokenLife = 30 * 24 * 3600_000;

export interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly scopes: readonly string[];
}

interface Family {
  readonly id: string;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly scopes: string;
}

/** Starts a family. `ttl` in seconds is the life of the access token. */
export async function issueFirst(
  db: D1Database,
  user: { readonly id: string; readonly tenant_id: string },
  scopes: readonly string[],
  ttl: number,
  now: Clock,
): Promise<TokenAnswer> {
  const family = { id: crypto.randomUUID(), tenant_id: user.tenant_id, user_id: user.id, scopes: scopes.join(' ') };
  const start = db
    .prepare('INSERT INTO token_families (id, tenant_id, user_id, scopes) VALUES (?, ?, ?, ?)')
    .bind(family.id, family.tenant_id, family.user_id, family.scopes);
  return issue(db, family, scopes, ttl, now, [start]);
}

/** Exchanges a refresh token for the next pair. Throws invalid_grant, after killing the family if it was reused. */
export async function rotate(db: D1Database, refreshToken: string, ttl: number, now: Clock): Promise<TokenAnswer> {
  const hash = await digest(refreshToken);
  const used = await db
    .prepare(
      `UPDATE refresh_tokens SET used = 1
       WHERE hash = ?1 AND used = 0 AND expires_at > ?2 AND EXISTS (
         SELECT 1 FROM token_families f JOIN users u ON u.id = f.user_id
         WHERE f.id = family_id AND f.killed = 0 AND u.disabled = 0)
       RETURNING family_id`,
    )
    .bind(hash, now())
    .first<{ family_id: string }>();
  if (!used) {
    await killIfReused(db, hash);
    throw new CrmError('invalid_grant', 'This refresh token is unknown, expired, revoked or already used.');
  }
  const family = await db
    .prepare(
      `SELECT f.id, f.tenant_id, f.user_id, f.scopes, u.role
       FROM token_families f JOIN users u ON u.id = f.user_id WHERE f.id = ?`,
    )
    .bind(used.family_id)
    .first<Family & { role: Role }>();
  if (!family) throw new CrmError('internal', 'A refresh token without a family.');
  return issue(db, family, cutToRole(family.role, split(family.scopes)), ttl, now, []);
}

/** The caller behind an access token; throws invalid_token. A killed family or a disabled user ends it at once. */
export async function authenticate(db: D1Database, accessToken: string | null, now: Clock): Promise<Caller> {
  const row =
    accessToken &&
    (await db
      .prepare(
        `SELECT t.user_id, t.tenant_id, t.scopes, n.name AS tenant_name, u.email, u.name, u.role
         FROM access_tokens t
         JOIN token_families f ON f.id = t.family_id AND f.killed = 0
         JOIN users u ON u.id = t.user_id AND u.tenant_id = t.tenant_id AND u.disabled = 0
         JOIN tenants n ON n.id = t.tenant_id
         WHERE t.hash = ? AND t.expires_at > ?`,
      )
      .bind(await digest(accessToken), now())
      .first<Record<'user_id' | 'tenant_id' | 'scopes' | 'tenant_name' | 'email' | 'name', string> & { role: Role }>());
  if (!row) throw new CrmError('invalid_token', 'The access token is missing, unknown, expired or revoked.');
  return {
    userId: row.user_id,
    tenantId: row.tenant_id,
    tenantName: row.tenant_name,
    email: row.email,
    name: row.name,
    role: row.role,
    scopes: new Set(split(row.scopes)),
  };
}

/** Compares digests, so that the time it takes says nothing about the expected value. */
export async function sameSecret(given: string, expected: string | undefined): Promise<boolean> {
  return !!expected && (await digest(given)) === (await digest(expected));
}

export const bearer = (header: string | undefined): string | null => /^Bearer (\S+)$/i.exec(header ?? '')?.[1] ?? null;

async function issue(
  db: D1Database,
  family: Family,
  scopes: readonly string[],
  ttl: number,
  now: Clock,
  before: readonly D1PreparedStatement[],
): Promise<TokenAnswer> {
  const accessToken = newToken('nxa');
  const refreshToken = newToken('nxr');
  await db.batch([
    ...before,
    db
      .prepare(
        'INSERT INTO access_tokens (hash, family_id, tenant_id, user_id, scopes, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .bind(
        await digest(accessToken),
        family.id,
        family.tenant_id,
        family.user_id,
        scopes.join(' '),
        now() + ttl * 1000,
      ),
    db
      .prepare('INSERT INTO refresh_tokens (hash, family_id, expires_at) VALUES (?, ?, ?)')
      .bind(await digest(refreshToken), family.id, now() + refreshTokenLife),
  ]);
  return { access_token: accessToken, expires_in: ttl, refresh_token: refreshToken, scopes };
}

async function killIfReused(db: D1Database, hash: string): Promise<void> {
  const killed = await db
    .prepare(
      `UPDATE token_families SET killed = 1
       WHERE id IN (SELECT family_id FROM refresh_tokens WHERE hash = ? AND used = 1) RETURNING id`,
    )
    .bind(hash)
    .first();
  if (killed) await count(db, 'auth', 'reuse_detected').run();
}

const split = (scopes: string): string[] => scopes.split(' ').filter(Boolean);

const newToken = (prefix: string): string => `${prefix}_${hex(crypto.getRandomValues(new Uint8Array(32)))}`;

async function digest(value: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(value))));
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
