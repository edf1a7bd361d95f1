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
import type { ObtainResult, VerifyResult } from '../upstream/credential';
import {
  credentialSource,
  verifySource,
  type CredentialSource,
  type CredentialSubject,
} from '../upstream/credentials/strategies';
import { CredentialManager, type Renewal } from './credential-manager';
import { persistently } from './persistently';
import type { RecordStore, SessionRecord } from './record';
import type { SessionSettings } from './settings';

export interface Credentials {
  /** Of the first upstream. */
  readonly first: CredentialManager;
  /** @throws Error for an upstream that the definition doesn't have */
  of(upstream: string): CredentialManager;
  /** The sealed credentials as D1 keeps them. */
  rows(): ReturnType<CredentialManager['row']>;
  /** Forgets all of them, for good: the session has ended. */
  clear(): void;
  /** Asks the first upstream's backend for the session's user, with the scopes consented to. */
  readonly verify: (ids: RequestIds) => Promise<VerifyResult>;
}

export interface CredentialsOptions {
  readonly config: Config;
  readonly settings: SessionSettings;
  readonly records: RecordStore;
  readonly kv: SyncKvStorage;
  readonly log: Log;
  /** Puts a renewal on record. */
  readonly note: (outcome: AuditOutcome, ids: RequestIds, details: Partial<AuditEvent>) => void;
  readonly events: {
    renewed(): void;
    /** The first upstream's final no; the session has to end. */
    denied(reason: string, ids: RequestIds): void;
  };
}

export function createCredentials(options: CredentialsOptions): Credentials {
  const { config, settings, records, log } = options;
  const { now, sleep, fetch: send } = settings;
  const around = { subject: () => subjectOf(records.read()), log, now, send };

  const { upstream } = settings;
  const vouching = verifySource({ ...around, upstream, config: config.upstream(upstream.name) });
  const verify = async (ids: RequestIds): Promise<VerifyResult> => {
    const record = records.read();
    if (!record) return { kind: 'unavailable', reason: 'no_session' };
    const result = await persistently(() => vouching.obtain(ids), now, sleep);
    const reason = result.kind === 'granted' ? changeOfHands(record, result.user) : undefined;
    return reason === undefined ? result : { kind: 'denied', reason };
  };

  const first = createManager(options, upstream, {
    source: { ...vouching, obtain: verify },
    renewed: ({ credential, roleScopes }) => {
      // What the backend allows now binds tokens that were issued before, too.
      const record = records.read();
      const says = {
        consented: record?.consentedScopes ?? [],
        allowed: credential.scopes,
        roleScopes: roleScopes === undefined ? (record?.roleScopes ?? null) : roleScopes,
      };
      records.update(standingOf(says, settings.scopes));
    },
    denied: (reason, ids) => options.events.denied(reason, ids),
  });

  const managers = new Map([[upstream.name, first]]);
  for (const other of settings.upstreams) {
    if (other.name === upstream.name) continue;
    const source = credentialSource({ ...around, upstream: other, config: config.upstream(other.name) });
    const obtain = (ids: RequestIds): Promise<ObtainResult> => persistently(() => source.obtain(ids), now, sleep);
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
  readonly renewed: (renewal: Renewal) => void;
  /** Absent where the upstream's no doesn't end the session. */
  readonly denied?: (reason: string, ids: RequestIds) => void;
}

function createManager(options: CredentialsOptions, upstream: UpstreamDefinition, own: Own): CredentialManager {
  const { config, settings, records, log, note, events } = options;
  const about = { upstream: upstream.name };
  return new CredentialManager({
    upstream: upstream.name,
    endsSession: own.denied !== undefined,
    kv: options.kv,
    keyring: config.keyring,
    context: () => sealContext(records.read(), upstream),
    source: own.source,
    events: {
      renewed: (renewal, ids) => {
        own.renewed(renewal);
        const { how, durationMs } = renewal;
        note('success', ids, { reason: how === 'obtain' ? upstream.credential.strategy : how, durationMs, ...about });
        events.renewed();
      },
      failed: (reason, durationMs, ids) => {
        note('error', ids, { reason, durationMs, ...about });
        log.warn('credential.refresh_failed', { reason, ...about, ...ids });
        events.renewed();
      },
      denied: (reason, ids) => {
        note('refused', ids, { reason, ...about });
        if (own.denied) own.denied(reason, ids);
        else events.renewed();
      },
      unopenable: (problem, ids) => log.error('credential.unopenable', { problem, ...about, ...ids }),
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
