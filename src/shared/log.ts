// Structured logs: one redacted JSON object per line. Workers Logs and `wrangler tail` collect what `console` prints.
import { AsyncLocalStorage } from 'node:async_hooks';
import { redact, type Redaction } from './redact';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log that adds `fields` to each line. */
  with(fields: LogFields): Log;
}

/** `event` is a stable, dotted name such as `sign_in.failed`; everything variable goes into the fields. */
export function createLog(redaction: Redaction, bound: LogFields = {}): Log {
  return new JsonLog(redaction, bound);
}

/**
 * A log that holds its lines until {@link release}, for work whose result may be thrown away. Lines that are never
 * released are never written.
 */
export class HeldLog implements Log {
  readonly #log: Log;
  readonly #state: { released: boolean; readonly waiting: (() => void)[] };

  constructor(log: Log, state = { released: false, waiting: [] as (() => void)[] }) {
    this.#log = log;
    this.#state = state;
  }

  /** The result of the work counts: writes the held lines, and from now on each line at once. */
  release(): void {
    this.#state.released = true;
    for (const write of this.#state.waiting.splice(0)) write();
  }

  info(event: string, fields?: LogFields): void {
    this.#hold(() => this.#log.info(event, fields));
  }

  warn(event: string, fields?: LogFields): void {
    this.#hold(() => this.#log.warn(event, fields));
  }

  error(event: string, fields?: LogFields): void {
    this.#hold(() => this.#log.error(event, fields));
  }

  with(fields: LogFields): Log {
    return new HeldLog(this.#log.with(fields), this.#state);
  }

  #hold(write: () => void): void {
    if (this.#state.released) write();
    else this.#state.waiting.push(write);
  }
}

class JsonLog implements Log {
  readonly #redaction: Redaction;
  readonly #bound: LogFields;

  constructor(redaction: Redaction, bound: LogFields) {
    this.#redaction = redaction;
    this.#bound = bound;
  }

  info(event: string, fields?: LogFields): void {
    this.#write('info', event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#write('warn', event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#write('error', event, fields);
  }

  with(fields: LogFields): Log {
    return new JsonLog(this.#redaction, { ...this.#bound, ...fields });
  }

  #write(level: 'info' | 'warn' | 'error', event: string, fields: LogFields = {}): void {
    const line = redact({ level, event, time: new Date().toISOString(), ...this.#bound, ...fields }, this.#redaction);
    console[level](JSON.stringify(line));
  }
}

const requests = new AsyncLocalStorage<Log>();

/** Runs `serve` with `log` as the current log, for code that a library calls without the request. */
export function withLog<Result>(log: Log, serve: () => Result): Result {
  return requests.run(log, serve);
}

/** The log of the current request; `fallback` outside of a request. */
export function currentLog(fallback: Log): Log {
  return requests.getStore() ?? fallback;
}
