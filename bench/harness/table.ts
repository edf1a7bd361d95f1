// A run's results as text: one table a question, in Markdown, so that docs/performance.md can take them as they are.
import type { Measured, Turn } from './measure.ts';
import type { Goal, Results } from './results.ts';
import { estimate, ratio } from './statistics.ts';
import { subjects } from './subjects.ts';

export function tables(results: Results): string {
  const proxy = results.cases.find(({ case: one }) => one.subject === 'proxy')?.turns.map(({ cpu }) => cpu) ?? [];
  const section = (title: string, select: (one: Measured['case']) => boolean): string[] => {
    const rows = results.cases.filter((one) => select(one.case)).map((one) => caseRow(one, proxy));
    const head = ['', 'request', 'CPU ms per 1,000', '× proxy', 'per second', 'p50 ms', 'p99 ms'];
    return rows.length === 0 ? [] : [`### ${title}`, '', ...table(head, rows), ''];
  };
  const grown = (one: Measured['case']): boolean => one.subject.startsWith('gateway-');
  const { date, rounds, machine } = results;
  const { cores, memoryGiB, node } = machine;
  return [
    `Measured on ${date} on ${cores} cores with ${memoryGiB} GiB, Node ${node}, in ${rounds} rounds.`,
    '',
    ...section('tools/call', (one) => one.operation !== 'list' && !grown(one)),
    ...section('tools/list', (one) => one.operation === 'list' && !grown(one)),
    ...section('Growth with the number of tools', grown),
    ...others(results),
    '### Goals',
    '',
    ...table(['goal', 'wanted', 'measured', ''], results.goals.map(goalRow)),
  ].join('\n');
}

function others({ hops, bundles, coldStarts }: Results): string[] {
  return [
    '### Hops that an answer waits for',
    '',
    ...table(
      ['', 'wire', 'tools/call', 'tools/list', 'tools/call that writes'],
      hops.map(({ subject, wire, call, list, write }) => [
        subjects[subject].title,
        wire,
        String(call),
        String(list),
        write === undefined ? '' : String(write),
      ]),
    ),
    '',
    '### Bundle and cold start',
    '',
    ...table(
      ['', 'gzip KiB', 'first answer ms', 'first tools/list ms'],
      coldStarts.map(({ subject, start, firstList }) => [
        subjects[subject].title,
        (bundles.find((one) => one.subject === subject)?.gzipKiB ?? 0).toFixed(0),
        plusMinus(start.median, start.noise, 0),
        plusMinus(firstList.median, firstList.noise, 0),
      ]),
    ),
    '',
  ];
}

function caseRow({ case: { subject, wire, operation }, turns }: Measured, proxy: readonly number[]): string[] {
  const of = (pick: (turn: Turn) => number) => estimate(turns.map(pick));
  const cpu = of((turn) => turn.cpu);
  const times = ratio(
    turns.map((turn) => turn.cpu),
    proxy,
  );
  return [
    subjects[subject].title,
    wire === null ? 'GET' : `${operation}, ${wire}`,
    plusMinus(cpu.median, cpu.noise, 0),
    plusMinus(times.median, times.noise, 2),
    of((turn) => turn.perSecond).median.toFixed(0),
    of((turn) => turn.p50).median.toFixed(0),
    of((turn) => turn.p99).median.toFixed(0),
  ];
}

function goalRow({ name, kind, limit, unit, value, noise, verdict }: Goal): string[] {
  const digits = unit === '×' ? 2 : 0;
  return [name, `${kind} ${limit} ${unit}`, `${plusMinus(value, noise, digits)} ${unit}`, verdict];
}

function plusMinus(value: number, noise: number, digits: number): string {
  return noise === 0 ? value.toFixed(digits) : `${value.toFixed(digits)} ± ${noise.toFixed(digits)}`;
}

/** Padded, so that it reads well in a terminal too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, column) => Math.max(3, cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
