// Calls that this object has granted, and whose answers may still leave the gateway. An answer leaves within
// LEAVES_WITHIN_MS of a yes of this object, or else the edge asks again (standing.ts). So once the session has ended, or a
// token is revoked, this object knows when nothing of it can leave any more, without being told by anybody.
// Kept in memory only: a reset of the object in that very second forgets.
import type { Ended } from './stub';

/** How long an answer may still leave by a yes. The edge asks anew a quarter sooner, since its clock stands while it computes. */
export const LEAVES_WITHIN_MS = 1_000;

interface Waiter {
  readonly calls: Set<string>;
  readonly over: () => void;
}

export class UnderWay {
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<void>;
  /** When each got its latest yes, the oldest first. */
  readonly #calls = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number, sleep: (ms: number) => Promise<void>) {
    this.#now = now;
    this.#sleep = sleep;
  }

  /** The call is told yes. */
  granted(call: string): void {
    const now = this.#now();
    for (const [oldest, at] of this.#calls) {
      if (now - at < LEAVES_WITHIN_MS) break;
      this.#calls.delete(oldest);
    }
    this.#calls.delete(call);
    this.#calls.set(call, now);
  }

  /** They have ended; those whose answers have left are waited for no longer. */
  ended(ended: readonly Pick<Ended, 'eventId' | 'left'>[]): void {
    for (const { eventId, left } of ended) {
      if (left !== true) continue;
      this.#calls.delete(eventId);
      for (const { calls, over } of this.#waiters) if (calls.delete(eventId) && calls.size === 0) over();
    }
  }

  /** Resolves when no answer can leave any more by a yes that was given until now. */
  async quiet(): Promise<void> {
    const now = this.#now();
    const [last] = [...this.#calls.values()].slice(-1);
    const left = last === undefined ? 0 : last + LEAVES_WITHIN_MS - now;
    if (left <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter: Waiter = { calls: new Set(this.#calls.keys()), over: resolve };
    this.#waiters.add(waiter);
    try {
      await Promise.race([promise, this.#sleep(left)]);
    } finally {
      this.#waiters.delete(waiter);
    }
  }
}
