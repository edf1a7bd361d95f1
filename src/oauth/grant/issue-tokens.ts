// Asks the backend before the token endpoint issues tokens, and turns its answer into an OAuth answer.
// - On `authorization_code` the backend vouches for the user and hands out the credential (RFC 6749 §4.1.3).
// - On `refresh_token` the backend is asked again, so a deprovisioned user is out at the next refresh at the latest.
// Granted = requested ∩ consented ∩ what the backend allows. A backend that can't answer costs nothing: the code or
// refresh token stays good (`temporarily_unavailable`).
import {
  GrantType,
  OAuthError,
  type TokenExchangeCallbackOptions,
  type TokenExchangeCallbackResult,
} from '@cloudflare/workers-oauth-provider';
import type { AuditOutcome, RequestIds } from '../../audit/event';
import type { Sender } from '../../audit/sender';
import type { ScopeCatalogue } from '../../define/scopes';
import { missingScopes, narrowScopes } from '../../policy/scopes';
import { baselineOf, standingOf, type Standing } from '../../policy/standing';
import type { Log } from '../../shared/log';
import type { UpstreamUser, VerifyResult } from '../../upstream/credential';
import type { CredentialManager } from '../../session/credential-manager';
import type { AuditTrail } from '../../session/audit-trail';
import type { RecordStore, SessionRecord } from '../../session/record';

export interface TokenIssuing {
  readonly records: RecordStore;
  readonly credentials: CredentialManager;
  readonly auditTrail: AuditTrail;
  readonly log: Log;
  /** Asks the backend for the session's user, with the scopes consented to. */
  readonly verify: (ids: RequestIds) => Promise<VerifyResult>;
  /** Ends the session. */
  readonly end: (reason: string, ids: RequestIds) => void;
  readonly scopes: ScopeCatalogue;
  /** Its id, for the audit trail, and its name for people. */
  readonly upstream: string;
  readonly product: string;
  /** Who sent the request. */
  readonly sender: Sender;
  readonly now: () => number;
}

type Options = Omit<TokenExchangeCallbackOptions, 'env'>;

/** Answers the library's token exchange callback. @throws OAuthError with what the client is to be told */
export function issueTokens(
  parts: TokenIssuing,
  options: Options,
  ids: RequestIds,
): Promise<TokenExchangeCallbackResult> {
  return parts.credentials.exclusive(() => issueAlone(parts, options, ids));
}

async function issueAlone(
  parts: TokenIssuing,
  options: Options,
  ids: RequestIds,
): Promise<TokenExchangeCallbackResult> {
  requireOpen(parts);
  const first = options.grantType === GrantType.AUTHORIZATION_CODE;
  const action = first ? 'credential_exchange' : 'token_refresh';
  const started = parts.now();
  const result = await parts.verify(ids);
  const durationMs = parts.now() - started;
  const note = (outcome: AuditOutcome, reason: string | null = null): void => {
    const { upstream, sender } = parts;
    parts.auditTrail.note(action, outcome, ids, { reason, upstream, durationMs, sender });
  };
  // The session may have ended in the meantime, and nothing reopens it.
  const record = requireOpen(parts);
  if (result.kind === 'unavailable') {
    note('error', result.reason);
    parts.log.warn('backend.unavailable', { reason: result.reason, ...ids });
    throw unavailable(parts);
  }
  const refused = (reason: string): OAuthError => {
    note('refused', reason);
    return refuse(parts, reason, first, ids);
  };
  if (result.kind === 'denied') throw refused(result.reason);
  const { scopes: catalogue } = parts;
  if (!allowsAnything(record.consentedScopes, result.credential.scopes, catalogue)) throw refused('no_scope_allowed');
  const granted = grantedScopes(record, result, options, catalogue);
  if (granted.token.length === 0) {
    // The client asks for less than the session has, and for nothing of what it has. The session goes on.
    note('refused', 'invalid_scope');
    throw new OAuthError('invalid_scope', { description: 'None of the requested scopes were granted.' });
  }
  parts.records.update({ status: 'active', user: result.user, ...granted.standing });
  if ((await parts.credentials.store(result.credential)) === undefined) requireOpen(parts);
  if (first) parts.auditTrail.note('sign_in', 'success', ids);
  note('success');
  return { newProps: {}, accessTokenScope: granted.token };
}

function unavailable({ product }: TokenIssuing): OAuthError {
  return new OAuthError('temporarily_unavailable', {
    description: `${product} could not be reached to confirm your access. Try again in a moment.`,
    statusCode: 503,
    headers: { 'Retry-After': '5' },
  });
}

function requireOpen({ records }: TokenIssuing): SessionRecord {
  const record = records.read();
  if (!record || record.status === 'ended') throw invalidGrant('This session has ended. Sign in again.');
  return record;
}

function grantedScopes(
  { consentedScopes: consented }: SessionRecord,
  { credential, roleScopes }: Extract<VerifyResult, { kind: 'granted' }>,
  options: Options,
  catalogue: ScopeCatalogue,
): { standing: Standing; token: string[] } {
  const standing = standingOf({ consented, allowed: credential.scopes, roleScopes }, catalogue);
  return { standing, token: narrowScopes(options.requestedScope, standing.scopes) };
}

/**
 * Whether the backend allows anything of what was consented to. A consent to baseline scopes alone needs no word of the
 * backend: they belong to every sign-in.
 */
function allowsAnything(consented: readonly string[], allowed: readonly string[], catalogue: ScopeCatalogue): boolean {
  const beyondBaseline = missingScopes(baselineOf(catalogue), consented);
  return beyondBaseline.length === 0 || narrowScopes(consented, allowed).length > 0;
}

/** Says why the backend's user is not the session's. A session never goes to another user or another tenant. */
export function changeOfHands(
  { user: before, tenantId }: Pick<SessionRecord, 'user' | 'tenantId'>,
  after: UpstreamUser,
): 'identity_changed' | 'other_tenant' | undefined {
  if (before !== null && (before.userId !== after.userId || before.tenantId !== after.tenantId))
    return 'identity_changed';
  return tenantId === null || tenantId === after.tenantId ? undefined : 'other_tenant';
}

function refuse(parts: TokenIssuing, reason: string, first: boolean, ids: RequestIds): OAuthError {
  const email = parts.records.read()?.identity.email ?? 'This account';
  parts.end(reason, ids);
  if (!first) return invalidGrant(`Your access to ${parts.product} has changed. Sign in again.`);
  const why: Record<string, string> = {
    unknown_user: `${email} has no ${parts.product} account. Ask your administrator to add you, or sign in with another address.`,
    user_disabled: `The ${parts.product} account of ${email} is disabled. Ask your administrator to enable it.`,
    other_tenant: `${email} is not in the ${parts.product} workspace that this address is for. Connect with the address of your own.`,
    no_scope_allowed: `Your role in ${parts.product} allows none of the access that was asked for. Ask your administrator.`,
  };
  return new OAuthError('access_denied', { description: why[reason] ?? `${parts.product} did not grant access.` });
}

function invalidGrant(description: string): OAuthError {
  return new OAuthError('invalid_grant', { description });
}
