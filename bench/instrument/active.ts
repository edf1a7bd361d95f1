// How long a Durable Object is active, as it is billed: from the first request or event that it is at work for to the end
// of the last, and as long as something that it asked for is on its way. Several at once count once.
import { AsyncLocalStorage } from 'node:async_hooks';
import { counts } from './counts';

export class Meter {
  #running = 0;
  #since = 0;

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running === 0) this.#since = Date.now();
    this.#running += 1;
    try {
      return await current.run(this, work);
    } finally {
      this.#running -= 1;
      if (this.#running === 0) counts.objectActiveMs += Date.now() - this.#since;
    }
  }
}

const current = new AsyncLocalStorage<Meter>();

/** Keeps the object active that this is asked from, if it is one. */
export function whileActive<Result>(work: () => Promise<Result>): Promise<Result> {
  const meter = current.getStore();
  return meter ? meter.run(work) : work();
}
