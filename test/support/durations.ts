// The clock for durations (src/shared/monotonic.ts) in the test's hands.
import { vi } from 'vitest';

/** Moves the clock on. */
export type PassBy = (milliseconds: number) => void;

/** From here on that clock moves by itself, by what is passed, and by each wait under a second, which is skipped. */
export function takeDurations(): PassBy {
  let ahead = 0;
  const now = performance.now.bind(performance);
  const timer = setTimeout;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms = 0) => {
    if (ms <= 100 || ms > 1_000) return timer(run, ms);
    return timer(() => {
      ahead += ms;
      run();
    }, 0);
  });
  return (milliseconds) => {
    ahead += milliseconds;
  };
}
