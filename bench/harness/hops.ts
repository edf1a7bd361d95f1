// How many hops an answer waits for, one after the other. Every request to a Durable Object, KV, D1 or the upstream is
// held up for a fixed while, in the Worker and in its objects alike: the answer is then late by that while, times the
// hops that it waited for. What runs beside another hop, or behind the answer, doesn't make it later.
import { mcpRequest, prove, resultOf, send, type Operation, type Wire } from './requests.ts';
import { bundler, open, subjects, type Place, type SubjectDefinition, type SubjectName } from './subjects.ts';

export interface Hops {
  readonly subject: SubjectName;
  readonly wire: Wire;
  readonly call: number;
  readonly list: number;
  /** Of a subject that has a tool which adds a record. */
  readonly write?: number;
}

/** Far above what anything else here takes, noise included. */
const HELD_MS = 200;
/** The quickest of these counts: noise only ever adds. */
const TRIES = 3;

/** The same Workers, with a watch around their bindings (bench/instrument/). */
export const watched: Readonly<Partial<Record<SubjectName, SubjectDefinition>>> = {
  gateway: { ...subjects.gateway, entry: 'bench/instrument/gateway.ts' },
  stateless: { ...subjects.stateless, entry: 'bench/comparators/watched-stateless.ts' },
  template: { ...subjects.template, entry: 'bench/comparators/watched-template.ts' },
};

/** @param wires those that are counted, of each subject */
export async function countHops(names: readonly SubjectName[], place: Place, wires: readonly Wire[]): Promise<Hops[]> {
  const bundle = bundler(place);
  const counted: Hops[] = [];
  for (const name of names) {
    const definition = watched[name];
    if (!definition) continue;
    const subject = await open(definition, await bundle(definition), place);
    const late = async (wire: Wire, operation: Operation): Promise<number> => {
      const time = async (): Promise<number> => {
        const began = performance.now();
        await resultOf(await send(mcpRequest(subject, wire, operation)));
        return performance.now() - began;
      };
      const quickest = async (held: number): Promise<number> => {
        await fetch(`${subject.url}/bench/delay?ms=${held}`);
        const times = [];
        for (let count = 0; count < TRIES; count += 1) times.push(await time());
        return Math.min(...times);
      };
      await prove(subject, wire, operation);
      return Math.round(((await quickest(HELD_MS)) - (await quickest(0))) / HELD_MS);
    };
    for (const wire of definition.wires.filter((one) => wires.includes(one)))
      counted.push({
        subject: name,
        wire,
        call: await late(wire, 'call'),
        list: await late(wire, 'list'),
        ...(name === 'gateway' && { write: await late(wire, 'write') }),
      });
    await subject.worker.stop();
  }
  return counted;
}
