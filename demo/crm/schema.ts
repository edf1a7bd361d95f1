// The CRM's tables. Every row that belongs to a tenant says so, and tokens are kept as digests only.

export const schema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS tenants (id TEXT PRIMARY KEY, name TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL REFERENCES tenants (id), email TEXT NOT NULL, name TEXT NOT NULL,
    role TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0, UNIQUE (email, tenant_id))`,
  // A family starts at each verify and holds every token that descends from it.
  `CREATE TABLE IF NOT EXISTS token_families (
    id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, user_id TEXT NOT NULL, scopes TEXT NOT NULL,
    killed INTEGER NOT NULL DEFAULT 0)`,
  `CREATE TABLE IF NOT EXISTS refresh_tokens (
    hash TEXT PRIMARY KEY, family_id TEXT NOT NULL, expires_at INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0)`,
  `CREATE TABLE IF NOT EXISTS access_tokens (
    hash TEXT PRIMARY KEY, family_id TEXT NOT NULL, tenant_id TEXT NOT NULL, user_id TEXT NOT NULL,
    scopes TEXT NOT NULL, expires_at INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS leads (
    id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, company TEXT NOT NULL, contact_name TEXT NOT NULL,
    contact_email TEXT NOT NULL, industry TEXT NOT NULL, stage TEXT NOT NULL, owner TEXT NOT NULL,
    value_usd INTEGER NOT NULL, region TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    notes TEXT NOT NULL, close_quarter TEXT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS leads_recent ON leads (tenant_id, updated_at DESC, id)`,
  `CREATE TABLE IF NOT EXISTS customers (
    id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, company TEXT NOT NULL, industry TEXT NOT NULL, region TEXT NOT NULL,
    plan TEXT NOT NULL, mrr_usd INTEGER NOT NULL, health TEXT NOT NULL, owner TEXT NOT NULL, contact_name TEXT NOT NULL,
    contact_email TEXT NOT NULL, phone TEXT NOT NULL, since TEXT NOT NULL, updated_at TEXT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS customers_recent ON customers (tenant_id, updated_at DESC, id)`,
  `CREATE TABLE IF NOT EXISTS tickets (
    id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, subject TEXT NOT NULL, description TEXT NOT NULL,
    status TEXT NOT NULL, priority TEXT NOT NULL, customer_id TEXT, assignee TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS tickets_recent ON tickets (tenant_id, updated_at DESC, id)`,
  `CREATE TABLE IF NOT EXISTS comments (
    id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, ticket_id TEXT NOT NULL, author TEXT NOT NULL, body TEXT NOT NULL,
    created_at TEXT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS comments_of_ticket ON comments (tenant_id, ticket_id, created_at)`,
  `CREATE TABLE IF NOT EXISTS articles (
    slug TEXT NOT NULL, tenant_id TEXT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL, category TEXT NOT NULL,
    body TEXT NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (tenant_id, slug))`,
  `CREATE TABLE IF NOT EXISTS notifications (
    id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL,
    message TEXT NOT NULL, sent_at TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS ids (prefix TEXT PRIMARY KEY, last INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS counters (kind TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (kind, name))`,
  // One row each: what the switches are set to, and the failure still to be acted out.
  `CREATE TABLE IF NOT EXISTS settings (id INTEGER PRIMARY KEY CHECK (id = 1), delay_ms INTEGER NOT NULL, token_ttl INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS failure (
    id INTEGER PRIMARY KEY CHECK (id = 1), path TEXT NOT NULL, status INTEGER NOT NULL, times INTEGER NOT NULL,
    retry_after INTEGER)`,
];
