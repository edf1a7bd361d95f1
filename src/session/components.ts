// Builds the components of a session's object over its storage, and connects them.
import type { RequestIds } from '../audit/event';
import { clientDirectory, type ClientDirectory } from '../oauth/clients/directory';
import { KEEP_SECONDS } from '../oauth/clients/documents';
import { parseConfig, type Bindings, type Config } from '../config';
import type { ScopeCatalogue } from '../define/scopes';
import { createLog, type Log } from '../shared/log';
import { GrantShard } from '../oauth/store/grant-store';
import type { VerifyResult } from '../upstream/credential';
import { createGrantServer, type GrantServer } from '../oauth/grant/server';
import { createCredentials, type Credentials } from './credentials';
import { AuditTrail } from './audit-trail';
import { endOf, isAlive, type LifeSigns, type SessionEnd } from './lifetime';
import type { ActiveRecord, RecordStore, SessionRecord } from './record';
import { RefreshTokenReuse } from '../oauth/grant/refresh-token-reuse';
import type { SessionSettings } from './settings';
import { StepUps } from './step-up';

export interface SessionComponents {
  readonly config: Config;
  readonly scopes: ScopeCatalogue;
  readonly log: Log;
  readonly records: RecordStore;
  readonly shard: GrantShard;
  readonly clients: ClientDirectory;
  readonly grantServer: GrantServer;
  readonly credentials: Credentials;
  readonly auditTrail: AuditTrail;
  /** Asks the backend for the session's user, with the scopes consented to. */
  readonly verify: (ids: RequestIds) => Promise<VerifyResult>;
  readonly refreshReuse: RefreshTokenReuse;
  readonly stepUps: StepUps;
}

export interface ComponentEvents {
  renewed(): void;
  denied(reason: string, ids: RequestIds): void;
}

/** When the alarm has something to do: the next batch to D1, a kept answer to remove, the end of the session. */
export function nextDue(parts: SessionComponents): number {
  const times = [parts.auditTrail.nextDue(), parts.refreshReuse.nextDue(), endOfSession(parts)?.at];
  return Math.min(...times.filter((time) => time !== undefined));
}

/** When and why the session ends by itself; undefined when it has ended, or there is none. */
export function endOfSession(parts: Pick<SessionComponents, 'shard' | 'records'>): SessionEnd | undefined {
  const record = parts.records.read();
  return record && record.status !== 'ended' ? endOf(record.lifetime, lifeSigns(parts, record)) : undefined;
}

/** The record of the session as long as its tokens are good. @param parts are built only for a session that is there */
export function activeRecord(
  records: RecordStore,
  parts: () => Pick<SessionComponents, 'shard' | 'records'>,
  now: number,
): ActiveRecord | undefined {
  const record = records.read();
  if (!record?.user || record.status !== 'active') return undefined;
  return isAlive(record.lifetime, () => lifeSigns(parts(), record), now) ? { ...record, user: record.user } : undefined;
}

/** What the end of a session depends on, as its object knows it. */
function lifeSigns(
  { shard, records }: Pick<SessionComponents, 'shard' | 'records'>,
  { status }: Pick<SessionRecord, 'status'>,
): LifeSigns {
  return { status, grantEndsAt: shard.grantExpiresAt(), usedAt: records.usedAt() };
}

export function buildComponents(
  ctx: DurableObjectState,
  env: Bindings,
  settings: SessionSettings,
  records: RecordStore,
  events: ComponentEvents,
): SessionComponents {
  const config = parseConfig(env, ...settings.upstreams);
  const log = createLog(config.log, { object: 'session' });
  const { storage } = ctx;
  const { now } = settings;

  const copies = (write: Promise<void>): void =>
    ctx.waitUntil(write.catch((error: unknown) => log.warn('oauth.copy_failed', { problem: error })));
  const clients = clientDirectory(env, config, KEEP_SECONDS.session);
  const shard = new GrantShard(storage.sql, clients.store, now, copies);

  const credentials = createCredentials({
    config,
    settings,
    records,
    kv: storage.kv,
    log,
    note: (outcome, ids, details) => auditTrail.note('credential_refresh', outcome, ids, details),
    events,
  });

  const auditTrail = new AuditTrail({
    sql: storage.sql,
    db: env.DB,
    records,
    credentials: () => credentials.rows(),
    log,
    now,
  });
  const { readsChallengeInResult, scopes } = settings;
  return {
    config,
    scopes,
    log,
    records,
    shard,
    clients,
    credentials,
    verify: credentials.verify,
    grantServer: createGrantServer((resource) => settings.authorizationServer(config, resource), records, shard, ctx),
    auditTrail,
    refreshReuse: new RefreshTokenReuse({
      kv: storage.kv,
      live: () => shard.refreshTokenDigests(),
      hasAccessToken: (digest) => shard.hasAccessToken(digest),
      now,
    }),
    stepUps: new StepUps({ kv: storage.kv, auditTrail, now, readsChallengeInResult }),
  };
}
