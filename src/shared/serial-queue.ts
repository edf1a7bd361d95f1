// A Durable Object lets other events in while it awaits the network. Tasks that must not interleave run through this
// queue.

/** Runs tasks strictly one after another, in the order of their arrival. A failed task doesn't stop the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(task, task);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
