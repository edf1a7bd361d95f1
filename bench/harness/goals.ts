// What the project wants of its hot path, and whether a run shows it. Goals are ratios to what a user would take instead,
// measured in the same run: ratios to a reverse proxy wander with the machine. A goal counts as missed only by more than
// the noise of the very run that it is judged by.
import type { Goal, Results } from './results.ts';
import { IN_SESSION, type Operation, type Wire } from './requests.ts';
import { ratio, type Estimate } from './statistics.ts';
import { subjects, type SubjectName } from './subjects.ts';

const MODERN: Wire = '2026-07-28';
const LEGACY: Wire = '2025-11-25';
const MAX_HOPS_OF_A_READ = 1;
const MAX_HOPS_IN_A_SESSION = 2;
const MAX_GZIP_KIB = 250;
const MAX_COLD_START = 1.2;

type Request = readonly [subject: SubjectName, wire: Wire, operation: Operation];

/** CPU of one request over that of another. */
const cpuGoals: readonly (readonly [of: Request, kind: Goal['kind'], limit: number, to: Request])[] = [
  [['gateway', MODERN, 'call'], 'at most', 1, ['sdk', MODERN, 'call']],
  [['gateway', LEGACY, 'call'], 'at most', 1, ['sdk', LEGACY, 'call']],
  // The bare SDK has no sessions: its call without one is the yardstick.
  [['gateway', IN_SESSION, 'call'], 'at most', 0.9, ['sdk', LEGACY, 'call']],
  [['gateway', IN_SESSION, 'write'], 'at most', 1.1, ['sdk', LEGACY, 'call']],
  [['gateway', IN_SESSION, 'list'], 'at most', 1.1, ['sdk', LEGACY, 'call']],
  [['template', IN_SESSION, 'call'], 'at least', 3, ['gateway', IN_SESSION, 'call']],
  [['stateless', MODERN, 'call'], 'at least', 1.8, ['gateway', MODERN, 'call']],
  [['stateless', LEGACY, 'call'], 'at least', 1.8, ['gateway', LEGACY, 'call']],
  [['gateway-50', MODERN, 'list'], 'at most', 1.5, ['gateway-5', MODERN, 'list']],
  [['gateway-50', MODERN, 'call'], 'at most', 1.15, ['gateway-5', MODERN, 'call']],
];

export function judge(results: Omit<Results, 'goals'>): Goal[] {
  return [...cpu(results), ...hops(results), ...size(results), ...coldStart(results)];
}

function cpu({ cases }: Omit<Results, 'goals'>): Goal[] {
  const turns = ([subject, wire, operation]: Request): number[] | undefined =>
    cases
      .find(({ case: one }) => one.subject === subject && one.wire === wire && one.operation === operation)
      ?.turns.map((turn) => turn.cpu);
  return cpuGoals.flatMap(([of, kind, limit, to]) => {
    const [mine, theirs] = [turns(of), turns(to)];
    if (!mine || !theirs) return [];
    return [goal({ name: `CPU: ${words(of)} over ${words(to)}`, kind, limit, unit: '×' }, ratio(mine, theirs))];
  });
}

function words([subject, wire, operation]: Request): string {
  return `${subjects[subject].title}, ${operation}, ${wire}`;
}

function hops(results: Omit<Results, 'goals'>): Goal[] {
  const most = (name: string, limit: number, count: number): Goal =>
    goal({ name: `Blocking hops of a warm ${name}`, kind: 'at most', limit, unit: 'hops' }, exact(count));
  return results.hops
    .filter(({ subject }) => subject === 'gateway')
    .flatMap(({ wire, call, list, write }) => [
      most(`read, ${wire}`, MAX_HOPS_OF_A_READ, call),
      ...(wire === IN_SESSION ? [most(`list, ${wire}`, MAX_HOPS_IN_A_SESSION, list)] : []),
      // What a write waits for at the upstream is a hop as well: it begins only after the session's yes.
      ...(wire === IN_SESSION && write !== undefined ? [most(`write, ${wire}`, MAX_HOPS_IN_A_SESSION, write)] : []),
    ]);
}

function size({ bundles }: Omit<Results, 'goals'>): Goal[] {
  const bundle = bundles.find(({ subject }) => subject === 'gateway');
  if (!bundle) return [];
  return [goal({ name: 'Bundle, gzip', kind: 'at most', limit: MAX_GZIP_KIB, unit: 'KiB' }, exact(bundle.gzipKiB))];
}

function coldStart({ coldStarts }: Omit<Results, 'goals'>): Goal[] {
  const [ours, bare] = ['gateway', 'sdk'].map((name) => coldStarts.find(({ subject }) => subject === name)?.starts);
  if (!ours || !bare) return [];
  const name = "Cold start over the bare SDK's, an empty Worker's taken off both";
  return [goal({ name, kind: 'at most', limit: MAX_COLD_START, unit: '×' }, ratio(ours, bare))];
}

const exact = (median: number): Estimate => ({ median, noise: 0 });

function goal(of: Pick<Goal, 'name' | 'kind' | 'limit' | 'unit'>, { median, noise }: Estimate): Goal {
  const over = of.kind === 'at most' ? median - of.limit : of.limit - median;
  return { ...of, value: median, noise, verdict: over <= 0 ? 'met' : over <= noise ? 'within noise' : 'missed' };
}
