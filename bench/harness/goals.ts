// What the project wants of its hot path, and whether a run shows it. A goal counts as missed only by more than the
// noise of the very run that it is judged by.
import type { Hops } from './hops.ts';
import type { Goal, Results } from './results.ts';
import { IN_SESSION, type Wire } from './requests.ts';
import { ratio, type Estimate } from './statistics.ts';
import type { SubjectName } from './subjects.ts';

const MODERN: Wire = '2026-07-28';
const LEGACY: Wire = '2025-11-25';
/** Those that goals are about. */
const judged: readonly Wire[] = [MODERN, LEGACY, IN_SESSION];
const MAX_CPU = 4;
const LESS_THAN_TEMPLATE = 3;
const LESS_THAN_STATELESS = 1.6;
const MAX_LIST_GROWTH = 1.5;
const MAX_CALL_GROWTH = 1.15;
const MAX_HOPS = 1;
const MAX_GZIP_KIB = 250;
const MAX_COLD_START_MS = 80;

export function judge(results: Omit<Results, 'goals'>): Goal[] {
  const cpu = (subject: SubjectName, wire: Wire | null, operation: 'call' | 'list' | 'get'): number[] | undefined =>
    results.cases
      .find(({ case: one }) => one.subject === subject && one.wire === wire && one.operation === operation)
      ?.turns.map((turn) => turn.cpu);
  const goals: (Goal | undefined)[] = [];
  const times = (name: string, kind: Goal['kind'], limit: number, of?: number[], to?: number[]): void =>
    void goals.push(of && to && goal({ name, kind, limit, unit: '×' }, ratio(of, to)));

  const proxy = cpu('proxy', null, 'get');
  for (const wire of judged) {
    const call = cpu('gateway', wire, 'call');
    times(`CPU of a call over the reverse proxy's, ${wire}`, 'at most', MAX_CPU, call, proxy);
    const template = cpu('template', wire, 'call');
    times(`CPU of the McpAgent template over ours, ${wire}`, 'at least', LESS_THAN_TEMPLATE, template, call);
    const stateless = cpu('stateless', wire, 'call');
    times(`CPU of the stateless handler over ours, ${wire}`, 'at least', LESS_THAN_STATELESS, stateless, call);
  }
  const grown = (operation: 'call' | 'list', limit: number): void =>
    times(
      `CPU of tools/${operation} with 50 tools over that with 5`,
      'at most',
      limit,
      cpu('gateway-50', MODERN, operation),
      cpu('gateway-5', MODERN, operation),
    );
  grown('list', MAX_LIST_GROWTH);
  grown('call', MAX_CALL_GROWTH);
  for (const { wire, call } of results.hops.filter(
    ({ subject, wire }: Hops) => subject === 'gateway' && judged.includes(wire),
  ))
    goals.push(
      goal(
        { name: `Blocking hops of a warm read, ${wire}`, kind: 'at most', limit: MAX_HOPS, unit: 'hops' },
        exact(call),
      ),
    );
  const bundle = results.bundles.find(({ subject }) => subject === 'gateway');
  if (bundle)
    goals.push(
      goal({ name: 'Bundle, gzip', kind: 'at most', limit: MAX_GZIP_KIB, unit: 'KiB' }, exact(bundle.gzipKiB)),
    );
  const cold = results.coldStarts.find(({ subject }) => subject === 'gateway');
  if (cold)
    goals.push(
      goal(
        { name: 'Cold start over an empty Worker', kind: 'at most', limit: MAX_COLD_START_MS, unit: 'ms' },
        cold.start,
      ),
    );
  return goals.filter((one) => one !== undefined);
}

const exact = (median: number): Estimate => ({ median, noise: 0 });

function goal(of: Pick<Goal, 'name' | 'kind' | 'limit' | 'unit'>, { median, noise }: Estimate): Goal {
  const over = of.kind === 'at most' ? median - of.limit : of.limit - median;
  return { ...of, value: median, noise, verdict: over <= 0 ? 'met' : over <= noise ? 'within noise' : 'missed' };
}
