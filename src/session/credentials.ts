// The credentials of a session: a manager for each upstream of the definition, with the source that its strategy gives it.
// The first upstream's is obtained at the token endpoint, and its final no ends the session. Any other is obtained when a
// call first needs it, and its no costs the calls to that upstream only.
import type { AuditEvent, AuditOutcome, RequestIds } from '../audit/event';
import type { Config } from '../config';
import type { SealContext } from '../crypto/seal';
import type { UpstreamDefinition } from '../define/upstream';
import { changeOfHands } from '../oauth/grant/issue-tokens';
import { withImplied } from '../policy/scopes';
import { standingOf } from '../policy/standing';
import type { Log } from '../shared/log';
import { continueTraceId, correlationHeaders } from '../shared/trace';
import type { Credential, ObtainResult, VerifyResult } from '../upstream/credential';
import {
  credentialSource,
  verifySource,
  type CredentialSource,
  type CredentialSubject,
} from '../upstream/credentials/strategies';
import { CredentialKeeper, persistently } from './credential-manager';
import type { RecordStore, SessionRecord } from './record';
import type { SessionSettings } from './settings';

export interface Credentials {
  /** Of the first upstream. */
  readonly first: CredentialKeeper;
  /** @throws Error for an upstream that the definition doesn't have */
  of(upstream: string): CredentialKeeper;
  /** The sealed credentials as D1 keeps them. */
  rows(): ReturnType<CredentialKeeper['row']>;
  /** Forgets all of them, for good: the session has ended. */
  clear(): void;
  /** Asks the first upstream's backend for the session's user, with the scopes consented to. */
  readonly verify: () => Promise<VerifyResult>;
}

export interface CredentialsOptions {
  readonly config: Config;
  readonly settings: SessionSettings;
  readonly records: RecordStore;
  readonly kv: SyncKvStorage;
  readonly log: Log;
  /** Puts a renewal on record. */
  readonly note: (outcome: AuditOutcome, details: Partial<AuditEvent>) => void;
  /** The request that last asked for a credential. */
  readonly cause: () => RequestIds;
  readonly events: {
    renewed(): void;
    /** The first upstream's final no; the session has to end. */
    denied(reason: string, ids: RequestIds): void;
  };
}

export function createCredentials(options: CredentialsOptions): Credentials {
  const { config, settings, records, log } = options;
  const { now, sleep, fetch: send } = settings;
  const correlation = (): Record<string, string> =>
    correlationHeaders(options.cause().requestId, continueTraceId(options.cause().traceId));
  const around = { subject: () => subjectOf(records.read()), correlation, log, now, send };

  const { upstream } = settings;
  const vouching = verifySource({ ...around, upstream, config: config.upstream(upstream.name) });
  const verify = async (): Promise<VerifyResult> => {
    const record = records.read();
    if (!record) return { kind: 'unavailable', reason: 'no_session' };
    const result = await persistently(vouching.obtain, now, sleep);
    const reason = result.kind === 'granted' ? changeOfHands(record, result.user) : undefined;
    return reason === undefined ? result : { kind: 'denied', reason };
  };

  // What the role allows, by the verification that brings the manager its credential.
  let role: readonly string[] | null = null;
  const first = createManager(options, upstream, {
    source: {
      ...vouching,
      obtain: async () => {
        const result = await verify();
        if (result.kind === 'granted') role = result.roleScopes;
        return result;
      },
    },
    renewed: (how, { scopes }) => {
      // What the backend allows now binds the tokens that are out, too.
      const { consentedScopes = [], roleScopes = null } = records.read() ?? {};
      const says = { consented: consentedScopes, allowed: scopes, roleScopes: how === 'obtain' ? role : roleScopes };
      records.update(standingOf(says, settings.scopes));
    },
    denied: (reason) => options.events.denied(reason, options.cause()),
  });

  const managers = new Map([[upstream.name, first]]);
  for (const other of settings.upstreams) {
    if (other.name === upstream.name) continue;
    const source = credentialSource({ ...around, upstream: other, config: config.upstream(other.name) });
    const obtain = (): Promise<ObtainResult> => persistently(source.obtain, now, sleep);
    // A change of nothing but the credential is one for D1, too.
    const renewed = (): unknown => records.update({});
    managers.set(other.name, createManager(options, other, { source: { ...source, obtain }, renewed }));
  }
  return {
    first,
    of(name) {
      const manager = managers.get(name);
      if (!manager) throw new Error(`the definition has no upstream ${name}`);
      return manager;
    },
    rows: () => [...managers.values()].flatMap((manager) => manager.row()),
    clear() {
      for (const manager of managers.values()) manager.clear();
    },
    verify,
  };
}

/** What differs between the managers of two upstreams. */
interface Own {
  readonly source: CredentialSource;
  readonly renewed: (how: 'refresh' | 'obtain', credential: Credential) => void;
  /** Absent where the upstream's no doesn't end the session. */
  readonly denied?: (reason: string) => void;
}

function createManager(options: CredentialsOptions, upstream: UpstreamDefinition, own: Own): CredentialKeeper {
  const { config, settings, records, log, note, cause, events } = options;
  const about = { upstream: upstream.name };
  return new CredentialKeeper({
    upstream: upstream.name,
    endsSession: own.denied !== undefined,
    kv: options.kv,
    keyring: config.keyring,
    context: () => sealContext(records.read(), upstream),
    source: own.source,
    events: {
      renewed: (how, durationMs, credential) => {
        own.renewed(how, credential);
        note('success', { reason: how === 'obtain' ? upstream.credential.strategy : how, durationMs, ...about });
        events.renewed();
      },
      failed: (reason, durationMs) => {
        note('error', { reason, durationMs, ...about });
        log.warn('credential.refresh_failed', { reason, ...about, ...cause() });
        events.renewed();
      },
      denied: (reason) => {
        note('refused', { reason, ...about });
        if (own.denied) own.denied(reason);
        else events.renewed();
      },
      unopenable: (problem) => log.error('credential.unopenable', { problem, ...about, ...cause() }),
    },
    now: settings.now,
  });
}

function subjectOf(record: SessionRecord | undefined): CredentialSubject | undefined {
  if (!record) return undefined;
  const { identity, user, tenantId, consentedScopes } = record;
  return { identity, user, tenantId, scopes: withImplied(consentedScopes) };
}

/** What an envelope is bound to. The tenant is known by the time that anything is sealed. */
function sealContext(record: SessionRecord | undefined, { name, credential }: UpstreamDefinition): SealContext {
  if (!record?.user) throw new Error('a credential needs an active session');
  const { tenantId } = record.user;
  const { issuer, subject } = record.identity;
  const ids = { session: record.sessionId, person: JSON.stringify([issuer, subject]), tenant: tenantId };
  return { tenantId, owner: { kind: credential.owner, id: ids[credential.owner] }, upstream: name };
}
