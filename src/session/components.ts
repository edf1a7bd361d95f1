// The parts of a session's object, built over its storage and wired to each other.
import type { RequestIds } from '../audit/event';
import { clientDirectory, type ClientDirectory } from '../oauth/clients/directory';
import { KEEP_SECONDS } from '../oauth/clients/documents';
import { parseConfig, type Bindings, type Config } from '../config';
import type { ScopeCatalogue } from '../define/scopes';
import { createLog, type Log } from '../shared/log';
import { GrantShard } from '../oauth/store/grant-store';
import type { VerifyResult } from '../upstream/credential';
import { createAuthority, type Authority } from '../oauth/grant/server';
import type { CredentialKeeper } from './credential-manager';
import { createCredentials, type Credentials } from './credentials';
import { Journal } from './audit-trail';
import type { RecordStore } from './record';
import { RefreshFamily } from '../oauth/grant/refresh-token-reuse';
import type { SessionSettings } from './settings';
import { StepUps } from './step-up';

export interface SessionParts {
  readonly config: Config;
  readonly scopes: ScopeCatalogue;
  readonly log: Log;
  readonly records: RecordStore;
  readonly shard: GrantShard;
  readonly clients: ClientDirectory;
  readonly authority: Authority;
  readonly credentials: Credentials;
  /** Of the first upstream. */
  readonly keeper: CredentialKeeper;
  readonly journal: Journal;
  /** Asks the backend for the session's user, with the scopes consented to. */
  readonly verify: (ids: RequestIds) => Promise<VerifyResult>;
  readonly family: RefreshFamily;
  readonly stepUps: StepUps;
}

export interface PartsEvents {
  renewed(): void;
  denied(reason: string, ids: RequestIds): void;
}

/** When the alarm has something to do: the next batch to D1, an answer that is kept no longer, the end of the grant. */
export function nextDue({ journal, family, shard }: SessionParts): number {
  const grantEnds = shard.grantExpiresAt();
  const times = [journal.nextDue(), family.nextDue(), grantEnds && grantEnds + 1_000];
  return Math.min(...times.filter((time) => time !== undefined));
}

export function buildParts(
  ctx: DurableObjectState,
  env: Bindings,
  settings: SessionSettings,
  records: RecordStore,
  events: PartsEvents,
): SessionParts {
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
    note: (outcome, ids, details) => journal.note('credential_refresh', outcome, ids, details),
    events,
  });

  const journal = new Journal({
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
    keeper: credentials.first,
    verify: credentials.verify,
    authority: createAuthority((resource) => settings.authorizationServer(config, resource), records, shard, ctx),
    journal,
    family: new RefreshFamily({
      kv: storage.kv,
      live: () => shard.refreshTokenDigests(),
      hasAccessToken: (digest) => shard.hasAccessToken(digest),
      now,
    }),
    stepUps: new StepUps({ kv: storage.kv, journal, now, readsChallengeInResult }),
  };
}
