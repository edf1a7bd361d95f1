// What happens when a refresh token comes twice (OAuth 2.1 §4.3.1, RFC 9700 §4.14.2).
// - The same request within a minute gets the same answer. So windows of one client that refresh at the same time, and a
//   client whose answer was lost, all end with the one token family. The answer survives an eviction, sealed under the
//   token that was presented for it. It is removed after the minute, or when its refresh token is used.
// - Any other request with that token within the minute gets `invalid_grant` and nothing else. A second token set would
//   turn the first set's refresh token into a spent one, and end the session when its honest owner uses it.
// - After the minute, as long as the successor was not used, the answer counts as lost. The client that had the answer gets
//   a new one; another client does not, nor does another network with another user agent.
// - A token that was good once, and is neither the current one nor the one before, is in two hands: the session ends.
// The library alone would let each of several concurrent refreshes push the previous one out of the family.
import { isElsewhere, type Sender } from '../../audit/sender';
import { digestOfToken } from '../../crypto/token-digest';
import { openByToken, sealByToken } from '../../crypto/token-seal';
import { oauthError } from '../../shared/oauth-error';

const REPEAT_MS = 60_000;
const SPENT = 'spent-refresh-tokens';
const KEPT = 'refresh-answer';
const ASKER = 'refresh-asker';
const PURPOSE = 'refresh-answer';
/** A month of hourly refreshes. An older spent token is treated like an unknown one. Digests only. */
const MAX_SPENT = 720;

/** A refresh request by what the protocol gives a meaning to (RFC 6749 §6); unknown parameters are ignored (§3.2). */
export interface RefreshRequest {
  readonly refreshToken: string;
  /** How the client authenticates, or that it doesn't: a digest. */
  readonly authentication: string;
  /** Scopes and resource, in one spelling. */
  readonly asksFor: string;
  readonly sender: Sender;
}

/** How a refresh token that had been answered came again: for the same answer, for new tokens, or for none. */
export type Repeated =
  | 'repeated'
  | 'repeated_late'
  | 'repeated_by_other_client'
  | 'repeated_from_elsewhere'
  | 'repeated_with_other_request';

/** A repeated request that is answered without the library. */
export interface Repetition {
  readonly how: Repeated;
  readonly response: Response;
}

export interface RefreshTokenReuseOptions {
  readonly kv: SyncKvStorage;
  /** Digests (SHA-256, hex) of the refresh tokens that are good now: the current one, and the one before. */
  readonly live: () => readonly string[];
  /** Whether an access token is good, by its digest. */
  readonly hasAccessToken: (digest: string) => boolean;
  readonly now: () => number;
}

/** The latest answer as it is stored. */
interface Kept {
  /** The digest of the refresh token that was presented, and of its successor in the answer. */
  readonly of: string;
  readonly successor: string;
  readonly at: number;
  /** An {@link Answer}. */
  readonly envelope: string;
}

/** Who got the latest answer, as digests. It outlives the answer: a thief may well wait for a minute. */
interface Asker {
  readonly authentication: string;
  readonly sender: Sender;
}

interface Answer extends Pick<RefreshRequest, 'asksFor'> {
  readonly headers: readonly (readonly [string, string])[];
  readonly tokens: { readonly expires_in: number; readonly access_token: string; readonly refresh_token: string };
}

export class RefreshTokenReuse {
  readonly #options: RefreshTokenReuseOptions;

  constructor(options: RefreshTokenReuseOptions) {
    this.#options = options;
  }

  /** Whether a refresh token was good once and is no longer: two have it. */
  isSpent(refreshToken: string): boolean {
    return this.#spent().includes(digestOfToken(refreshToken));
  }

  /** Digests of the refresh tokens that are good now; to be handed to {@link answered} afterwards. */
  live(): readonly string[] {
    return this.#options.live();
  }

  /**
   * Remembers what the library has answered to a request for tokens. Requests are served one at a time.
   * @param request undefined for one with a code
   * @param before what {@link live} said before the library was asked
   * @returns `repeated_late`: the token had been answered before, and got new tokens. `reused`: its successor was used
   */
  async answered(
    request: RefreshRequest | undefined,
    before: readonly string[],
    response: Response,
  ): Promise<'repeated_late' | 'reused' | undefined> {
    this.#remember(before);
    if (!request) return undefined;
    if (!response.ok) return this.isSpent(request.refreshToken) ? 'reused' : undefined;
    await this.#keep(request, response);
    return before.indexOf(digestOfToken(request.refreshToken)) > 0 ? 'repeated_late' : undefined;
  }

  /** When {@link sweep} has something to do. */
  nextDue(): number | undefined {
    const kept = this.#kept();
    return kept && kept.at + REPEAT_MS;
  }

  sweep(): void {
    if ((this.nextDue() ?? Number.POSITIVE_INFINITY) <= this.#options.now()) this.#options.kv.delete(KEPT);
  }

  /** The session has ended: nothing is answered again. */
  clear(): void {
    this.#options.kv.delete(KEPT);
    this.#options.kv.delete(ASKER);
  }

  /** The answer to a request that comes again; undefined where the library has to answer. */
  async repeat(request: RefreshRequest): Promise<Repetition | undefined> {
    // Once its successor was used, or the grant is gone, this token is no longer the one before the current one.
    if (this.#options.live()[1] !== digestOfToken(request.refreshToken)) return undefined;
    const stranger = isAnother(request, this.#options.kv.get<Asker>(ASKER));
    if (stranger) return refuse(stranger);
    const kept = this.#kept();
    if (kept?.of !== digestOfToken(request.refreshToken)) return undefined;
    const age = this.#options.now() - kept.at;
    // Another successor than the answer's is good only where the object was reset before it could keep a newer answer: else
    // this token isn't the one before any more.
    if (age >= REPEAT_MS || this.#options.live()[0] !== kept.successor) return undefined;
    const text = await openByToken(kept.envelope, request.refreshToken, PURPOSE);
    // The session may have ended while the envelope was opened.
    if (text === undefined || this.#kept()?.envelope !== kept.envelope) return undefined;
    const answer = JSON.parse(text) as Answer;
    if (request.asksFor !== answer.asksFor) return refuse('repeated_with_other_request');
    const { tokens, headers } = answer;
    // The access token alone was revoked in the meantime (RFC 7009 §2.1): the client gets another one.
    if (!this.#options.hasAccessToken(digestOfToken(tokens.access_token))) return undefined;
    const expires_in = tokens.expires_in - Math.floor(age / 1000);
    const response = Response.json({ ...tokens, expires_in }, { headers: headers.map(([...pair]) => pair) });
    return { how: 'repeated', response };
  }

  async #keep({ refreshToken, asksFor, authentication, sender }: RefreshRequest, response: Response): Promise<void> {
    const tokens = await response.clone().json<Answer['tokens']>();
    const answer: Answer = { asksFor, headers: [...response.headers], tokens };
    const at = this.#options.now();
    const envelope = await sealByToken(JSON.stringify(answer), refreshToken, PURPOSE);
    const successor = digestOfToken(tokens.refresh_token);
    // The session may have ended while the envelope was sealed.
    if (this.#options.live()[0] !== successor) return;
    this.#options.kv.put<Asker>(ASKER, { authentication, sender: digested(sender) });
    this.#options.kv.put<Kept>(KEPT, { of: digestOfToken(refreshToken), successor, at, envelope });
  }

  #remember(before: readonly string[]): void {
    const after = this.#options.live();
    const spent = before.filter((token) => !after.includes(token));
    // Without a grant the session has ended.
    if (spent.length > 0 && after.length > 0)
      this.#options.kv.put(SPENT, [...this.#spent(), ...spent].slice(-MAX_SPENT));
  }

  #kept(): Kept | undefined {
    return this.#options.kv.get<Kept>(KEPT);
  }

  #spent(): string[] {
    return this.#options.kv.get<string[]>(SPENT) ?? [];
  }
}

/** A hosted client changes its addresses, and any client its version. Only both at once mean somebody else. */
function isAnother(request: RefreshRequest, asker: Asker | undefined): Repeated | undefined {
  if (!asker) return undefined;
  if (request.authentication !== asker.authentication) return 'repeated_by_other_client';
  return isElsewhere(digested(request.sender), asker.sender) ? 'repeated_from_elsewhere' : undefined;
}

function refuse(how: Repeated): Repetition {
  const problem = 'This refresh token was replaced. Use the one that replaced it.';
  return { how, response: oauthError(400, 'invalid_grant', problem) };
}

function digested({ network, userAgent }: Sender): Sender {
  return { network: network && digestOfToken(network), userAgent: userAgent && digestOfToken(userAgent) };
}
