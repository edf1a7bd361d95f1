// What the gateway logs, caught before it reaches the terminal.
import { vi } from 'vitest';

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly requestId?: string;
  readonly [field: string]: unknown;
}

export interface Logs {
  /** Everything that was written, ours or a library's, as text. */
  text(): string;
  /** Our own structured lines. */
  lines(): LogLine[];
  /** The lines of one event. */
  of(event: string): LogLine[];
}

/** Starts catching; call it before each test, so that each sees its own lines only. */
export function catchLogs(): Logs {
  const written: string[] = [];
  for (const method of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...parts: unknown[]) => {
      written.push(parts.map((part) => (typeof part === 'string' ? part : String(part))).join(' '));
    });
  }
  const lines = (): LogLine[] =>
    written.filter((line) => line.startsWith('{"level"')).map((line) => JSON.parse(line) as LogLine);
  return { text: () => written.join('\n'), lines, of: (event) => lines().filter((line) => line.event === event) };
}
