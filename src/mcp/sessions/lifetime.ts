// How long a session lives without use. Memory knows the last use to a minute, since the edge answers some requests by
// itself (mcp/fast-path/), and storage to a few minutes. That is enough for an alarm that rings an hour later, and saves a
// write for each request.
import type { Alarm } from '../../session/alarm';
import type { EventLog } from './events';
import { IDLE_MS, USE_WRITTEN_MS } from './limits';
import type { McpSessionRecords } from './record';

export class Lifetime {
  readonly #records: McpSessionRecords;
  readonly #events: EventLog;
  readonly #wakeUp: Alarm;
  readonly #now: () => number;
  #usedAt = 0;

  constructor(records: McpSessionRecords, events: EventLog, wakeUp: Alarm, now: () => number) {
    this.#records = records;
    this.#events = events;
    this.#wakeUp = wakeUp;
    this.#now = now;
  }

  /** The session is in use now. */
  use(): void {
    this.#usedAt = this.#now();
    const written = this.#records.read()?.usedAt ?? 0;
    if (this.#usedAt - written > USE_WRITTEN_MS) this.#records.update({ usedAt: this.#usedAt });
    this.schedule();
  }

  /** The session makes room for others: it ends in so long, or before. */
  endSoon(milliseconds: number): void {
    this.#records.update({ endsAt: this.#now() + milliseconds });
    this.schedule();
  }

  get over(): boolean {
    return this.#now() >= this.#end();
  }

  /** The alarm is due when the session is over, or when an event has waited long enough. */
  schedule(): void {
    this.#wakeUp.by(Math.min(this.#end(), this.#events.nextPrune() ?? Number.POSITIVE_INFINITY));
  }

  #end(): number {
    const { usedAt = 0, endsAt = Number.POSITIVE_INFINITY } = this.#records.read() ?? {};
    return Math.min(Math.max(this.#usedAt, usedAt) + IDLE_MS, endsAt);
  }
}
