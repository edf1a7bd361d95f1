// What happens when a refresh token comes twice (OAuth 2.1 §4.3.1, RFC 9700 §4.14.2).
// - The same request within a minute gets the same answer: windows of one client that refresh at once, and a client whose
//   answer was lost, all end with the one token family. The answer survives an eviction, sealed under the token that was
//   presented for it, and goes after that minute or when its refresh token is used.
// - Any other request with that token within the minute gets `invalid_grant` and nothing else: a second token set would
//   make the first one's refresh token a spent one, and end the session when its honest owner uses it.
// - After the minute, as long as the successor wasn't used, its answer counts as lost: there is a new one, for the client
//   that had the answer; not for another client, nor from another network with another user agent.
// - A token that was good once, and is neither the current one nor the one before, was used by two: the session ends.
// The library alone would let each of several concurrent refreshes push the one before out of the family.
import { isElsewhere, type Sender } from '../../audit/sender';
import { digestOfToken } from '../../crypto/token-digest';
import { openByToken, sealByToken } from '../../crypto/token-seal';
import { oauthError } from '../../shared/oauth-error';

const REPEAT_MS = 60_000;
const SPENT = 'spent-refresh-tokens';
const KEPT = 'refresh-answer';
const ASKER = 'refresh-asker';
const PURPOSE = 'refresh-answer';
/** A month of hourly refreshes; older ones are then as good as unknown. Digests only. */
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

/** How a refresh token came again that had been answered: to the same answer, to new tokens, or to none. */
export type Repeated =
  | 'repeated'
  | 'repeated_late'
  | 'repeated_by_other_client'
  | 'repeated_from_elsewhere'
  | 'repeated_with_other_request';

export interface FamilyEvents {
  /** A refresh token came again whose successor wasn't used. */
  repeated(how: Repeated): void;
  /** A refresh token came back whose successor was used. */
  reused(): void;
}

export interface RefreshFamilyOptions {
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

export class RefreshFamily {
  readonly #options: RefreshFamilyOptions;

  constructor(options: RefreshFamilyOptions) {
    this.#options = options;
  }

  /** Whether a refresh token was good once and is no longer: two have it. */
  isSpent(refreshToken: string): boolean {
    return this.#spent().includes(digestOfToken(refreshToken));
  }

  /** Serves a request for tokens, one at a time. @param request undefined for one with a code */
  async serve(
    request: RefreshRequest | undefined,
    serve: () => Promise<Response>,
    events: FamilyEvents,
  ): Promise<Response> {
    const repeated = request && (await this.#repeat(request, events));
    if (repeated) return repeated;
    const before = this.#options.live();
    const response = await serve();
    this.#remember(before);
    if (!request) return response;
    if (response.ok) {
      if (before.indexOf(digestOfToken(request.refreshToken)) > 0) events.repeated('repeated_late');
      await this.#keep(request, response);
    } else if (this.isSpent(request.refreshToken)) events.reused();
    return response;
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

  async #repeat(request: RefreshRequest, events: FamilyEvents): Promise<Response | undefined> {
    // Not once its successor was used or the grant is gone: then this token is no longer the one before.
    if (this.#options.live()[1] !== digestOfToken(request.refreshToken)) return undefined;
    const stranger = isAnother(request, this.#options.kv.get<Asker>(ASKER));
    if (stranger) return refuse(stranger, events);
    const kept = this.#kept();
    if (kept?.of !== digestOfToken(request.refreshToken)) return undefined;
    const age = this.#options.now() - kept.at;
    // Another successor than the answer's is good only where the object was reset before it could keep a newer answer: else
    // this token isn't the one before any more.
    if (age >= REPEAT_MS || this.#options.live()[0] !== kept.successor) return undefined;
    const text = await openByToken(kept.envelope, request.refreshToken, PURPOSE);
    // Ended while it was opened.
    if (text === undefined || this.#kept()?.envelope !== kept.envelope) return undefined;
    const answer = JSON.parse(text) as Answer;
    if (request.asksFor !== answer.asksFor) return refuse('repeated_with_other_request', events);
    const { tokens, headers } = answer;
    // Revoked alone meanwhile (RFC 7009 §2.1): it gets another one.
    if (!this.#options.hasAccessToken(digestOfToken(tokens.access_token))) return undefined;
    events.repeated('repeated');
    const expires_in = tokens.expires_in - Math.floor(age / 1000);
    return Response.json({ ...tokens, expires_in }, { headers: headers.map(([...pair]) => pair) });
  }

  async #keep({ refreshToken, asksFor, authentication, sender }: RefreshRequest, response: Response): Promise<void> {
    const tokens = await response.clone().json<Answer['tokens']>();
    const answer: Answer = { asksFor, headers: [...response.headers], tokens };
    const at = this.#options.now();
    const envelope = await sealByToken(JSON.stringify(answer), refreshToken, PURPOSE);
    const successor = digestOfToken(tokens.refresh_token);
    // Ended while it was sealed.
    if (this.#options.live()[0] !== successor) return;
    this.#options.kv.put<Asker>(ASKER, { authentication, sender: digested(sender) });
    this.#options.kv.put<Kept>(KEPT, { of: digestOfToken(refreshToken), successor, at, envelope });
  }

  #remember(before: readonly string[]): void {
    const after = this.#options.live();
    const spent = before.filter((token) => !after.includes(token));
    // With the grant gone, so is the session.
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

/** Hosted clients change their addresses, and any client its version: only both at once make it somebody else. */
function isAnother(request: RefreshRequest, asker: Asker | undefined): Repeated | undefined {
  if (!asker) return undefined;
  if (request.authentication !== asker.authentication) return 'repeated_by_other_client';
  return isElsewhere(digested(request.sender), asker.sender) ? 'repeated_from_elsewhere' : undefined;
}

function refuse(how: Repeated, events: FamilyEvents): Response {
  events.repeated(how);
  return oauthError(400, 'invalid_grant', 'This refresh token was replaced. Use the one that replaced it.');
}

function digested({ network, userAgent }: Sender): Sender {
  return { network: network && digestOfToken(network), userAgent: userAgent && digestOfToken(userAgent) };
}
