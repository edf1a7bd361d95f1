// Whether a session still stands behind a request that it granted, at the moment when something leaves: the answer, or a
// further request to the upstream. A yes of the session's object holds for less than a second, counted from the question.
// So a quick call asks once, and a slow call asks again. The answer to a revocation waits as long as the latest yes holds
// (calls-in-flight.ts). So nothing leaves after a revocation was answered.
import type { RequestIds } from '../audit/event';
import { digestOfToken } from '../crypto/token-digest';
import { monotonic } from '../shared/monotonic';
import type { SessionStub } from './stub';
import { LEAVES_WITHIN_MS } from './calls-in-flight';

/** Counted from before the object was asked. The rest of the second is a margin: the clock stands still while an isolate computes. */
export const YES_HOLDS_MS = LEAVES_WITHIN_MS * 0.75;
/** How often a yes is asked for that arrives too late to hold. A machine that is so busy refuses the request. */
const ATTEMPTS = 3;

/** A standing on its way to the object of an MCP session, which has another clock. */
export interface CarriedStanding {
  /** How old the latest yes is, in milliseconds. */
  readonly age: number;
  readonly tokenDigest: string;
}

export class Standing {
  readonly #digest: () => string;
  readonly #ask: (tokenDigest: string) => Promise<boolean>;
  readonly #now: () => number;
  /** When the latest yes was asked for. */
  #askedAt: number;
  #refused = false;

  private constructor(
    digest: () => string,
    age: number,
    session: Pick<SessionStub, 'stands'>,
    ids: RequestIds,
    now: () => number,
  ) {
    this.#digest = digest;
    this.#ask = (tokenDigest) => session.stands(tokenDigest, ids);
    this.#now = now;
    this.#askedAt = now() - age;
  }

  /** For a request about which the session is about to be asked. @param now milliseconds of a clock that never goes back */
  static begin(
    token: string,
    session: Pick<SessionStub, 'stands'>,
    ids: RequestIds,
    now: () => number = monotonic,
  ): Standing {
    return new Standing(() => digestOfToken(token), 0, session, ids, now);
  }

  static goOn(
    { age, tokenDigest }: CarriedStanding,
    session: Pick<SessionStub, 'stands'>,
    ids: RequestIds,
    now: () => number = monotonic,
  ): Standing {
    return new Standing(() => tokenDigest, age, session, ids, now);
  }

  /** Whether the latest yes still holds. Then nobody has to be asked. */
  get isFresh(): boolean {
    return !this.#refused && this.#now() - this.#askedAt < YES_HOLDS_MS;
  }

  /** Whether the session stands behind the request now. @throws where its object can't be asked, or not in time */
  async holds(): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (this.#refused) return false;
      if (this.isFresh) return true;
      const askedAt = this.#now();
      if (await this.#ask(this.#digest())) this.#askedAt = askedAt;
      else this.#refused = true;
    }
    if (this.isFresh || this.#refused) return this.isFresh;
    throw new Error('the session answers too slowly to rely on');
  }

  carry(): CarriedStanding {
    return { age: this.#now() - this.#askedAt, tokenDigest: this.#digest() };
  }
}
