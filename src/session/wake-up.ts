// The object's one alarm: moved only to an earlier time, so that whoever needs it first gets it, and asking again costs
// nothing. When it has rung, whoever still needs it says so again.

export class WakeUp {
  readonly #storage: DurableObjectStorage;
  readonly #failed: (error: unknown) => void;
  #at: number | undefined;

  /** @param failed is told when the alarm could not be set */
  constructor(storage: DurableObjectStorage, failed: (error: unknown) => void) {
    this.#storage = storage;
    this.#failed = failed;
  }

  /** Learns what was set before an eviction. */
  async load(): Promise<void> {
    this.#at = (await this.#storage.getAlarm()) ?? undefined;
  }

  /** Makes sure that the alarm rings at `time` (milliseconds) or before; at no time, for `Infinity`. */
  by(time: number): void {
    if (time === Infinity || (this.#at !== undefined && this.#at <= time)) return;
    this.#at = time;
    this.#storage.setAlarm(time).catch((error: unknown) => {
      this.#at = undefined;
      this.#failed(error);
    });
  }

  /** The alarm is ringing, and thereby no longer set. */
  rang(): void {
    this.#at = undefined;
  }
}
