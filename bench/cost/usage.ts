// What something used of the platform, in the units of its bill, as the watched Worker counts it (bench/instrument/).
import type { Counts } from '../instrument/counts.ts';

export interface Usage extends Counts {
  /** CPU time of the Worker's process, measured on workerd alone. */
  readonly cpuMs: number;
}

/** One of `times`. */
export function share(counts: Counts, times: number, cpuMs = 0): Usage {
  const each = Object.entries(counts).map(([unit, count]) => [unit, count / times]);
  return { ...(Object.fromEntries(each) as Counts), cpuMs };
}
