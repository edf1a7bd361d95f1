// Calls that this object has granted, and whose answers may still leave the gateway. An answer leaves within
// LEAVES_WITHIN_MS of the object's last yes; later the edge asks again (standing.ts). So when the session ends, or a token
// is revoked, the object knows when no answer can leave any more. Nobody has to tell it.
// Kept in memory only: a reset of the object within that second forgets the calls.
import type { Outcome } from '../audit/event';

/** How long an answer may leave after a yes. The edge asks again a quarter earlier, because its clock stands still while it computes. */
export const LEAVES_WITHIN_MS = 1_000;

interface Waiter {
  readonly calls: Set<string>;
  readonly over: () => void;
}

export class CallsInFlight {
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<void>;
  /** When each call got its latest yes; the oldest first. */
  readonly #calls = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number, sleep: (ms: number) => Promise<void>) {
    this.#now = now;
    this.#sleep = sleep;
  }

  /** The call has just got a yes. */
  granted(call: string): void {
    const now = this.#now();
    for (const [oldest, at] of this.#calls) {
      if (now - at < LEAVES_WITHIN_MS) break;
      this.#calls.delete(oldest);
    }
    this.#calls.delete(call);
    this.#calls.set(call, now);
  }

  /** These calls have ended. Nobody waits any longer for those whose answers have left. */
  ended(ended: readonly Pick<Outcome, 'eventId' | 'left'>[]): void {
    for (const { eventId, left } of ended) {
      if (left !== true) continue;
      this.#calls.delete(eventId);
      for (const { calls, over } of this.#waiters) if (calls.delete(eventId) && calls.size === 0) over();
    }
  }

  /** Resolves when no answer can leave any more by a yes that was given before this call. */
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
