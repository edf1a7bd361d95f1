// How the demo client speaks: one line a step, with the time it took, and a clear sentence where something is not as
// it should be. Nothing from a server reaches the terminal with its control characters.

export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new DemoFailure(otherwise);
}

export type Structured = Readonly<Record<string, unknown>>;

export class Narrator {
  readonly #start = performance.now();
  #last = performance.now();

  title(text: string): void {
    console.log(`\n${text}`);
    this.restart();
  }

  /** The next `done` counts from here. */
  restart(): void {
    this.#last = performance.now();
  }

  done(text: string, summary = ''): void {
    const now = performance.now();
    const milliseconds = `${Math.round(now - this.#last)} ms`;
    this.#last = now;
    console.log(`  ✓ ${milliseconds.padStart(8)}  ${clean(text)}${summary === '' ? '' : `  →  ${clean(summary)}`}`);
  }

  async step<Result>(text: string, work: Promise<Result>, summary: (result: Result) => string): Promise<Result> {
    this.restart();
    const result = await work;
    this.done(text, summary(result));
    return result;
  }

  show(lines: readonly string[]): void {
    for (const line of lines) console.log(`              ${clean(line)}`);
  }

  end(text: string): void {
    console.log(`\n${text} (${((performance.now() - this.#start) / 1000).toFixed(1)} s)`);
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
