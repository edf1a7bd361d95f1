// What the suite sends to the MCP endpoint, as a fixture: test/gateway/fast-path/conformance.test.ts sends it again.
// The order of a run, and whatever differs from one to the next, is taken out, so that recording again changes nothing
// unless the suite has changed.
import { writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { inRepository } from '../../demo/paths.ts';

export interface RecordedMessage {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else text; absent where there was none. */
  readonly body?: unknown;
}

/** What the protocol reads. Nothing else is kept: no token, no host. */
const HEADERS = new Set(['content-type', 'accept', 'mcp-protocol-version', 'mcp-method', 'mcp-name']);
const PARAMETER = /^mcp-param-/;
/** Headers whose values are ours, and of one run. */
const OURS = new Set(['mcp-session-id', 'last-event-id']);
const messagesFile = inRepository('test/conformance/messages.json');

export class Recorder {
  readonly #lines = new Set<string>();

  add(method: string, given: IncomingHttpHeaders, text: string): void {
    const kept = Object.keys(given)
      .toSorted()
      .flatMap((name) => {
        if (OURS.has(name)) return [[name, 'of-another-run'] as const];
        return HEADERS.has(name) || PARAMETER.test(name) ? [[name, String(given[name])] as const] : [];
      });
    const body = text === '' ? undefined : sameInEachRun(text);
    this.#lines.add(JSON.stringify({ method, headers: Object.fromEntries(kept), body } satisfies RecordedMessage));
  }

  /** @returns how many distinct messages there were */
  async write(): Promise<number> {
    const lines = [...this.#lines].toSorted();
    await writeFile(messagesFile, `[\n${lines.join(',\n')}\n]\n`);
    return lines.length;
  }
}

/** Ids count up over the messages of a connection, and what the gateway has signed is of one run. */
function sameInEachRun(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key === 'requestState' && typeof value === 'string') return 'of-another-run';
      return key === 'id' && typeof value === 'number' ? 1 : value;
    });
  } catch {
    return text;
  }
}
