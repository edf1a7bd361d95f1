// Whether a request is admitted to its session: token good, session alive, scopes enough. What a call is about to do is
// durable on record before the answer leaves the object, and so is each refusal.
import type { ValidatedAccessToken } from '@cloudflare/workers-oauth-provider';
import type { RequestIds } from '../audit/event';
import { missingScopes, narrowScopes } from '../policy/scopes';
import { resourceAt } from '../shared/resources';
import type { UpstreamUser } from '../upstream/credential';
import type { AuthorizeInput, AuthorizeResult, CallInput, Withheld } from './stub';
import { aboutCall } from './audit-trail';
import type { SessionParts } from './components';
import { isRoleKnown, servesAt, toCaller, type SessionRecord } from './record';
import type { TokenCache } from './access-token-cache';

export type ActiveRecord = SessionRecord & { readonly user: UpstreamUser };

export interface Admission extends Pick<
  SessionParts,
  'authority' | 'config' | 'credentials' | 'journal' | 'records' | 'stepUps'
> {
  readonly tokens: TokenCache;
  /** The session's record as long as its tokens are good; asked again after each wait, since it may end meanwhile. */
  readonly active: () => ActiveRecord | undefined;
  /** Told which request asks for a credential: renewals are recorded under it. */
  readonly causedBy: (ids: RequestIds) => void;
  /** Told at the very moment of a yes which call may be answered by it. */
  readonly granted: (eventId: string) => void;
  readonly now: () => number;
}

export async function decide(admission: Admission, input: AuthorizeInput): Promise<AuthorizeResult> {
  const { authority, config, credentials, journal, tokens, active, now } = admission;
  const own = active()?.resource;
  if (own === undefined) return refuseStranger(admission, 'session_not_active', input);
  // Opened while the gateway had another address.
  if (resourceAt(config.issuer, own)?.url !== own) return refuseStranger(admission, 'other_resource', input);
  // Against the session's own resource, so that a good token at another's URL is known for whose it is.
  const look = () => tokens.validate(input.token, own, now(), () => authority.validateToken(own, input.token));
  const token = await look();
  const record = active();
  if (!token) return refuseStranger(admission, 'invalid_token', input);
  if (!record) return refuse(admission, 'session_ended', input);
  if (!servesAt(record, input.resource, config.issuer)) return refuse(admission, 'other_resource', input);
  const beyond = beyondAccess(admission, record, token, input);
  if (beyond) return beyond;
  const { call, requestId, traceId } = input;
  if (!call) return grant(record, token);
  admission.causedBy({ requestId, traceId });
  const credential = call.upstream === null ? null : await credentials.of(call.upstream).current();
  if (credential?.kind === 'ended' || !active()) return refuse(admission, 'session_ended', input);
  // The credential may have taken seconds, in which this very token was revoked,
  if ((await look()) === null) return refuse(admission, 'invalid_token', input);
  const since = active();
  if (!since) return refuse(admission, 'session_ended', input);
  // or the backend said, when it renewed the credential, that this user may do less.
  const withdrawn = beyondAccess(admission, since, token, input);
  if (withdrawn) return withdrawn;
  const event = journal.event(call.action, 'unknown', input, aboutCall(call));
  journal.intend(event);
  admission.granted(event.eventId);
  return { ...grant(since, token), call: { eventId: event.eventId, credential } };
}

type Granted = Extract<AuthorizeResult, { kind: 'granted' }>;
type Token = Pick<ValidatedAccessToken, 'scope' | 'audience' | 'expiresAt'>;

/** What the backend allowed when it was last asked binds tokens issued before that, too. */
function scopesOf(record: ActiveRecord, token: Token): string[] {
  return narrowScopes(token.scope, record.scopes);
}

function grant(record: ActiveRecord, token: Token): Granted {
  const { audience, expiresAt } = token;
  return { kind: 'granted', caller: toCaller(record, record.user, scopesOf(record, token)), audience, expiresAt };
}

/** The answer to a call that needs more than its token has: a challenge, or why there is none. */
function beyondAccess(
  { journal, stepUps }: Admission,
  record: ActiveRecord,
  token: Token,
  input: AuthorizeInput,
): AuthorizeResult | undefined {
  const { call } = input;
  if (!call || !mayBeLacking(call, record)) return undefined;
  const scopes = scopesOf(record, token);
  const missing = missingScopes(scopes, call.scopes);
  if (missing.length === 0) return undefined;
  // Clients ask for exactly what the challenge names, so it names what they have, too (step-up without loss).
  const needed = [...new Set([...scopes, ...call.scopes])];
  const withheld = stepUps.withhold(record, { missing, needed, token: input.token });
  journal.note('refusal', 'refused', input, { reason: reasonOf(withheld), ...aboutCall(call) });
  return withheld ? { ...grant(record, token), withheld } : { kind: 'insufficient_scope', needed, missing };
}

/** Where nobody knows the role, `request_access` exists only if the definition says so. */
function mayBeLacking({ asksAccess }: CallInput, record: SessionRecord): boolean {
  return asksAccess !== 'role' || isRoleKnown(record);
}

function reasonOf(withheld: Withheld | undefined): string {
  return withheld === undefined || withheld.why === 'in_words' ? 'insufficient_scope' : withheld.why;
}

function refuse({ records, journal }: Admission, reason: string, { call, ...ids }: AuthorizeInput): AuthorizeResult {
  if (records.read()) journal.note('refusal', 'refused', ids, { reason, ...(call && aboutCall(call)) });
  return { kind: 'refused', reason };
}

function refuseStranger({ journal }: Admission, reason: string, input: AuthorizeInput): AuthorizeResult {
  const { begunBy, call } = input;
  // A read that has begun may have reached the upstream. There are few, since an isolate begins none after its first no.
  if (begunBy && call) journal.noteBegun(reason, input, begunBy, call);
  else journal.noteStranger(reason, input);
  return { kind: 'refused', reason };
}
