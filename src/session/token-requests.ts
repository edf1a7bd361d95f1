// The token endpoint of one session (RFC 6749 §3.2), in its object:
// - Codes and refresh tokens are redeemed one at a time, each against the state that the previous request left.
// - This queue is bounded in length and in time, whatever the backend does. Beyond it the answer is 503, and nothing is lost.
// - A revocation (RFC 7009) waits in no queue. A token request that runs at the same time then answers `invalid_grant`.
import type { RequestIds } from '../audit/event';
import type { Sender } from '../audit/sender';
import { withLog } from '../shared/log';
import { oauthError } from '../shared/oauth-error';
import { SerialQueue } from '../shared/serial-queue';
import { refuseExchange } from '../oauth/grant/server';
import { authenticateClient, type AuthenticatedRequest } from '../oauth/grant/client-authentication';
import type { Presented } from './stub';
import type { SessionComponents } from './components';
import { asksFor } from '../oauth/grant/presented-token';
import type { RecordStore, SessionRecord } from './record';
import type { RefreshRequest, Repeated } from '../oauth/grant/refresh-token-reuse';
import type { SessionSettings } from './settings';
import { issueTokens } from '../oauth/grant/issue-tokens';

/** Token requests of one session that run or wait. Far more than a client has windows that refresh at the same moment. */
export const MAX_PENDING = 64;
/** Clients give a token request about ten seconds (Claude does). A client that has waited for longer is gone. */
const MAX_WAIT_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;
/** Access tokens of one session that are good at the same time: a window of a client has one for an hour. */
export const MAX_ACCESS_TOKENS = 16;

/** What the session's object does about a token request. */
export interface TokenRequestsHost {
  readonly records: RecordStore;
  readonly parts: () => SessionComponents;
  readonly end: (reason: string, ids: RequestIds, sender: Sender) => void;
  /** Brings the session in line with what a request has done to its grant. */
  readonly settle: (ids: RequestIds) => Promise<void>;
  /** Resolves when no answer that was granted earlier can still leave the gateway. */
  readonly quiet: () => Promise<void>;
  /** When an access token was last used, by its digest: milliseconds since the epoch. */
  readonly usedAt: (digest: string) => number;
}

export class TokenRequests {
  readonly #host: TokenRequestsHost;
  readonly #settings: Pick<SessionSettings, 'upstream' | 'now'>;
  readonly #file = new SerialQueue();
  readonly #revocations = new Set<Promise<unknown>>();
  #pending = 0;

  constructor(host: TokenRequestsHost, settings: Pick<SessionSettings, 'upstream' | 'now'>) {
    this.#host = host;
    this.#settings = settings;
  }

  async serve(request: Request, ids: RequestIds, presented: Presented): Promise<Response> {
    const record = this.#host.records.read();
    if (presented.revokes && record && record.status !== 'ended') return this.#revoke(request, ids, presented);
    const { refreshToken, sender } = presented;
    // A spent token ends the session before the queue: a backend that hangs, or a thief who fills the queue, can't delay it.
    if (refreshToken !== undefined && record && this.#host.parts().refreshReuse.isSpent(refreshToken)) {
      this.#host.end('refresh_token_reused', ids, sender);
      return oauthError(
        400,
        'invalid_grant',
        'This refresh token was replaced, and its successor was used. Sign in again.',
      );
    }
    if (this.#pending >= MAX_PENDING) return busy();
    this.#pending += 1;
    try {
      return await this.#redeem(request, ids, presented);
    } finally {
      this.#pending -= 1;
    }
  }

  /** Runs a task while no token request does. */
  alone(task: () => Promise<void>): Promise<void> {
    return this.#file.run(async () => {
      await Promise.allSettled(this.#revocations);
      await task();
    });
  }

  async #redeem(request: Request, ids: RequestIds, presented: Presented): Promise<Response> {
    const { records, parts } = this.#host;
    const { now } = this.#settings;
    const arrived = now();
    const authenticated = await authenticateClient(request, presented, records.read()?.clientId, parts, ids);
    if (authenticated instanceof Response) return authenticated;
    return this.#file.run(() =>
      now() - arrived >= MAX_WAIT_MS ? Promise.resolve(busy()) : this.#run(authenticated, ids),
    );
  }

  /** One request at a time: a repeated one is answered again, any other by the library. */
  async #run(authenticated: AuthenticatedRequest, ids: RequestIds): Promise<Response> {
    const { records, parts: partsOf, end, settle, usedAt } = this.#host;
    const { presented } = authenticated;
    const { sender } = presented;
    const parts = partsOf();
    try {
      const refresh = refreshOf(presented, records.read());
      const repetition = refresh && (await parts.refreshReuse.repeat(refresh));
      if (repetition) {
        noteRepeat(parts, repetition.how, ids, sender);
        return repetition.response;
      }
      const before = parts.refreshReuse.live();
      const response = await this.#issue(authenticated, ids);
      const found = await parts.refreshReuse.answered(refresh, before, response);
      if (found === 'reused') end('refresh_token_reused', ids, sender);
      if (found === 'repeated_late') noteRepeat(parts, found, ids, sender);
      if (!response.ok) return response;
      // The session may have ended while the library wrote: then the tokens belong to nothing.
      if (records.read()?.status === 'ended')
        return oauthError(400, 'invalid_grant', 'This session has ended. Sign in again.');
      parts.shard.limitAccessTokens(MAX_ACCESS_TOKENS, usedAt);
      return response;
    } finally {
      await settle(ids);
    }
  }

  /** Asks the library for tokens; it asks the backend before it issues any (issue-tokens.ts). */
  #issue(authenticated: AuthenticatedRequest, ids: RequestIds): Promise<Response> {
    const { refreshToken, sender } = authenticated.presented;
    const parts = this.#host.parts();
    const end = (reason: string): void => this.#host.end(reason, ids, sender);
    // By itself the library revokes a grant for one reason: its code came twice (RFC 6749 §4.1.2).
    const revoked = (): void => end(refreshToken === undefined ? 'code_replayed' : 'grant_revoked');
    const { upstream, now } = this.#settings;
    const credentials = parts.credentials.first;
    const about = { upstream: upstream.name, product: upstream.title };
    const issuing = { ...parts, ...about, credentials, end, sender, now };
    const fetch = () =>
      parts.grantServer.fetch(authenticated, ids, (asked) => issueTokens(issuing, asked, ids), revoked);
    return withLog(parts.log.with({ ...ids }), fetch);
  }

  async #revoke(request: Request, ids: RequestIds, presented: Presented): Promise<Response> {
    const revocation = this.#revokeNow(request, ids, presented);
    this.#revocations.add(revocation);
    try {
      const response = await revocation;
      await this.#host.quiet();
      return response;
    } finally {
      this.#revocations.delete(revocation);
    }
  }

  async #revokeNow(request: Request, ids: RequestIds, presented: Presented): Promise<Response> {
    const { records, parts, end, settle } = this.#host;
    const authenticated = await authenticateClient(request, presented, records.read()?.clientId, parts, ids);
    if (authenticated instanceof Response) return authenticated;
    const { grantServer, log } = parts();
    const revoked = (): void => end('revoked_by_client', ids, presented.sender);
    try {
      return await withLog(log.with({ ...ids }), () => grantServer.fetch(authenticated, ids, refuseExchange, revoked));
    } finally {
      await settle(ids);
    }
  }
}

/** A request that redeems a refresh token; undefined for one with a code. */
function refreshOf(presented: Presented, record: SessionRecord | undefined): RefreshRequest | undefined {
  const { refreshToken, authentication, sender } = presented;
  return refreshToken === undefined
    ? undefined
    : { refreshToken, authentication, asksFor: asksFor(presented, record), sender };
}

function noteRepeat({ auditTrail, log }: SessionComponents, how: Repeated, ids: RequestIds, sender: Sender): void {
  const answered = how === 'repeated' || how === 'repeated_late';
  auditTrail.note('token_refresh', answered ? 'success' : 'refused', ids, { reason: how, sender });
  const fields = { reason: how, ...sender, ...ids };
  if (answered) log.info('oauth.refresh_repeated', fields);
  else log.warn('oauth.refresh_repeated', fields);
}

function busy(): Response {
  return oauthError(503, 'temporarily_unavailable', 'Too many token requests of this session at once. Try again.', {
    'Retry-After': String(RETRY_AFTER_SECONDS),
  });
}
