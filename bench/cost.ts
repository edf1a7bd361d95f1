// `npm run cost`: what one call, sign-in, refresh and idle day of a session use of the platform, for the gateway and for
// what a user would pick instead; what a million of each costs at list prices; and how the cost of a call grows. Writes
// it into docs/performance.md as well; `-- --quick` leaves out the largest numbers, and writes nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { countEvents } from './cost/events.ts';
import { concurrencyCurve, cpuOf, opened, sessionsCurve, toolsCurve } from './cost/growth.ts';
import { curveTable, eventTable, heading, type CpuTimes } from './cost/report.ts';
import { installComparators } from './harness/comparators.ts';
import { fillIn } from './harness/document.ts';
import { load } from './harness/load.ts';
import { startNeighbours } from './harness/neighbours-process.ts';
import { mcpRequest } from './harness/requests.ts';
import { scratch } from './harness/scratch.ts';
import type { Place, SubjectName } from './harness/subjects.ts';

const isQuick = process.argv.includes('--quick');
const COMPARED: readonly SubjectName[] = ['gateway', 'stateless', 'template'];
const MEASURED_CALLS = 2_000;
const MEASURED_LISTS = 500;

/** On workerd alone: Miniflare's simulators run in the same process. */
async function cpuTimes(name: SubjectName, place: Place): Promise<CpuTimes> {
  const subject = await opened(name, place);
  const wire = subject.wires[0] ?? '2025-11-25';
  for (const operation of ['call', 'list'] as const) await load(mcpRequest(subject, wire, operation), 300);
  const call = await cpuOf(subject, 'call', MEASURED_CALLS);
  const list = await cpuOf(subject, 'list', MEASURED_LISTS);
  await subject.worker.stop();
  return { call: call.cpuMs, list: list.cpuMs };
}

installComparators();
const neighbours = await startNeighbours();
const directory = mkdtempSync(join(scratch, 'gateway-cost-'));
let places = 0;
const place = (): Place => ({ neighbours, directory: join(directory, String((places += 1))) });
const report: string[] = [];
const say = (text: string): void => {
  report.push(text);
  console.log(text);
};
try {
  say(heading);
  for (const name of COMPARED) say(eventTable(await countEvents(name, place()), await cpuTimes(name, place())));
  say(curveTable(await concurrencyCurve(place())));
  say(curveTable(await toolsCurve(place())));
  say(curveTable(await sessionsCurve(place(), isQuick ? 100 : 10_000)));
  if (!isQuick) fillIn('cost', report.join('\n'));
} finally {
  neighbours.stop();
  rmSync(directory, { recursive: true, force: true });
}
