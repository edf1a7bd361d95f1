// What a client of a session may have missed, for `Last-Event-ID` (MCP "Resumability and Redelivery"): its streams'
// messages in the object's SQLite, bounded in number, length and age. An id is `<sequence>.<stream>`, so that a replay
// finds its stream even when the event itself is gone, and never sends what belongs to another.
import {
  isJSONRPCErrorResponse,
  isJSONRPCResultResponse,
  type EventStore,
  type JSONRPCMessage,
} from '@modelcontextprotocol/server';
import { JsonRpcCode } from '../protocol/responses';
import { EVENT_MS, MAX_EVENT_LENGTH, MAX_EVENTS, MAX_EVENTS_LENGTH } from './limits';

/** The stream that a client opens with GET, as against those that answer its requests. */
export const STANDALONE = 'standalone';

const EVENT_ID = /^(\d{1,16})\.([\w-]{1,64})$/;

export interface StoredEvent {
  readonly id: string;
  readonly message: JSONRPCMessage;
}

export class EventLog implements EventStore {
  readonly #sql: SqlStorage;
  readonly #now: () => number;
  readonly #kept: () => void;
  readonly #skipped = new WeakSet<JSONRPCMessage>();
  #last: number | undefined;

  /** @param kept is told when something waits that will be too old one day */
  constructor(sql: SqlStorage, now: () => number, kept: () => void) {
    this.#sql = sql;
    this.#now = now;
    this.#kept = kept;
  }

  /** Doesn't keep this message: it reaches its client otherwise. */
  skip(message: JSONRPCMessage): void {
    this.#skipped.add(message);
  }

  append(stream: string, message: JSONRPCMessage): string {
    const sequence = this.#next();
    const text = kept(message);
    if (text !== undefined) {
      this.#sql.exec('INSERT INTO events (sequence, stream, message) VALUES (?, ?, ?)', sequence, stream, text);
      this.prune();
      this.#kept();
    }
    return `${sequence}.${stream}`;
  }

  /** An id to resume a stream from, at which nothing is kept. */
  mark(stream: string): string {
    return `${this.#next()}.${stream}`;
  }

  /** What followed an event on its stream; nothing for an id that isn't one of ours. */
  after(lastEventId: string): StoredEvent[] {
    const [sequence, stream] = parse(lastEventId) ?? [0, ''];
    this.#next();
    return this.#sql
      .exec<{ sequence: number; message: string }>(
        'SELECT sequence, message FROM events WHERE stream = ? AND sequence > ? ORDER BY sequence',
        stream,
        sequence,
      )
      .toArray()
      .map((row) => ({ id: `${row.sequence}.${stream}`, message: JSON.parse(row.message) as JSONRPCMessage }));
  }

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    // The empty message that primes a stream gives it an id to resume from, and holds nothing to send again.
    const missable = Object.keys(message).length > 0 && !this.#skipped.has(message);
    return missable ? this.append(stream, message) : this.mark(stream);
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return parse(eventId)?.[1];
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    for (const { id, message } of this.after(lastEventId)) await send(id, message);
    return streamOf(lastEventId) ?? '';
  }

  prune(): void {
    const tooOld = (this.#now() - EVENT_MS) * 1_000;
    this.#sql.exec('DELETE FROM events WHERE sequence < ?', tooOld);
    this.#sql.exec(
      `DELETE FROM events WHERE sequence <= (
         SELECT MAX(sequence) FROM (
           SELECT sequence, ROW_NUMBER() OVER newest AS position, SUM(LENGTH(message)) OVER newest AS total
           FROM events WINDOW newest AS (ORDER BY sequence DESC)
         ) WHERE position > ? OR total > ?
       )`,
      MAX_EVENTS,
      MAX_EVENTS_LENGTH,
    );
  }

  /** Whoever missed something no longer has a right to it. */
  clear(): void {
    this.#next();
    this.#sql.exec('DELETE FROM events');
  }

  /** When the oldest event is too old, in milliseconds; undefined when none waits. */
  nextPrune(): number | undefined {
    this.#next();
    const { oldest } = this.#sql.exec<{ oldest: number | null }>('SELECT MIN(sequence) AS oldest FROM events').one();
    return oldest === null ? undefined : Math.ceil(oldest / 1_000) + EVENT_MS + 1;
  }

  /** Grows with each call, across evictions too, since it follows the clock; so an id needs no row to be unique. */
  #next(): number {
    this.#last ??= this.#begin();
    this.#last = Math.max(this.#last + 1, this.#now() * 1_000);
    return this.#last;
  }

  #begin(): number {
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS events (sequence INTEGER PRIMARY KEY, stream TEXT NOT NULL, message TEXT NOT NULL) STRICT',
    );
    return this.#sql.exec<{ last: number | null }>('SELECT MAX(sequence) AS last FROM events').one().last ?? 0;
  }
}

/** The stream that an event belongs to; undefined for an id that isn't one of ours. */
export function streamOf(eventId: string): string | undefined {
  return parse(eventId)?.[1];
}

function parse(eventId: string): [sequence: number, stream: string] | undefined {
  const [, sequence, stream] = EVENT_ID.exec(eventId) ?? [];
  return sequence === undefined || stream === undefined ? undefined : [Number(sequence), stream];
}

/** A request whose answer is too long to wait is still answered, with what to do; anything else of that length isn't kept. */
function kept(message: JSONRPCMessage): string | undefined {
  const json = JSON.stringify(message);
  if (json.length <= MAX_EVENT_LENGTH) return json;
  if (!isJSONRPCResultResponse(message) && !isJSONRPCErrorResponse(message)) return undefined;
  const problem = 'The connection was lost, and the answer is too long to be sent again. Repeat the request.';
  return JSON.stringify({
    jsonrpc: '2.0',
    id: message.id,
    error: { code: JsonRpcCode.internalError, message: problem },
  });
}
