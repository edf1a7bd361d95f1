// Brings the outcomes of calls from this isolate to their sessions' objects. An outcome waits a moment for the next request
// to its session and travels with it; in a burst, that saves the object one request per call. If no request comes, all
// outcomes that wait for a session are sent by themselves.
// Guaranteed: the request whose outcome came first stays alive until the object has all of them. So a request that fails
// loses no outcome. An outcome may arrive twice, which is harmless.
// Not guaranteed: an outcome is lost when the isolate ends. Its event then says `unknown`, as after any crash of the edge.
import { BoundedMap } from '../../shared/bounded-map';
import type { Outcome } from '../../audit/event';

/** A model that works through a task calls again within about a second; the audit trail is seconds behind anyway. */
export const OUTCOME_WAIT_MS = 1_000;
/** PendingOutcomes that travel together: some 8 KB. */
const MAX_TOGETHER = 50;
/** Sessions that one isolate serves within a second, by far. */
const MAX_SESSIONS = 1_000;

interface Waiting {
  readonly ended: Outcome;
  /** A request is under way with it. */
  inFlight: boolean;
}

/** What one request waits with. */
type Batch = Set<Waiting>;
type Send<Result> = (ended: readonly Outcome[]) => Promise<Result>;

export class PendingOutcomes {
  readonly #sleep: (ms: number) => Promise<void>;
  /** Where an outcome may join others. A batch that is no longer listed is still emptied by whoever waits with it. */
  readonly #batches = new BoundedMap<string, Batch>(MAX_SESSIONS);

  constructor(sleep: (ms: number) => Promise<void> = (ms) => scheduler.wait(ms)) {
    this.#sleep = sleep;
  }

  /** Sessions for whose outcomes somebody waits. */
  get sessions(): number {
    return this.#batches.size;
  }

  /**
   * Brings an outcome to its session.
   * @param send sends outcomes by themselves
   * @returns undefined when an earlier request sees to it; else what the request has to stay for (`waitUntil`), which
   *   resolves when nothing waits with it any more, and rejects when what does can't be brought
   */
  deliver(sessionId: string, ended: Outcome, send: Send<void>): Promise<void> | undefined {
    const joined = this.#batches.get(sessionId);
    if (joined && joined.size < MAX_TOGETHER) {
      joined.add({ ended, inFlight: false });
      return undefined;
    }
    const batch = this.#open(sessionId);
    batch.add({ ended, inFlight: false });
    return this.#keep(sessionId, batch, send);
  }

  /** Nothing is awaited here that belongs to another request, whose context may be gone by then. */
  async #keep(sessionId: string, batch: Batch, send: Send<void>): Promise<void> {
    await this.#sleep(OUTCOME_WAIT_MS);
    if (this.#batches.get(sessionId) === batch) this.#batches.delete(sessionId);
    // A carrier may not live to tell, so it is waited for once and no longer.
    if ([...batch].some(({ inFlight }) => inFlight)) await this.#sleep(OUTCOME_WAIT_MS);
    if (batch.size === 0) return;
    const left = [...batch].map((outcome) => outcome.ended);
    await send(left).catch((error: unknown) => {
      throw new Error(`${left.length} outcomes could not be brought to their session`, { cause: error });
    });
  }

  /** Makes a request to a session that takes along what waits for it; what it takes waits on if it fails. */
  async withPending<Result>(sessionId: string, request: Send<Result>): Promise<Result> {
    const batch = this.#batches.get(sessionId);
    if (!batch || batch.size === 0) return request([]);
    const sent = [...batch].filter(({ inFlight }) => !inFlight);
    for (const outcome of sent) outcome.inFlight = true;
    try {
      const result = await request(sent.map(({ ended }) => ended));
      for (const outcome of sent) batch.delete(outcome);
      return result;
    } finally {
      for (const outcome of sent) outcome.inFlight = false;
    }
  }

  #open(sessionId: string): Batch {
    const batch: Batch = new Set();
    this.#batches.delete(sessionId);
    this.#batches.set(sessionId, batch);
    return batch;
  }
}
