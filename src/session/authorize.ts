// Decides about one request of a session: the token is good, the session is alive, and its access allows the call. The
// intent of an allowed call, and each refusal, is durable on record before the answer leaves the object.
import { decide, type Access, type Policy } from '../policy/access';
import { narrowScopes } from '../policy/scopes';
import { resourceAt } from '../shared/resources';
import {
  entryOf,
  type AccessToken,
  type AuthorizeInput,
  type AuthorizeResult,
  type CallInput,
  type Withheld,
} from './stub';
import { aboutCall } from './audit-trail';
import type { SessionComponents } from './components';
import { accessOf, servesAt, toCaller, type ActiveRecord } from './record';
import type { AccessTokenCache } from './access-token-cache';

export interface Admission extends Pick<
  SessionComponents,
  'grantServer' | 'config' | 'credentials' | 'auditTrail' | 'records' | 'stepUps'
> {
  readonly tokens: AccessTokenCache;
  /** The rules of a tenant. */
  readonly policyOf: (tenantId: string) => Policy;
  /** The session's record as long as its tokens are good. It is asked again after each wait: the session may end then. */
  readonly active: () => ActiveRecord | undefined;
  /** Told at the moment of a yes which call may be answered by it. */
  readonly granted: (eventId: string) => void;
  readonly now: () => number;
}

export async function authorize(admission: Admission, input: AuthorizeInput): Promise<AuthorizeResult> {
  const { grantServer, config, credentials, auditTrail, tokens, active, now } = admission;
  const opened = active();
  if (opened === undefined) return refuseStranger(admission, 'session_not_active', input);
  const own = opened.resource;
  // The session was opened while the gateway had another address.
  if (resourceAt(config.issuer, own)?.url !== own) return refuseStranger(admission, 'other_resource', input);
  // A token is validated for the session's own resource. So a good token at another resource's URL is still known as good.
  const look = async (): Promise<AccessToken | null> =>
    opened.lifetime.kind === 'grant'
      ? tokens.validate(input.token, own, now(), () => grantServer.validateToken(own, input.token))
      : stillGood(input.verified, own, now());
  const token = await look();
  // Where the session ended meanwhile, its token isn't found any more, either (access-token-cache.ts): this says so once more.
  const record = active();
  if (!token) return refuseStranger(admission, 'invalid_token', input);
  if (!record) return refuse(admission, 'session_ended', input);
  if (!servesAt(record, input.resource, config.issuer)) return refuse(admission, 'other_resource', input);
  const beyond = beyondAccess(admission, record, token, input);
  if (beyond) return beyond;
  const { call, requestId, traceId } = input;
  if (!call) return grant(admission, record, token);
  const credential =
    call.upstream === null ? null : await credentials.of(call.upstream).current({ requestId, traceId });
  if (credential?.kind === 'ended' || !active()) return refuse(admission, 'session_ended', input);
  // The credential may have taken seconds, in which this very token was revoked,
  if ((await look()) === null) return refuse(admission, 'invalid_token', input);
  const since = active();
  if (!since) return refuse(admission, 'session_ended', input);
  // or the backend said, when it renewed the credential, that this user may do less.
  const withdrawn = beyondAccess(admission, since, token, input);
  if (withdrawn) return withdrawn;
  const event = auditTrail.event(call.action, 'unknown', input, aboutCall(call));
  auditTrail.intend(event);
  admission.granted(event.eventId);
  return { ...grant(admission, since, token), call: { eventId: event.eventId, credential } };
}

type Granted = Extract<AuthorizeResult, { kind: 'granted' }>;

/** A session without a grant takes only what the edge has verified, and only for its own resource. */
function stillGood(verified: AccessToken | undefined, resource: string, now: number): AccessToken | null {
  return verified?.audience === resource && verified.expiresAt > now ? verified : null;
}

/** What the backend allowed when it was last asked also binds tokens that were issued before. */
function accessBy({ policyOf }: Admission, record: ActiveRecord, token: AccessToken): Access {
  return accessOf(record, policyOf, narrowScopes(token.scopes, record.scopes));
}

function grant(admission: Admission, record: ActiveRecord, token: AccessToken): Granted {
  const { audience, expiresAt } = token;
  admission.records.used(admission.now());
  const access = accessBy(admission, record, token);
  const ours = record.lifetime.kind === 'grant';
  return { kind: 'granted', caller: toCaller(record, record.user, access), access, audience, expiresAt, ours };
}

/** The answer to a call that isn't allowed: a challenge, or why there is none. */
function beyondAccess(
  admission: Admission,
  record: ActiveRecord,
  token: AccessToken,
  input: AuthorizeInput,
): AuthorizeResult | undefined {
  const { call } = input;
  const access = accessBy(admission, record, token);
  if (!call || !exists(call, access)) return undefined;
  const refusal = decide(access, entryOf(call));
  if (refusal.kind === 'allowed') return undefined;
  const { auditTrail, stepUps } = admission;
  const withheld = stepUps.withhold({ clientId: record.clientId, token: input.token, refusal });
  auditTrail.note('refusal', 'refused', input, { reason: reasonOf(withheld), ...aboutCall(call) });
  const { needed, missing } = refusal;
  return withheld ? { ...grant(admission, record, token), withheld } : { kind: 'insufficient_scope', needed, missing };
}

/** Where nobody knows the role, `request_access` exists only if the definition says so. */
function exists({ asksAccess }: CallInput, { roleKnown }: Access): boolean {
  return asksAccess !== 'role' || roleKnown;
}

function reasonOf(withheld: Withheld | undefined): string {
  return withheld === undefined || withheld.why === 'in_words' ? 'insufficient_scope' : withheld.why;
}

function refuse({ records, auditTrail }: Admission, reason: string, { call, ...ids }: AuthorizeInput): AuthorizeResult {
  if (records.read()) auditTrail.note('refusal', 'refused', ids, { reason, ...(call && aboutCall(call)) });
  return { kind: 'refused', reason };
}

function refuseStranger({ auditTrail }: Admission, reason: string, input: AuthorizeInput): AuthorizeResult {
  const { begunBy, call } = input;
  // A read that has begun may have reached the upstream. There are few: an isolate begins none after its first refusal.
  if (begunBy && call) auditTrail.noteBegun(reason, input, begunBy, call);
  else auditTrail.noteStranger(reason, input);
  return { kind: 'refused', reason };
}
