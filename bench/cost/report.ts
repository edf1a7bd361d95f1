// What `npm run cost` prints.
import { subjects } from '../harness/subjects.ts';
import { table } from '../harness/table.ts';
import { ASSUMED_HOP_MS, type Events } from './events.ts';
import type { Curve } from './growth.ts';
import { dollarsPerMillion, PRICES_AS_OF } from './prices.ts';
import type { Usage } from './usage.ts';

export interface CpuTimes {
  readonly call: number;
  readonly list: number;
}

const units: Readonly<Record<string, (usage: Usage) => number>> = {
  requests: (usage) => usage.requests,
  'object requests and alarms': (usage) => usage.objectRequests + usage.alarms,
  'ms that an object is active': (usage) => usage.objectActiveMs,
  'object rows read': (usage) => usage.objectRowsRead,
  'object rows written': (usage) => usage.objectRowsWritten,
  'KV reads': (usage) => usage.kvReads,
  'KV writes and lists': (usage) => usage.kvWrites + usage.kvLists,
  'D1 rows read': (usage) => usage.d1RowsRead,
  'D1 rows written': (usage) => usage.d1RowsWritten,
  'requests to other servers': (usage) => usage.fetches,
};

export const heading = `Counted on ${new Date().toISOString().slice(0, 10)}; list prices of ${PRICES_AS_OF}, beyond what a plan includes. Every answer from elsewhere takes ${ASSUMED_HOP_MS} ms.\n`;

export function eventTable({ subject, ...events }: Events, cpu: CpuTimes): string {
  const columns: Readonly<Record<string, Usage>> = {
    'sign-in': events.signIn,
    refresh: events.refresh,
    'a call alone': { ...events.call, cpuMs: cpu.call },
    'one of many calls': { ...events.callInBurst, cpuMs: cpu.call },
    'tools/list': { ...events.list, cpuMs: cpu.list },
  };
  const usages = Object.values(columns);
  const cpuRow = usages.map(({ cpuMs }) => (cpuMs === 0 ? '' : shown(cpuMs)));
  const rows = Object.entries(units).map(([label, of]) => [label, ...usages.map((usage) => shown(of(usage)))]);
  const price = usages.map((usage) => dollarsPerMillion(usage).toFixed(2));
  return [
    `### ${subjects[subject].title}`,
    '',
    ...table(['', ...Object.keys(columns)], [...rows, ['CPU ms', ...cpuRow], ['$ for a million', ...price]]),
    '',
    `A session that nobody uses for a day: ${events.alarmsPerIdleDay} alarms, and nothing else.`,
    '',
  ].join('\n');
}

export function curveTable({ title, of, points }: Curve): string {
  const more = Object.keys(points[0]?.more ?? {});
  const rows = points.map(({ count, cpuMs, more: values }) => [
    count.toLocaleString('en-US'),
    shown(cpuMs),
    ...more.map((name) => shown(values[name] ?? 0)),
  ]);
  return [`### ${title}`, '', ...table([of, 'CPU ms of a call', ...more], rows), ''].join('\n');
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
