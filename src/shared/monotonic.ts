// A clock for durations. It never goes back, and nobody can set it. Its zero has no meaning.

/** In milliseconds. In workerd the clock advances only with I/O: it stands still while an isolate computes. */
export function monotonic(): number {
  return performance.now();
}
