// Repeats a request to a Durable Object that was reset while it ran.

/**
 * Runs a request to a Durable Object a second time when the object was reset during the first. A deployment or a crash
 * resets objects, and marks the error of requests that were running (Cloudflare, "Error handling" of Durable Objects).
 * Only for requests that may safely run twice.
 * @param ask gets a new stub each time: a stub that has seen a reset stays broken
 */
export async function onceMore<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const { retryable, durableObjectReset, overloaded } = Object(error) as Record<string, unknown>;
    if ((retryable !== true && durableObjectReset !== true) || overloaded === true) throw error;
    return ask();
  }
}
