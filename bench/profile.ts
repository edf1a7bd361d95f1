// `node bench/profile.ts [subject] [call|list] [requests]`: where the time of a request goes. Runs one subject with its
// names left readable, takes V8's samples under load, and prints the functions that take most, by themselves and with
// all that they call. The whole profile is left in a file that Chrome's DevTools open.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../demo/ports.ts';
import { installComparators } from './harness/comparators.ts';
import { inspect } from './harness/inspector.ts';
import { load } from './harness/load.ts';
import { startNeighbours } from './harness/neighbours-process.ts';
import { mcpRequest, type Operation, type Wire } from './harness/requests.ts';
import { scratch } from './harness/scratch.ts';
import { bundler, open, subjects, type SubjectDefinition, type SubjectName } from './harness/subjects.ts';
import { table } from './harness/table.ts';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const SAMPLE_MICROSECONDS = 200;
const SHOWN = 60;

const [name = 'gateway', operation = 'call', requests = '3000'] = process.argv.slice(2);
installComparators();
const definition: SubjectDefinition | undefined = subjects[name as SubjectName];
if (definition?.wires[0] === undefined) throw new Error(`no subject with a profile: ${name}`);
const wire: Wire = definition.wires[0];
const directory = mkdtempSync(join(scratch, 'gateway-profile-'));
const neighbours = await startNeighbours();
const place = { neighbours, directory, minify: false };
const [inspectorPort = 0] = await freePorts(1);
const subject = await open(definition, await bundler(place)(definition), place, inspectorPort);
try {
  const request = mcpRequest(subject, wire, operation as Operation);
  await load(request, 1_000);
  const profile = await profileOf(inspectorPort, () => load(request, Number(requests)));
  const file = join(directory, `${name}-${operation}.cpuprofile`);
  writeFileSync(file, JSON.stringify(profile));
  print(profile);
  console.log(`\n${file}`);
} finally {
  await subject.worker.stop();
  neighbours.stop();
}

async function profileOf(port: number, during: () => Promise<unknown>): Promise<Profile> {
  const { ask, close } = await inspect(port, () => fetch(`${subject.url}/healthz`));
  await ask('Profiler.enable');
  await ask('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  await ask('Profiler.start');
  await during();
  const { profile } = await ask<{ profile: Profile }>('Profiler.stop');
  close();
  return profile;
}

function print({ nodes, samples, timeDeltas }: Profile): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)));
  const label = ({ callFrame: { functionName, lineNumber } }: ProfileNode) =>
    lineNumber < 0 ? functionName || '(native)' : `${functionName || '(anonymous)'} :${lineNumber + 1}`;
  const alone = new Map<string, number>();
  const withCallees = new Map<string, number>();
  const add = (to: Map<string, number>, key: string, time: number) => to.set(key, (to.get(key) ?? 0) + time);
  let total = 0;
  for (const [index, sample] of samples.entries()) {
    const leaf = byId.get(sample);
    const time = timeDeltas[index] ?? 0;
    if (!leaf || leaf.callFrame.functionName === '(idle)') continue;
    total += time;
    add(alone, label(leaf), time);
    const stack = new Set<string>();
    for (let node: ProfileNode | undefined = leaf; node; node = byId.get(parents.get(node.id) ?? -1))
      stack.add(label(node));
    for (const one of stack) add(withCallees, one, time);
  }
  const show = (title: string, times: Map<string, number>): void => {
    const top = [...times].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
    const rows = top.map(([key, time]) => [key, `${((time / total) * 100).toFixed(1)} %`]);
    console.log(`\n${table([title, 'share'], rows).join('\n')}`);
  };
  show('alone', alone);
  show('with all that it calls', withCallees);
}
