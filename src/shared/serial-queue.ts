// A Durable Object lets other events in while it awaits the network. What must not interleave runs through here.

/** Runs tasks strictly one after another, in the order they came; a failed one doesn't stop the next. */
export class SingleFile {
  #tail: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(task, task);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
