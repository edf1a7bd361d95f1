// `npm run bench`: measures the gateway beside what a user would pick instead, prints the tables, writes results.json and
// into docs/performance.md, and fails when a goal is missed by more than the noise. `-- --quick` measures what the goals
// need, roughly, in some two minutes, and writes nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';

import { join } from 'node:path';
import { inRepository } from '../demo/paths.ts';
import { coldStarts } from './harness/cold-start.ts';
import { installComparators } from './harness/comparators.ts';
import { judge } from './harness/goals.ts';
import { fillIn } from './harness/document.ts';
import { countHops } from './harness/hops.ts';
import { measure, type Subjects } from './harness/measure.ts';
import { startNeighbours, type Neighbours } from './harness/neighbours-process.ts';
import { picture } from './harness/picture.ts';
import { full, quick, type Plan } from './harness/plan.ts';
import { thisMachine, type Results } from './harness/results.ts';
import { scratch } from './harness/scratch.ts';
import { bundler, open, subjects, type OpenSubject, type SubjectName } from './harness/subjects.ts';
import { tables } from './harness/table.ts';

const isQuick = process.argv.includes('--quick');

async function run(plan: Plan, neighbours: Neighbours, directory: string): Promise<Results> {
  const place = { neighbours, directory };
  const names = [...new Set(plan.cases.map(({ subject }) => subject))];
  const opened = await openAll(names, place);
  try {
    say('measuring');
    const cases = await measure(plan, opened, neighbours, (done, of) => say(`turn ${done} of ${of}`));
    say('cold starts');
    const compared: SubjectName[] = isQuick ? ['sdk', 'gateway'] : ['sdk', 'gateway', 'stateless', 'template'];
    const starts = await coldStarts(opened, compared, plan.coldStarts);
    say('hops');
    const wires = plan.cases.flatMap(({ wire }) => wire ?? []);
    const hops = await countHops(compared, { neighbours, directory: join(directory, 'watched') }, wires);
    const bundles = [...opened.values()].map(({ name, bundle }) => ({ subject: name, gzipKiB: bundle.gzipKiB }));
    const machine = thisMachine();
    const date = new Date().toISOString().slice(0, 10);
    const found = { date, quick: isQuick, machine, rounds: plan.rounds, cases, hops, bundles, coldStarts: starts };
    return { ...found, goals: judge(found) };
  } finally {
    for (const { worker } of opened.values()) await worker.stop();
  }
}

async function openAll(names: readonly SubjectName[], place: Parameters<typeof bundler>[0]): Promise<Subjects> {
  const bundle = bundler(place);
  const opened = new Map<SubjectName, OpenSubject>();
  say('building');
  await Promise.all(names.map((name) => bundle(subjects[name])));
  for (const name of names) {
    say(`starting ${name}`);
    opened.set(name, await open(subjects[name], await bundle(subjects[name]), place));
  }
  return opened;
}

/** Progress, in one line of a terminal; a log gets none. */
function say(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${what}`);
}

installComparators();
const directory = mkdtempSync(join(scratch, 'gateway-bench-'));
const neighbours = await startNeighbours();
try {
  const results = await run(isQuick ? quick : full, neighbours, directory);
  say('');
  const report = tables(results);
  console.log(report);
  if (!isQuick) {
    fillIn('bench', report);
    writeFileSync(inRepository('bench/results.json'), `${JSON.stringify(results, null, 2)}\n`);
    writeFileSync(inRepository('docs/pictures/performance.svg'), picture(results));
  }
  const missed = results.goals.filter(({ verdict }) => verdict === 'missed');
  if (missed.length > 0) process.exitCode = 1;
} finally {
  neighbours.stop();
  rmSync(directory, { recursive: true, force: true });
}
