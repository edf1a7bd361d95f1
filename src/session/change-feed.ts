// Tells listeners what has changed for a session, in whatever isolate they run:
// - an edge that serves `subscriptions/listen`, by a WebSocket that hibernates: an idle listener costs nothing;
// - an MCP session of the 2025 revisions, by a call to its own object: that object need not be awake to listen.
// Not guaranteed: a change that happens while nobody is connected is not told later. The exception are changed lists, as
// long as a client may have kept an old list.
import type { Changed } from '../define/content';
import { keyOf, type Access } from '../policy/access';
import { messageOf } from '../shared/errors';
import type { Log } from '../shared/log';
import type { AuthorizeInput } from './stub';
import { LIST_TTL_MS, MAX_LISTENERS, MAX_STREAM_MS, ROLLOUT_MS } from './limits';
import { McpSessions } from './mcp-sessions';
import type { SessionRecord } from './record';

export type Dismissal = 'session_ended' | 'too_many' | 'unused';

/** An MCP session as its OAuth session calls it. */
export interface Listener {
  changed(changes: readonly Changed[]): Promise<void>;
  /**
   * The OAuth session `by` has ended, or others listen in its place: its streams end. `unused`: it has made room for
   * others, and ends altogether.
   */
  dismissed(why: Dismissal, by: string): Promise<void>;
}

export interface ChangeFeedOptions {
  readonly listener: (mcpSessionId: string) => Listener;
  /** Of the OAuth session itself. */
  readonly record: () => Pick<SessionRecord, 'sessionId' | 'endedAt'> | undefined;
  readonly log: () => Log;
  readonly now: () => number;
}

/** What the session's lists depended on when they were last given out. */
interface Lists {
  /** The key of the access (policy/access.ts). */
  readonly access?: string;
  readonly fingerprint?: string;
  /** The fingerprint before the current one, and when the current one came. */
  readonly previous?: string;
  readonly since?: number;
  readonly changedAt?: number;
}

const LISTS = 'watchers:lists';
const MCP_SESSIONS = 'watchers:mcp-sessions';
/** Every list may have changed. */
export const ALL_LISTS: readonly Changed[] = [{ kind: 'tools' }, { kind: 'prompts' }, { kind: 'resources' }];
/** RFC 6455 §7.4.2 leaves 4000 and above to us. */
const SESSION_ENDED = 4001;
/** A failed push is repeated after a second, then at growing intervals. */
const RETELL_MS = 1_000;
const MAX_RETELL_MS = 300_000;

export class ChangeFeed {
  readonly #ctx: DurableObjectState;
  readonly #options: ChangeFeedOptions;
  readonly #used: McpSessions;
  /** Attempts to tell of the session's end. */
  #attempts = 0;

  constructor(ctx: DurableObjectState, options: ChangeFeedOptions) {
    this.#ctx = ctx;
    this.#options = options;
    this.#used = new McpSessions(ctx.storage.kv, options.now);
  }

  /** Connects an edge that listens. It is sent arrays of {@link Changed} as JSON. */
  connect(): Response {
    const open = this.#ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
    if (open.length >= MAX_LISTENERS) return new Response(null, { status: 429 });
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#ctx.acceptWebSocket(ours);
    // A client that was given the old lists may still keep them for a while.
    if (this.#options.now() - (this.#lists.changedAt ?? Number.NEGATIVE_INFINITY) < LIST_TTL_MS)
      ours.send(JSON.stringify(ALL_LISTS));
    return new Response(null, { status: 101, webSocket: theirs });
  }

  /** An MCP session was begun under this session, or has moved to it. */
  adopt(mcpSessionId: string): void {
    const listening = new Set(this.#mcpSessions);
    for (const id of this.#used.add(mcpSessionId, listening))
      void this.#tell(id, (listener) => listener.dismissed('unused', this.#own));
  }

  /** A request was granted. @param mcpSessionId as the client sent it: it may be anything */
  granted({ lists, mcpSessionId }: Pick<AuthorizeInput, 'lists' | 'mcpSessionId'>): void {
    if (lists !== undefined) this.#listsAre(lists);
    if (mcpSessionId !== undefined) this.#used.used(mcpSessionId);
  }

  /** An MCP session listens from now on. Beyond the limit, the oldest listener is dismissed. */
  add(mcpSessionId: string): void {
    const listening = [...this.#mcpSessions.filter((id) => id !== mcpSessionId), mcpSessionId];
    for (const id of listening.slice(0, -MAX_LISTENERS))
      void this.#tell(id, (listener) => listener.dismissed('too_many', this.#own));
    this.#ctx.storage.kv.put(MCP_SESSIONS, listening.slice(-MAX_LISTENERS));
  }

  /** The MCP session has ended, or has moved to another session. */
  remove(mcpSessionId: string): void {
    this.#used.remove(mcpSessionId);
    this.#unlist(mcpSessionId);
  }

  #unlist(mcpSessionId: string): void {
    const listening = this.#mcpSessions;
    const left = listening.filter((id) => id !== mcpSessionId);
    if (left.length < listening.length) this.#ctx.storage.kv.put(MCP_SESSIONS, left);
  }

  publish(changes: readonly Changed[]): void {
    if (changes.length === 0) return;
    for (const socket of this.#ctx.getWebSockets()) send(socket, JSON.stringify(changes));
    for (const id of this.#mcpSessions) void this.#tell(id, (listener) => listener.changed(changes));
  }

  /** The lists of this session have changed. */
  listsChanged(): void {
    this.#update({ changedAt: this.#options.now() });
    this.publish(ALL_LISTS);
  }

  /** What the backend, the role and the policy allow the session now. */
  accessIs(access: Access): void {
    const now = keyOf(access);
    const { access: before } = this.#lists;
    if (now === before) return;
    this.#update({ access: now });
    if (before !== undefined) this.listsChanged();
  }

  /** A request is about to get lists. @param fingerprint of the definition's lists; it changes with a deployment */
  #listsAre(fingerprint: string): void {
    const { fingerprint: current, previous, since = 0 } = this.#lists;
    if (fingerprint === current) return;
    const now = this.#options.now();
    if (fingerprint === previous && now - since < ROLLOUT_MS) return;
    this.#update({ fingerprint, since: now, ...(current !== undefined && { previous: current }) });
    if (current !== undefined) this.listsChanged();
  }

  /** The session has ended: every stream of it ends. */
  end(): void {
    for (const socket of this.#ctx.getWebSockets()) socket.close(SESSION_ENDED, 'session ended');
    this.#used.clear();
    void this.#tellEnd();
  }

  /**
   * For the alarm. The streams of MCP sessions outlive their tokens. So an MCP session that could not be told of the end,
   * for example during a deployment, is told again.
   */
  async tellAgain(): Promise<void> {
    if (this.nextTelling() !== undefined) await this.#tellEnd();
  }

  /** When the alarm should try again; undefined when all were told, or when every stream is over by its own deadline. */
  nextTelling(): number | undefined {
    const { endedAt } = this.#options.record() ?? {};
    const now = this.#options.now();
    if (!endedAt || endedAt + MAX_STREAM_MS < now || this.#mcpSessions.length === 0) return undefined;
    return now + Math.min(RETELL_MS * 2 ** Math.max(0, this.#attempts - 1), MAX_RETELL_MS);
  }

  async #tellEnd(): Promise<void> {
    const by = this.#own;
    this.#attempts += 1;
    const told = this.#mcpSessions.map((id) =>
      this.#tell(id, async (listener) => {
        await listener.dismissed('session_ended', by);
        this.#unlist(id);
      }),
    );
    await Promise.all(told);
  }

  get #own(): string {
    return this.#options.record()?.sessionId ?? '';
  }

  /** @returns a promise that resolves when the MCP session was told, or could not be told */
  #tell(mcpSessionId: string, tell: (listener: Listener) => Promise<void>): Promise<void> {
    const { listener, log } = this.#options;
    const told = tell(listener(mcpSessionId)).catch((error: unknown) =>
      log().warn('listener.not_told', { problem: messageOf(error) }),
    );
    this.#ctx.waitUntil(told);
    return told;
  }

  get #mcpSessions(): readonly string[] {
    return this.#ctx.storage.kv.get<string[]>(MCP_SESSIONS) ?? [];
  }

  get #lists(): Lists {
    return this.#ctx.storage.kv.get<Lists>(LISTS) ?? {};
  }

  #update(change: Lists): void {
    this.#ctx.storage.kv.put(LISTS, { ...this.#lists, ...change });
  }
}

function send(socket: WebSocket, message: string): void {
  try {
    socket.send(message);
  } catch {
    // The socket is closing. The other end knows, and connects again.
  }
}
