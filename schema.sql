-- The gateway's system of record, whole and idempotent: running it again changes nothing.
-- Times are milliseconds since the epoch. Every row a tenant owns carries its tenant_id.

CREATE TABLE IF NOT EXISTS tenants (
  tenant_id  TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- One user's authorization of one client for one tenant. Written by the session's Durable Object, which decides;
-- this row is what operators read.
CREATE TABLE IF NOT EXISTS sessions (
  session_id  TEXT PRIMARY KEY,
  tenant_id   TEXT NOT NULL REFERENCES tenants (tenant_id),
  user_id     TEXT NOT NULL,
  user_email  TEXT NOT NULL,
  client_id   TEXT NOT NULL,
  scopes      TEXT NOT NULL, -- space-separated, as granted at the latest token issue
  status      TEXT NOT NULL CHECK (status IN ('active', 'ended')),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  ended_at    INTEGER,
  end_reason  TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_by_tenant ON sessions (tenant_id, user_id, status);

-- An upstream token set, sealed (crypto/seal.ts). The key id stands in the envelope.
CREATE TABLE IF NOT EXISTS credentials (
  session_id TEXT NOT NULL REFERENCES sessions (session_id),
  upstream   TEXT NOT NULL,
  tenant_id  TEXT NOT NULL REFERENCES tenants (tenant_id),
  envelope   TEXT NOT NULL,
  version    INTEGER NOT NULL, -- grows with each refresh
  expires_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, upstream)
) STRICT;
CREATE INDEX IF NOT EXISTS credentials_by_tenant ON credentials (tenant_id);

-- Who did what, through which client, and how it ended. Rows are only ever inserted, once per event_id.
-- tenant_id is null only for events before a user's tenant is known (a sign-in that failed).
CREATE TABLE IF NOT EXISTS audit_events (
  event_id         TEXT PRIMARY KEY,
  occurred_at      INTEGER NOT NULL,
  action           TEXT NOT NULL,
  outcome          TEXT NOT NULL CHECK (outcome IN ('success', 'refused', 'error', 'unknown')),
  reason           TEXT,
  tenant_id        TEXT,
  user_id          TEXT,
  user_email       TEXT,
  client_id        TEXT,
  session_id       TEXT,
  tool             TEXT,
  upstream         TEXT,
  arguments_digest TEXT, -- keyed digest; never the values
  duration_ms      INTEGER,
  request_id       TEXT NOT NULL,
  trace_id         TEXT NOT NULL,
  recorded_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS audit_by_tenant ON audit_events (tenant_id, occurred_at);
CREATE INDEX IF NOT EXISTS audit_by_session ON audit_events (session_id, occurred_at);

-- What was decided once, at the deployment's first start: data_jurisdiction, where its data may be, or none
-- (storage/jurisdiction.ts). A change of the variable doesn't move data, so the gateway refuses it.
CREATE TABLE IF NOT EXISTS deployment (
  setting    TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  decided_at INTEGER NOT NULL
) STRICT;

-- Who sent a token request, by event: the network as CIDR, and the User-Agent header, which is the sender's own claim.
CREATE TABLE IF NOT EXISTS audit_senders (
  event_id   TEXT PRIMARY KEY,
  network    TEXT,
  user_agent TEXT
) STRICT;
