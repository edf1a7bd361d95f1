// A clock for durations: it never goes back, and nobody sets it. Its zero means nothing.

/** In milliseconds. In workerd it moves on with input and output, and stands still while an isolate computes. */
export function monotonic(): number {
  return performance.now();
}
