// What a few noisy rounds allow to say: the middle of them, and how far from it the middle half lies.

export interface Estimate {
  readonly median: number;
  /** Half of the interquartile range: what another run may well differ by. */
  readonly noise: number;
}

export function estimate(values: readonly number[]): Estimate {
  return { median: quantile(values, 0.5), noise: (quantile(values, 0.75) - quantile(values, 0.25)) / 2 };
}

/** Linear between neighbours. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** Quotients within each round: what slows the machine down for a while slows both sides. */
export function ratio(of: readonly number[], to: readonly number[]): Estimate {
  return estimate(of.map((value, round) => value / (to[round] ?? Number.NaN)));
}
