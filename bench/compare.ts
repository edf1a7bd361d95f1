// What a change gained: builds several gateways, and measures a call of each beside the others, in turns.
// `node bench/compare.ts REF [REF …]`: those of git revisions and of the working tree. They have to fit the dependencies
// that are installed. `--wire` measures another than 2026-07-28 (bench/harness/requests.ts). `npm run bench:pieces`: the
// working tree whole, and without each of the pieces that make it fast; also puts that into docs/performance.md.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inRepository } from '../demo/paths.ts';
import { build } from './harness/build.ts';
import { installComparators } from './harness/comparators.ts';
import { fillIn } from './harness/document.ts';
import { load } from './harness/load.ts';
import { startNeighbours } from './harness/neighbours-process.ts';
import { pieces, treeWithout, type Piece } from './harness/pieces.ts';
import { mcpRequest, prove, type HttpRequest, type Wire } from './harness/requests.ts';
import { scratch } from './harness/scratch.ts';
import { estimate, ratio } from './harness/statistics.ts';
import { bundler, open, subjects, type OpenSubject } from './harness/subjects.ts';
import { table } from './harness/table.ts';

const ROUNDS = 5;
const WARM_UP = 800;
const CALLS = 2_000;
/** Longer than batches wait: what happens behind the answers counts. */
const REST_MS = 3_000;

interface Side {
  readonly name: string;
  readonly subject: OpenSubject;
  readonly request: HttpRequest;
  readonly cpu: number[];
}

const { values, positionals: revisions } = parseArgs({
  options: { pieces: { type: 'boolean', default: false }, wire: { type: 'string', default: '2026-07-28' } },
  allowPositionals: true,
});
const wire = wireOf(values.wire);
installComparators();
const directory = mkdtempSync(join(scratch, 'gateway-compare-'));
const neighbours = await startNeighbours();
const place = { neighbours, directory };
try {
  const sides = values.pieces
    ? [await proxy(), await workingTree('everything'), ...(await each(pieces, without))]
    : [await proxy(), ...(await each(revisions, revision)), await workingTree()];
  for (const { request } of sides) await load(request, WARM_UP);
  await rest();
  for (let round = 0; round < ROUNDS; round += 1) for (const side of sides) await turn(side);
  for (const { subject } of sides) await subject.worker.stop();
  const report = reportOf(sides);
  console.log(report);
  if (values.pieces) fillIn('bench:pieces', report);
} finally {
  neighbours.stop();
  rmSync(directory, { recursive: true, force: true });
}

function wireOf(name: string): Wire {
  const { wires } = subjects.gateway;
  const wire = wires.find((one) => one === name);
  if (!wire) throw new Error(`--wire is one of: ${wires.join(' | ')}`);
  return wire;
}

async function each<Item>(items: readonly Item[], open: (item: Item) => Promise<Side>): Promise<Side[]> {
  const sides: Side[] = [];
  for (const item of items) sides.push(await open(item));
  return sides;
}

async function proxy(): Promise<Side> {
  const subject = await open(subjects.proxy, await bundler(place)(subjects.proxy), place);
  const request = { url: `${subject.url}/v1/customers/cus_0001`, method: 'GET', headers: {} } as const;
  return { name: 'reverse proxy', subject, request, cpu: [] };
}

async function revision(ref: string): Promise<Side> {
  const name = execFileSync('git', ['log', '-1', '--format=%h %s', ref], { cwd: inRepository('.'), encoding: 'utf8' });
  const tree = join(directory, `tree-${ref.replaceAll(/\W/g, '-')}`);
  mkdirSync(tree);
  const archive = execFileSync('git', ['archive', ref], { cwd: inRepository('.'), maxBuffer: 2 ** 30 });
  execFileSync('tar', ['x', '-C', tree], { input: archive });
  symlinkSync(inRepository('node_modules'), join(tree, 'node_modules'));
  return gateway(name.trim(), tree);
}

function workingTree(name = 'working tree'): Promise<Side> {
  return gateway(name, inRepository('.'));
}

function without(piece: Piece): Promise<Side> {
  const tree = mkdtempSync(join(directory, 'tree-'));
  treeWithout(piece, tree);
  return gateway(`without ${piece.name}`, tree);
}

async function gateway(name: string, tree: string): Promise<Side> {
  const own = mkdtempSync(join(directory, 'side-'));
  const bundle = await build({ config: join(tree, 'wrangler.toml'), directory: join(own, 'bundle') });
  const subject = await open(subjects.gateway, bundle, { ...place, directory: own });
  await prove(subject, wire, 'call');
  return { name, subject, request: mcpRequest(subject, wire, 'call'), cpu: [] };
}

async function turn({ subject, request, cpu }: Side): Promise<void> {
  const before = subject.worker.cpu();
  const { requests } = await load(request, CALLS);
  if (subject.kind === 'gateway') await rest();
  cpu.push(((subject.worker.cpu() - before) / requests) * 1_000);
}

function reportOf(sides: readonly Side[]): string {
  const [yardstick, first] = sides;
  const rows = sides.map(({ name, cpu }) => {
    const own = estimate(cpu);
    const times = ratio(cpu, yardstick?.cpu ?? []);
    const gained = ratio(cpu, first?.cpu ?? []);
    return [
      name,
      `${own.median.toFixed(0)} ± ${own.noise.toFixed(0)}`,
      `${times.median.toFixed(2)} ± ${times.noise.toFixed(2)}`,
      `${gained.median.toFixed(2)} ± ${gained.noise.toFixed(2)}`,
    ];
  });
  return table(['', 'CPU ms per 1,000', '× proxy', 'of the first'], rows).join('\n');
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}
