// How the cost of a call grows: with calls at once in one session, with the number of tools, and with the number of
// sessions that a deployment has.
import { heapMiB, inspect } from '../harness/inspector.ts';
import { load } from '../harness/load.ts';
import { mcpRequest, type Operation } from '../harness/requests.ts';
import { bundler, open, subjects, type OpenSubject, type Place, type SubjectName } from '../harness/subjects.ts';
import { freePorts } from '../../demo/ports.ts';
import { callEach, openSessions } from './sessions.ts';

export interface Point {
  /** How many: calls at once, tools, sessions. */
  readonly count: number;
  /** CPU time of the Worker's process per call, in milliseconds. */
  readonly cpuMs: number;
  /** What else is worth knowing there, by the head of its column. */
  readonly more: Readonly<Record<string, number>>;
}

export interface Curve {
  readonly title: string;
  readonly of: string;
  readonly points: readonly Point[];
}

const REST_MS = 3_000;
/** Longer than workerd keeps an object that nobody calls. */
const EVICTED_MS = 15_000;
const CALLS = 2_000;
const MODERN = '2026-07-28';
const CONCURRENCY = [1, 10, 100, 1_000];
const SESSIONS = [10, 100, 1_000, 10_000];
/** Calls of as many sessions show what a call of any of them takes. */
const CALLED_SESSIONS = 1_000;

export async function concurrencyCurve(place: Place): Promise<Curve> {
  const subject = await opened('gateway', place);
  const points: Point[] = [];
  await load(mcpRequest(subject, MODERN, 'call'), 500);
  for (const count of CONCURRENCY) {
    const { cpuMs, p50, p99 } = await cpuOf(subject, 'call', Math.max(CALLS, 2 * count), count);
    points.push({ count, cpuMs, more: { 'p50 ms': p50, 'p99 ms': p99 } });
  }
  await subject.worker.stop();
  return { title: 'Calls at once in one session', of: 'calls at once', points };
}

export async function toolsCurve(place: Place): Promise<Curve> {
  const points: Point[] = [];
  const bundle = bundler(place);
  for (const name of ['gateway-5', 'gateway-50', 'gateway-500'] as const) {
    const subject = await open(subjects[name], await bundle(subjects[name]), place);
    for (const operation of ['call', 'list'] as const) await load(mcpRequest(subject, MODERN, operation), 300);
    const { cpuMs } = await cpuOf(subject, 'call', CALLS);
    const list = await cpuOf(subject, 'list', CALLS / 2);
    points.push({ count: Number(subject.vars?.['TOOL_COUNT']), cpuMs, more: { 'CPU ms of a list': list.cpuMs } });
    await subject.worker.stop();
  }
  return { title: 'Tools of a definition', of: 'tools', points };
}

/** @param most sessions */
export async function sessionsCurve(place: Place, most: number): Promise<Curve> {
  const definition = { ...subjects.gateway, entry: 'bench/instrument/sessions.ts' };
  const [inspectorPort = 0] = await freePorts(1);
  const subject = await open(definition, await bundler(place)(definition), place, inspectorPort);
  await load(mcpRequest(subject, MODERN, 'call'), 500);
  const inspector = await inspect(inspectorPort, () => fetch(`${subject.url}/healthz`));
  const tokens: string[] = [];
  const points: Point[] = [];
  for (const count of SESSIONS.filter((one) => one <= most)) {
    tokens.push(...(await openSessions(subject, count - tokens.length)));
    await rest(EVICTED_MS);
    const before = subject.worker.cpu();
    const calls = await callEach(subject, tokens.slice(-CALLED_SESSIONS));
    await rest(REST_MS);
    const cpuMs = (subject.worker.cpu() - before) / calls;
    await rest(EVICTED_MS);
    points.push({ count, cpuMs, more: { 'heap MiB': await heapMiB(inspector) } });
  }
  inspector.close();
  await subject.worker.stop();
  return { title: 'Sessions of a deployment, each called once', of: 'sessions', points };
}

/** With what happens behind the answers. */
export async function cpuOf(subject: OpenSubject, operation: Operation, calls: number, concurrency?: number) {
  const before = subject.worker.cpu();
  const wire = subject.wires[0] ?? MODERN;
  const result = await load(mcpRequest(subject, wire, operation), calls, concurrency);
  await rest(REST_MS);
  return { ...result, cpuMs: (subject.worker.cpu() - before) / result.requests };
}

export async function opened(name: SubjectName, place: Place): Promise<OpenSubject> {
  return open(subjects[name], await bundler(place)(subjects[name]), place);
}

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
