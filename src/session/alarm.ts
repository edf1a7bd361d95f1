// The object's one alarm: moved only to an earlier time, so that whoever needs it first gets it, and asking again costs
// nothing. When it has rung, whoever still needs it says so again.

export class WakeUp {
  readonly #storage: DurableObjectStorage;
  readonly #failed: (event: 'alarm_not_set' | 'alarm_failed', error: unknown) => void;
  #at: number | undefined;

  /** @param failed is told when the alarm could not be set, or when its task failed */
  constructor(
    storage: DurableObjectStorage,
    failed: (event: 'alarm_not_set' | 'alarm_failed', error: unknown) => void,
  ) {
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
      this.#failed('alarm_not_set', error);
    });
  }

  /** The alarm is ringing, and thereby no longer set. */
  rang(): void {
    this.#at = undefined;
  }

  /**
   * Runs the task that the alarm rang for.
   * @param again when the alarm rings once more after a failure: the platform gives up an alarm that keeps failing, and
   *   what waits in the object must not be forgotten with it
   */
  async ring(task: () => Promise<void>, again: number): Promise<void> {
    this.rang();
    try {
      await task();
    } catch (error) {
      this.#failed('alarm_failed', error);
      this.by(again);
    }
  }
}
