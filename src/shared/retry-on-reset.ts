// Asks a Durable Object again when it was reset under its caller.

/**
 * A deployment or a crash resets an object under its callers, whose requests then fail with a mark (Cloudflare's
 * "Error handling" for Durable Objects). For what may safely happen twice, the caller need not hear of it.
 * @param ask takes a stub of its own each time: one that has seen its object reset stays broken
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
