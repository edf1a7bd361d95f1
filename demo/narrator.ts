// How the demo client speaks: one line a step, with the time it took, below it what went over the wire, and a clear
// sentence where something is not as it should be. Nothing from a server reaches the terminal with its control characters.
import { styleText } from 'node:util';
import { exchangeLines } from './exchange-text.ts';
import type { Wire } from './wire.ts';

export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new DemoFailure(otherwise);
}

export type Structured = Readonly<Record<string, unknown>>;

/** What came of a step: a few words, or those and more lines below them. */
export type Summary = string | readonly string[];

export class Narrator {
  readonly #wire: Wire;
  #start: number | undefined;
  #last = performance.now();
  #brief = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** A new part of the story. `brief`: of what goes over the wire only where, for what has been shown before. */
  title(text: string, { brief = false } = {}): void {
    console.log(`\n${styleText('bold', text, { stream: process.stdout })}`);
    this.#brief = brief;
    this.#start ??= performance.now();
    this.restart();
  }

  /** The next `done` counts from here. */
  restart(): void {
    this.#last = performance.now();
  }

  done(text: string, summary: Summary = ''): void {
    const now = performance.now();
    const milliseconds = `${Math.round(now - this.#last)} ms`;
    const [outcome = '', ...more] = typeof summary === 'string' ? [summary] : summary;
    console.log(`  ✓ ${milliseconds.padStart(8)}  ${clean(text)}${outcome === '' ? '' : `  →  ${clean(outcome)}`}`);
    for (const line of more) console.log(`              ${clean(line)}`);
    this.#showWire();
    this.#last = performance.now();
  }

  async step<Result>(text: string, work: Promise<Result>, summary: (result: Result) => Summary): Promise<Result> {
    this.restart();
    const result = await work;
    this.done(text, summary(result));
    return result;
  }

  end(text: string): void {
    const seconds = (performance.now() - (this.#start ?? performance.now())) / 1000;
    console.log(`\n${text} (${seconds.toFixed(1)} s)`);
  }

  /** What the step that failed has sent, and why it failed. */
  failed(reason: string): void {
    this.#brief = false;
    this.#showWire();
    console.error(`\n✗ ${reason}`);
  }

  #showWire(): void {
    for (const line of exchangeLines(this.#wire.take(), '      ', this.#brief))
      console.log(styleText('dim', clean(line), { stream: process.stdout }));
  }
}

/** The records in a list of a structured answer. */
export function records(answer: Structured, name: string): Structured[] {
  const list = answer[name];
  expect(Array.isArray(list), `The answer should have a list "${name}".`);
  return list as Structured[];
}

/** `31 leads` */
export const count = (answer: Structured, what: string): string => `${number(answer['total'])} ${what}`;

export const number = (value: unknown): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : json(value);

export const json = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export const quote = (text: string): string => `“${text.length > 300 ? `${text.slice(0, 300)}…` : text}”`;

const clean = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');
