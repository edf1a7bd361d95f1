// Whether a request is admitted to its session: token good, session alive, scopes enough. What a call is about to do is
// durable on record before the answer leaves the object, and so is each refusal.
import type { RequestIds } from '../audit/event';
import { missingScopes, narrowScopes } from '../policy/scopes';
import { resourceAt } from '../shared/resources';
import type { UpstreamUser } from '../upstream/credential';
import type { AuthorizeInput, AuthorizeResult, CallInput, GrantedCall, Withheld } from './face';
import { aboutCall } from './journal';
import type { SessionParts } from './parts';
import { isRoleKnown, servesAt, toCaller, type SessionRecord } from './record';
import type { TokenCache } from './token-cache';

export type ActiveRecord = SessionRecord & { readonly user: UpstreamUser };

export interface Admission extends Pick<
  SessionParts,
  'authority' | 'config' | 'journal' | 'keeper' | 'records' | 'stepUps'
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
  const { authority, config, journal, tokens, active, now } = admission;
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
  // What the backend allowed when it was last asked binds tokens issued before that, too.
  const scopes = narrowScopes(token.scope, record.scopes);
  const { call } = input;
  const { audience, expiresAt } = token;
  const caller = toCaller(record, record.user, scopes);
  const missing = call && mayBeLacking(call, record) ? missingScopes(scopes, call.scopes) : [];
  if (call && missing.length > 0) {
    // Clients ask for exactly what the challenge names, so it names what they have, too (step-up without loss).
    const needed = [...new Set([...scopes, ...call.scopes])];
    const withheld = admission.stepUps.withhold(record, { missing, needed, token: input.token });
    journal.note('refusal', 'refused', input, { reason: reasonOf(withheld), ...aboutCall(call) });
    if (!withheld) return { kind: 'insufficient_scope', needed, missing };
    return { kind: 'granted', caller, audience, expiresAt, withheld };
  }
  const granted = call ? await begin(admission, call, input, look) : undefined;
  if (typeof granted === 'string') return refuse(admission, granted, input);
  return { kind: 'granted', caller, audience, expiresAt, call: granted };
}

/** Where nobody knows the role, `request_access` exists only if the definition says so. */
function mayBeLacking({ asksAccess }: CallInput, record: SessionRecord): boolean {
  return asksAccess !== 'role' || isRoleKnown(record);
}

function reasonOf(withheld: Withheld | undefined): string {
  return withheld === undefined || withheld.why === 'in_words' ? 'insufficient_scope' : withheld.why;
}

/** The intent of a call, with the credential to act on it. @param look validates the token once more */
async function begin(
  admission: Admission,
  call: CallInput,
  ids: RequestIds,
  look: () => Promise<unknown>,
): Promise<GrantedCall | 'session_ended' | 'invalid_token'> {
  const { keeper, journal, active, causedBy, granted } = admission;
  causedBy({ requestId: ids.requestId, traceId: ids.traceId });
  const credential = call.upstream === null ? null : await keeper.current();
  if (credential?.kind === 'ended' || !active()) return 'session_ended';
  // The credential may have taken seconds, in which this very token was revoked.
  if ((await look()) === null) return 'invalid_token';
  if (!active()) return 'session_ended';
  const event = journal.event(call.action, 'unknown', ids, aboutCall(call));
  journal.intend(event);
  granted(event.eventId);
  return { eventId: event.eventId, credential };
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
