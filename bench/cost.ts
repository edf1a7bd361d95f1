// `npm run cost`: what one call, sign-in, refresh and idle day of a session use of the platform, for the gateway and for
// what a user would pick instead; what a million of each costs at list prices; and how the cost of a call grows.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { countEvents, ASSUMED_HOP_MS, type Events } from './cost/events.ts';
import { concurrencyCurve, cpuOf, opened, sessionsCurve, toolsCurve, type Curve } from './cost/growth.ts';
import { dollarsPerMillion, PRICES_AS_OF } from './cost/prices.ts';
import type { Usage } from './cost/usage.ts';
import { installComparators } from './harness/comparators.ts';
import { load } from './harness/load.ts';
import { startNeighbours } from './harness/neighbours-process.ts';
import { mcpRequest } from './harness/requests.ts';
import { scratch } from './harness/scratch.ts';
import { subjects, type Place, type SubjectName } from './harness/subjects.ts';
import { table } from './harness/table.ts';

const COMPARED: readonly SubjectName[] = ['gateway', 'stateless', 'template'];
const COUNTED = 2_000;

const units: Readonly<Record<string, keyof Usage>> = {
  requests: 'requests',
  'CPU ms': 'cpuMs',
  'object requests': 'objectRequests',
  alarms: 'alarms',
  'object ms': 'objectActiveMs',
  'object rows read': 'objectRowsRead',
  'object rows written': 'objectRowsWritten',
  'KV reads': 'kvReads',
  'KV writes and lists': 'kvWrites',
  'D1 rows read': 'd1RowsRead',
  'D1 rows written': 'd1RowsWritten',
  'upstream and identity provider': 'fetches',
};

/** CPU time of a call and of a list, on workerd alone. */
async function cpuTimes(name: SubjectName, place: Place): Promise<{ call: number; list: number }> {
  const subject = await opened(name, place);
  const wire = subject.wires[0] ?? '2025-11-25';
  for (const operation of ['call', 'list'] as const) await load(mcpRequest(subject, wire, operation), 300);
  const call = await cpuOf(subject, 'call', COUNTED);
  const list = await cpuOf(subject, 'list', COUNTED / 4);
  await subject.worker.stop();
  return { call: call.cpuMs, list: list.cpuMs };
}

function eventTable({ subject, ...events }: Events, cpu: { call: number; list: number }): string {
  const columns: Record<string, Usage> = {
    'sign-in': events.signIn,
    'call, alone': { ...events.call, cpuMs: cpu.call },
    'call, one of many': { ...events.callInBurst, cpuMs: cpu.call },
    'tools/list': { ...events.list, cpuMs: cpu.list },
    refresh: events.refresh,
  };
  const usages = Object.values(columns);
  const shown = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2));
  const rows = Object.entries(units).map(([label, unit]) => [
    label,
    ...usages.map((usage) => shown(unit === 'kvWrites' ? usage.kvWrites + usage.kvLists : usage[unit])),
  ]);
  const price = ['**$ per million**', ...usages.map((usage) => dollarsPerMillion(usage).toFixed(2))];
  const idle = `A session that nobody uses for a day: ${events.alarmsPerIdleDay} alarms.`;
  return [
    `## ${subjects[subject].title}`,
    '',
    ...table(['', ...Object.keys(columns)], [...rows, price]),
    '',
    idle,
    '',
  ].join('\n');
}

function curveTable({ title, of, points }: Curve): string {
  const more = Object.keys(points[0]?.more ?? {});
  const rows = points.map(({ count, cpuMs, more: values }) => [
    count.toLocaleString('en-US'),
    cpuMs.toFixed(2),
    ...more.map((name) => (values[name] ?? 0).toFixed(name.startsWith('p') ? 0 : 2)),
  ]);
  return [`## ${title}`, '', ...table([of, 'CPU ms of a call', ...more], rows), ''].join('\n');
}

installComparators();
const neighbours = await startNeighbours();
const directory = mkdtempSync(join(scratch, 'gateway-cost-'));
let places = 0;
const place = (): Place => ({ neighbours, directory: join(directory, String((places += 1))) });
try {
  console.log(
    `List prices of ${PRICES_AS_OF}, beyond what a plan includes. Answers from elsewhere take ${ASSUMED_HOP_MS} ms.\n`,
  );
  for (const name of COMPARED) console.log(eventTable(await countEvents(name, place()), await cpuTimes(name, place())));
  for (const curve of [concurrencyCurve, toolsCurve, sessionsCurve]) console.log(curveTable(await curve(place())));
} finally {
  neighbours.stop();
  rmSync(directory, { recursive: true, force: true });
}
