// Builds the components of a session's object over its storage, and connects them.
import type { RequestIds } from '../audit/event';
import { clientDirectory, type ClientDirectory } from '../oauth/clients/directory';
import { KEEP_SECONDS } from '../oauth/clients/documents';
import { parseConfig, type Bindings, type Config } from '../config';
import type { ScopeCatalogue } from '../define/scopes';
import { withImplied } from '../policy/scopes';
import { standingOf } from '../policy/standing';
import { createLog, type Log } from '../shared/log';
import { continueTraceId, correlationHeaders } from '../shared/trace';
import { GrantShard } from '../oauth/store/grant-store';
import type { UpstreamConnection } from '../upstream/backend';
import { refreshCredential, verifyUser, type VerifyResult } from '../upstream/credential';
import { createAuthority, type Authority } from '../oauth/grant/server';
import { CredentialKeeper, persistently } from './credential-manager';
import { Journal } from './audit-trail';
import { endOf, isAlive, type LifeSigns, type SessionEnd } from './lifetime';
import type { ActiveRecord, RecordStore, SessionRecord } from './record';
import { RefreshFamily } from '../oauth/grant/refresh-token-reuse';
import type { SessionSettings } from './settings';
import { StepUps } from './step-up';
import { changeOfHands } from '../oauth/grant/issue-tokens';

export interface SessionParts {
  readonly config: Config;
  readonly scopes: ScopeCatalogue;
  readonly log: Log;
  readonly records: RecordStore;
  readonly shard: GrantShard;
  readonly clients: ClientDirectory;
  readonly authority: Authority;
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

/** When the alarm has something to do: the next batch to D1, a kept answer to remove, the end of the session. */
export function nextDue(parts: SessionParts): number {
  const times = [parts.journal.nextDue(), parts.family.nextDue(), endOfSession(parts)?.at];
  return Math.min(...times.filter((time) => time !== undefined));
}

/** When and why the session ends by itself; undefined when it has ended, or there is none. */
export function endOfSession(parts: Pick<SessionParts, 'shard' | 'records'>): SessionEnd | undefined {
  const record = parts.records.read();
  return record && record.status !== 'ended' ? endOf(record.lifetime, lifeSigns(parts, record)) : undefined;
}

/** The record of the session as long as its tokens are good. @param parts are built only for a session that is there */
export function activeRecord(
  records: RecordStore,
  parts: () => Pick<SessionParts, 'shard' | 'records'>,
  now: number,
): ActiveRecord | undefined {
  const record = records.read();
  if (!record?.user || record.status !== 'active') return undefined;
  return isAlive(record.lifetime, () => lifeSigns(parts(), record), now) ? { ...record, user: record.user } : undefined;
}

/** What the end of a session depends on, as its object knows it. */
function lifeSigns(
  { shard, records }: Pick<SessionParts, 'shard' | 'records'>,
  { status }: Pick<SessionRecord, 'status'>,
): LifeSigns {
  return { status, grantEndsAt: shard.grantExpiresAt(), usedAt: records.usedAt() };
}

export function buildParts(
  ctx: DurableObjectState,
  env: Bindings,
  settings: SessionSettings,
  records: RecordStore,
  events: PartsEvents,
): SessionParts {
  const config = parseConfig(env, settings.upstream);
  const log = createLog(config.log, { object: 'session' });
  const { storage } = ctx;
  const { now } = settings;
  const upstream = settings.upstream.name;
  const connectionFor = ({ requestId, traceId }: RequestIds): UpstreamConnection => ({
    definition: settings.upstream,
    ...config.upstream,
    correlation: () => correlationHeaders(requestId, continueTraceId(traceId)),
  });

  const copies = (write: Promise<void>): void =>
    ctx.waitUntil(write.catch((error: unknown) => log.warn('oauth.copy_failed', { problem: error })));
  const clients = clientDirectory(env, config, KEEP_SECONDS.session);
  const shard = new GrantShard(storage.sql, clients.store, now, copies);

  const verify = async (ids: RequestIds): Promise<VerifyResult> => {
    const record = records.read();
    if (!record) return { kind: 'unavailable', reason: 'no_session' };
    const { identity, tenantId, consentedScopes } = record;
    const question = { email: identity.email, tenantId, scopes: withImplied(consentedScopes) };
    const ask = (): Promise<VerifyResult> => verifyUser(connectionFor(ids), question, now, settings.fetch);
    const result = await persistently(ask, now, settings.sleep);
    const reason = result.kind === 'granted' ? changeOfHands(record, result.user) : undefined;
    return reason === undefined ? result : { kind: 'denied', reason };
  };

  const keeper = new CredentialKeeper({
    kv: storage.kv,
    keyring: config.keyring,
    context: () => {
      const record = records.read();
      if (!record?.user) throw new Error('a credential needs an active session');
      return { tenantId: record.user.tenantId, sessionId: record.sessionId, upstream };
    },
    source: {
      refresh: (refreshToken, ids) => refreshCredential(connectionFor(ids), refreshToken, now, settings.fetch),
      verify,
    },
    events: {
      renewed: ({ how, credential, roleScopes, durationMs }, ids) => {
        // What the backend allows now binds tokens that were issued before, too.
        const record = records.read();
        const says = {
          consented: record?.consentedScopes ?? [],
          allowed: credential.scopes,
          roleScopes: roleScopes === undefined ? (record?.roleScopes ?? null) : roleScopes,
        };
        records.update(standingOf(says, settings.scopes));
        journal.note('credential_refresh', 'success', ids, { reason: how, durationMs, upstream });
        events.renewed();
      },
      failed: (reason, durationMs, ids) => {
        journal.note('credential_refresh', 'error', ids, { reason, durationMs, upstream });
        log.warn('credential.refresh_failed', { reason, ...ids });
        events.renewed();
      },
      denied: (reason, ids) => {
        journal.note('credential_refresh', 'refused', ids, { reason, upstream });
        events.denied(reason, ids);
      },
      unopenable: (problem, ids) => log.error('credential.unopenable', { problem, ...ids }),
    },
    now,
  });

  const journal = new Journal({
    sql: storage.sql,
    db: env.DB,
    records,
    credentials: () => keeper.row(upstream),
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
    keeper,
    verify,
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
