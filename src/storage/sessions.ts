// Tenants, sessions and credentials in D1, for operators to read. Only the session's Durable Object writes them, so
// each statement is a plain upsert of what the object decided. A batch that D1 carries out late restores nothing: an
// ended session stays ended, and the version of a credential only grows.

export interface SessionRow {
  readonly sessionId: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly userId: string;
  readonly userEmail: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly status: 'active' | 'ended';
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly endReason: string | null;
}

export interface CredentialRow {
  readonly upstream: string;
  /** Sealed; see crypto/seal.ts. */
  readonly envelope: string;
  readonly version: number;
  readonly expiresAt: number;
}

/** Statements that bring a session's rows up to date, for one D1 batch. An ended session keeps no credential. */
export function saveSession(
  db: D1Database,
  session: SessionRow,
  credentials: readonly CredentialRow[],
  now: number,
): D1PreparedStatement[] {
  const tenant = db
    .prepare(
      `INSERT INTO tenants (tenant_id, name, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)
       ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at WHERE name <> excluded.name`,
    )
    .bind(session.tenantId, session.tenantName, now);
  const row = db
    .prepare(
      `INSERT INTO sessions (session_id, tenant_id, user_id, user_email, client_id, scopes, status, created_at, updated_at, ended_at, end_reason)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
       ON CONFLICT (session_id) DO UPDATE SET scopes = excluded.scopes, status = excluded.status, updated_at = excluded.updated_at,
         ended_at = excluded.ended_at, end_reason = excluded.end_reason WHERE status <> 'ended'`,
    )
    .bind(
      session.sessionId,
      session.tenantId,
      session.userId,
      session.userEmail,
      session.clientId,
      session.scopes.join(' '),
      session.status,
      session.createdAt,
      now,
      session.endedAt,
      session.endReason,
    );
  return [
    tenant,
    row,
    ...(session.status === 'ended'
      ? [deleteCredentials(db, session)]
      : credentials.map((item) => saveCredential(db, session, item, now))),
  ];
}

function deleteCredentials(db: D1Database, session: SessionRow): D1PreparedStatement {
  return db
    .prepare('DELETE FROM credentials WHERE session_id = ?1 AND tenant_id = ?2')
    .bind(session.sessionId, session.tenantId);
}

function saveCredential(
  db: D1Database,
  session: SessionRow,
  credential: CredentialRow,
  now: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO credentials (session_id, upstream, tenant_id, envelope, version, expires_at, updated_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM sessions WHERE session_id = ?1 AND status = 'active')
       ON CONFLICT (session_id, upstream) DO UPDATE SET envelope = excluded.envelope, version = excluded.version,
         expires_at = excluded.expires_at, updated_at = excluded.updated_at WHERE excluded.version >= version`,
    )
    .bind(
      session.sessionId,
      credential.upstream,
      session.tenantId,
      credential.envelope,
      credential.version,
      credential.expiresAt,
      now,
    );
}
