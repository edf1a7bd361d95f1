// A session's own record in its object's storage: whose it is, for which client and tenant, what it lives by, and whether
// it has ended. `revision` counts the changes. So the copy in D1 can follow, and no change is lost while it is written.
import type { Caller } from '../define/tool';
import { NO_POLICY, type Access, type Policy } from '../policy/access';
import { resourceAt } from '../shared/resources';
import type { SessionRow } from '../storage/sessions';
import type { UpstreamUser } from '../upstream/credential';
import type { Lifetime } from './lifetime';
import type { Identity, OpenInput } from './stub';
import { KvEntry } from './kv-entry';

export interface SessionRecord {
  readonly sessionId: string;
  readonly identity: Identity;
  readonly clientId: string;
  /** The protected resource that its tokens are for (RFC 8707 §2). */
  readonly resource: string;
  /** The tenant it was opened for, which the backend's answers are held to; null where the backend decides alone. */
  readonly tenantId: string | null;
  /** `pending` until the client has redeemed its code and the backend has vouched for the user. */
  readonly status: 'pending' | 'active' | 'ended';
  /** What it lives by, and thereby whose tokens it takes: with a grant ours, otherwise another issuer's. */
  readonly lifetime: Lifetime;
  /** What the user consented to: the most a token of this session may ever carry. */
  readonly consentedScopes: readonly string[];
  /** Consented scopes that the backend allows, as of the latest token. */
  readonly scopes: readonly string[];
  /** All that the role allows; null where the backend doesn't say. */
  readonly roleScopes: readonly string[] | null;
  /** What the person has or could consent to (policy/standing.ts). */
  readonly attainable: readonly string[];
  readonly user: UpstreamUser | null;
  /** When the user signed in, in milliseconds since the epoch. */
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly endReason: string | null;
  readonly revision: number;
}

/** Of a session whose tokens are good. */
export type ActiveRecord = SessionRecord & { readonly user: UpstreamUser };

/** What is known of a session before the backend has vouched for its user. */
export type NewSession = Pick<
  SessionRecord,
  'sessionId' | 'identity' | 'clientId' | 'resource' | 'tenantId' | 'consentedScopes' | 'lifetime'
>;

/** Of a person who has consented: the session lives with the grant that its object makes. */
export function withGrant({ sessionId, identity, request, resource, tenantId, scopes }: OpenInput): NewSession {
  const lifetime = { kind: 'grant' } as const;
  return { sessionId, identity, clientId: request.clientId, resource, tenantId, consentedScopes: scopes, lifetime };
}

const RECORD = 'session';
const SAVED_REVISION = 'session:saved-revision';
const USED_AT = 'session:used-at';
/** How often a use is written down. After an eviction an idle session may seem unused for as much longer. */
const USE_WRITTEN_MS = 60_000;

export class RecordStore {
  readonly #record: KvEntry<SessionRecord>;
  readonly #savedRevision: KvEntry<number>;
  readonly #usedAtWritten: KvEntry<number>;
  /** In memory, and exact. */
  #usedAt = 0;

  constructor(kv: SyncKvStorage) {
    this.#record = new KvEntry(kv, RECORD);
    this.#savedRevision = new KvEntry(kv, SAVED_REVISION);
    this.#usedAtWritten = new KvEntry(kv, USED_AT);
  }

  read(): SessionRecord | undefined {
    return this.#record.get();
  }

  open(session: NewSession, now: number): void {
    const record: SessionRecord = {
      ...session,
      status: 'pending',
      scopes: [],
      roleScopes: null,
      attainable: [],
      user: null,
      createdAt: now,
      endedAt: null,
      endReason: null,
      revision: 1,
    };
    this.#record.put(record);
  }

  /** Changes the record that is there. A change of nothing but the credential counts too: D1 holds it as well. */
  update(change: Partial<Omit<SessionRecord, 'sessionId' | 'revision'>>): SessionRecord {
    const record = this.read();
    if (!record) throw new Error('no session to change');
    const changed = { ...record, ...change, revision: record.revision + 1 };
    this.#record.put(changed);
    return changed;
  }

  /** When the session was last used, in milliseconds since the epoch; at first, when it was opened. */
  usedAt(): number {
    return Math.max(this.#usedAt, this.#usedAtWritten.get() ?? 0, this.read()?.createdAt ?? 0);
  }

  /** A request was granted. Only a session that ends by idleness keeps that. */
  used(now: number): void {
    if (this.read()?.lifetime.kind !== 'idle') return;
    this.#usedAt = now;
    if (now - (this.#usedAtWritten.get() ?? 0) >= USE_WRITTEN_MS) this.#usedAtWritten.put(now);
  }

  /** The record if D1 doesn't hold its latest revision yet. D1 never holds a session that didn't become active. */
  unsaved(): SessionRecord | undefined {
    const record = this.read();
    return record?.user && record.revision !== this.#savedRevision.get() ? record : undefined;
  }

  saved(record: SessionRecord): void {
    this.#savedRevision.put(record.revision);
  }

  /** The object's storage is empty, or about to be. */
  emptied(): void {
    this.#record.emptied();
    this.#savedRevision.emptied();
    this.#usedAtWritten.emptied();
    this.#usedAt = 0;
  }
}

/**
 * Whether a session is of the resource that was called: its own audience (RFC 8707 §2), and at a tenant's URL a user of
 * that tenant, so that no answer of the backend's can put one tenant's data behind another's URL.
 */
export function servesAt(
  { resource, user }: { readonly resource: string; readonly user: UpstreamUser },
  called: string,
  issuer: string,
): boolean {
  const at = resourceAt(issuer, called);
  return at?.url === resource && (at.tenant === null || at.tenant === user.tenantId);
}

/**
 * What decides about requests of this session.
 * @param policyOf the rules of a tenant; the tenant is known once the backend has vouched for the user
 * @param scopes of the token; the session's own where no token is in question
 */
export function accessOf(
  record: SessionRecord,
  policyOf: (tenantId: string) => Policy,
  scopes: readonly string[] = record.scopes,
): Access {
  const policy = record.user ? policyOf(record.user.tenantId) : NO_POLICY;
  return { scopes, attainable: record.attainable, roleKnown: record.roleScopes !== null, policy };
}

/** Who a call with this access acts for. */
export function toCaller(record: SessionRecord, user: UpstreamUser, access: Access): Caller {
  return {
    userId: user.userId,
    email: record.identity.email,
    tenantId: user.tenantId,
    tenantName: user.tenantName,
    clientId: record.clientId,
    scopes: access.scopes,
    attainable: access.attainable,
    roleKnown: access.roleKnown,
    signedInAt: record.createdAt,
  };
}

/** The record as D1 keeps it. */
export function toSessionRow(record: SessionRecord, user: UpstreamUser): SessionRow {
  return {
    sessionId: record.sessionId,
    tenantId: user.tenantId,
    tenantName: user.tenantName,
    userId: user.userId,
    userEmail: record.identity.email,
    clientId: record.clientId,
    scopes: record.scopes,
    status: record.status === 'ended' ? 'ended' : 'active',
    createdAt: record.createdAt,
    endedAt: record.endedAt,
    endReason: record.endReason,
  };
}
