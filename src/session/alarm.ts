// The object's one alarm. It is only ever moved to an earlier time, so the earliest task is on time, and asking again costs
// nothing. After it has rung, each task that still needs it asks again.

export class Alarm {
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

  /** Reads which time was set before an eviction. */
  async load(): Promise<void> {
    this.#at = (await this.#storage.getAlarm()) ?? undefined;
  }

  /** Makes sure that the alarm rings at `time` (milliseconds since the epoch) or before. `Infinity` sets nothing. */
  by(time: number): void {
    if (time === Infinity || (this.#at !== undefined && this.#at <= time)) return;
    this.#at = time;
    this.#storage.setAlarm(time).catch((error: unknown) => {
      this.#at = undefined;
      this.#failed('alarm_not_set', error);
    });
  }

  /** The alarm is ringing, so it is no longer set. */
  rang(): void {
    this.#at = undefined;
  }

  /**
   * Runs the task that the alarm rang for.
   * @param again when the alarm rings again after a failure. The platform gives up an alarm that keeps failing; the data
   *   that waits in the object must not be forgotten with it
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
