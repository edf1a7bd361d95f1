// The token endpoint of one session (RFC 6749 §3.2), in its object:
// - a code or refresh token is redeemed one at a time, against the state that the one before left behind;
// - that queue is bounded in length and in time, whatever the backend does: beyond it the answer is 503, and nothing is lost;
// - revocation (RFC 7009) waits in no queue. What runs meanwhile comes to nothing, and answers `invalid_grant`.
import type { RequestIds } from '../audit/event';
import type { Sender } from '../audit/sender';
import { withLog } from '../shared/log';
import { oauthError } from '../shared/oauth-error';
import { SerialQueue } from '../shared/serial-queue';
import { refuseExchange } from '../oauth/grant/server';
import { authenticateClient, type AuthenticatedRequest } from '../oauth/grant/client-authentication';
import type { Presented } from './stub';
import type { SessionParts } from './components';
import { asksFor } from '../oauth/grant/presented-token';
import type { RecordStore } from './record';
import type { Repeated } from '../oauth/grant/refresh-token-reuse';
import type { SessionSettings } from './settings';
import { exchange } from '../oauth/grant/issue-tokens';

/** Token requests of one session that run or wait: windows of a client that refresh at the same moment, by far. */
export const MAX_PENDING = 64;
/** Clients give a token request about ten seconds (Claude does): whoever has waited for as long is gone. */
const MAX_WAIT_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;
/** Access tokens of one session that are good at a time: a window of a client has one for an hour. */
export const MAX_ACCESS_TOKENS = 16;

/** What the session's object does about a token request. */
export interface TokenRequestsHost {
  readonly records: RecordStore;
  readonly parts: () => SessionParts;
  readonly end: (reason: string, ids: RequestIds, sender: Sender) => void;
  /** Puts in order what a request has left behind. */
  readonly settle: (ids: RequestIds) => Promise<void>;
  /** Resolves when no answer that was granted before can leave any more. */
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
    // What ends the session waits behind no backend that hangs, and is turned away by no queue that a thief fills.
    if (refreshToken !== undefined && record && this.#host.parts().family.isSpent(refreshToken)) {
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

  async #run(authenticated: AuthenticatedRequest, ids: RequestIds): Promise<Response> {
    const host = this.#host;
    const { presented } = authenticated;
    const { refreshToken, sender } = presented;
    const parts = host.parts();
    const record = host.records.read();
    parts.cause = ids;
    const end = (reason: string): void => host.end(reason, ids, sender);
    // By itself the library revokes a grant for one reason: its code came twice (RFC 6749 §4.1.2).
    const revoked = (): void => end(refreshToken === undefined ? 'code_replayed' : 'grant_revoked');
    const { name: upstream, title: product } = this.#settings.upstream;
    const backend = { ...parts, end, upstream, product, sender, now: this.#settings.now };
    try {
      const serve = () =>
        parts.authority.fetch(authenticated, ids, (options) => exchange(backend, options, ids), revoked);
      const response = await parts.family.serve(
        refreshToken === undefined
          ? undefined
          : { refreshToken, authentication: presented.authentication, asksFor: asksFor(presented, record), sender },
        () => withLog(parts.log.with({ ...ids }), serve),
        { repeated: (how) => noteRepeat(parts, how, ids, sender), reused: () => end('refresh_token_reused') },
      );
      if (!response.ok) return response;
      // It may have been ended while the library wrote: what was issued is of nothing.
      if (host.records.read()?.status === 'ended')
        return oauthError(400, 'invalid_grant', 'This session has ended. Sign in again.');
      parts.shard.limitAccessTokens(MAX_ACCESS_TOKENS, host.usedAt);
      return response;
    } finally {
      await host.settle(ids);
    }
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
    const { authority, log } = parts();
    const revoked = (): void => end('revoked_by_client', ids, presented.sender);
    try {
      return await withLog(log.with({ ...ids }), () => authority.fetch(authenticated, ids, refuseExchange, revoked));
    } finally {
      await settle(ids);
    }
  }
}

function noteRepeat({ journal, log }: SessionParts, how: Repeated, ids: RequestIds, sender: Sender): void {
  const answered = how === 'repeated' || how === 'repeated_late';
  journal.note('token_refresh', answered ? 'success' : 'refused', ids, { reason: how, sender });
  const fields = { reason: how, ...sender, ...ids };
  if (answered) log.info('oauth.refresh_repeated', fields);
  else log.warn('oauth.refresh_repeated', fields);
}

function busy(): Response {
  return oauthError(503, 'temporarily_unavailable', 'Too many token requests of this session at once. Try again.', {
    'Retry-After': String(RETRY_AFTER_SECONDS),
  });
}
