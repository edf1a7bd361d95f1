// What a run found: the whole of bench/results.json.
import { availableParallelism, totalmem } from 'node:os';
import type { ColdStart } from './cold-start.ts';
import type { Hops } from './hops.ts';
import type { Measured } from './measure.ts';

export interface Goal {
  readonly name: string;
  readonly limit: number;
  /** Whether the limit is the most or the least that is allowed. */
  readonly kind: 'at most' | 'at least';
  readonly unit: '×' | 'hops' | 'KiB';
  readonly value: number;
  readonly noise: number;
  readonly verdict: 'met' | 'within noise' | 'missed';
}

export interface Results {
  /** ISO date. */
  readonly date: string;
  readonly quick: boolean;
  readonly machine: { readonly cores: number; readonly memoryGiB: number; readonly node: string };
  readonly rounds: number;
  readonly cases: readonly Measured[];
  readonly hops: readonly Hops[];
  readonly bundles: readonly { readonly subject: string; readonly gzipKiB: number }[];
  readonly coldStarts: readonly ColdStart[];
  readonly goals: readonly Goal[];
}

export function thisMachine(): Results['machine'] {
  return {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
  };
}
