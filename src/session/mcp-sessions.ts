// The MCP sessions that are used under one OAuth session, in the order of their use: a bounded number of them, since each
// is an object of its own and one access token could begin any number. The one that was used least lately makes room, and
// nobody is refused: some clients begin an MCP session with each call, and leave it.
import { KvEntry } from './kv-entry';
import { MAX_MCP_SESSIONS } from './limits';

/** The id of an MCP session, and when it was last used, in milliseconds since the epoch. */
type Used = readonly [mcpSessionId: string, usedAt: number];

/** How often a use is written down. An eviction of the object sets the order back by as much at most. */
const USE_WRITTEN_MS = 300_000;

export class McpSessions {
  readonly #written: KvEntry<readonly Used[]>;
  readonly #now: () => number;
  /** Uses since they were last written. */
  readonly #usedAt = new Map<string, number>();

  constructor(kv: SyncKvStorage, now: () => number) {
    this.#written = new KvEntry(kv, 'mcp-sessions');
    this.#now = now;
  }

  /**
   * One more is used under this session.
   * @param listening those that have a stream, and so are in use without a request; they go last
   * @returns those that make room for it
   */
  add(mcpSessionId: string, listening: ReadonlySet<string>): string[] {
    const others = this.#inOrder().filter(([id]) => id !== mcpSessionId);
    const ids = others.map(([id]) => id);
    const idle = ids.filter((id) => !listening.has(id));
    const going = [...idle, ...ids.filter((id) => listening.has(id))].slice(
      0,
      Math.max(0, ids.length + 1 - MAX_MCP_SESSIONS),
    );
    this.#write([...others.filter(([id]) => !going.includes(id)), [mcpSessionId, this.#now()]]);
    return going;
  }

  /** One was used. An id that isn't known is left alone: it is the client's own word, and may be anything. */
  used(mcpSessionId: string): void {
    const known = this.#read().find(([id]) => id === mcpSessionId);
    if (!known) return;
    this.#usedAt.delete(mcpSessionId);
    this.#usedAt.set(mcpSessionId, this.#now());
    if (this.#now() - known[1] >= USE_WRITTEN_MS) this.#write(this.#inOrder());
  }

  remove(mcpSessionId: string): void {
    if (this.#read().some(([id]) => id === mcpSessionId))
      this.#write(this.#inOrder().filter(([id]) => id !== mcpSessionId));
  }

  /** The OAuth session has ended. Those that its client uses on belong to its next one. */
  clear(): void {
    this.#usedAt.clear();
    this.#written.delete();
  }

  /** The one that was used least lately comes first. */
  #inOrder(): Used[] {
    const unused = this.#read().filter(([id]) => !this.#usedAt.has(id));
    const known = new Set(this.#read().map(([id]) => id));
    // In the order of their use, all of them later than what is written.
    return [...unused, ...[...this.#usedAt].filter(([id]) => known.has(id))];
  }

  #read(): readonly Used[] {
    return this.#written.get() ?? [];
  }

  #write(sessions: readonly Used[]): void {
    this.#usedAt.clear();
    this.#written.put(sessions);
  }
}
