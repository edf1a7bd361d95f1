// The MCP sessions that are used under one OAuth session, in the order of their use. Their number is bounded: each is an
// object of its own, and one access token could begin any number of them. The least recently used one makes room. Nobody
// is refused, because some clients begin a new MCP session with each call.
import { KvEntry } from './kv-entry';
import { MAX_MCP_SESSIONS } from './limits';

/** The id of an MCP session, and when it was last used, in milliseconds since the epoch. */
type Used = readonly [mcpSessionId: string, usedAt: number];

/** How often a use is written down. An eviction of the object sets the order back by at most as much. */
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
   * Another MCP session is used under this session.
   * @param listening MCP sessions with an open stream: they are in use without a request, and make room last
   * @returns the MCP sessions that make room for it
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

  /** An MCP session was used. An unknown id is ignored: the client sent it, and it may be anything. */
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

  /** The OAuth session has ended. MCP sessions that its client goes on using belong to its next OAuth session. */
  clear(): void {
    this.#usedAt.clear();
    this.#written.delete();
  }

  /** The least recently used one comes first. */
  #inOrder(): Used[] {
    const unused = this.#read().filter(([id]) => !this.#usedAt.has(id));
    const known = new Set(this.#read().map(([id]) => id));
    // These are in the order of their use, and all of them were used later than the written ones.
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
