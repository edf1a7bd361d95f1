// Remembers which shapes of requests the SDK has accepted, and as whose: without a session in this isolate, within a
// session of a 2025 revision in the session's object. Nothing is allowed by that: the OAuth session decides about each
// request. A cached request skips the MCP session's object, so an id whose session another isolate has ended is answered
// with 404 a minute late at most; until then its own user reads on.
import { BoundedMap } from '../../shared/bounded-map';
import type { Lists } from '../calls/catalogue';
import type { Negotiated } from '../calls/client';
import type { PlainRequest } from './request-shape';

/** Shapes of requests without a session. A client sends one or two. */
export const MAX_SHAPES = 256;
/** Sessions whose shapes an isolate remembers. Whoever has a token of ours can fill this; the one unused longest goes. */
export const MAX_SESSIONS = 512;
/** Shapes of one session. A client sends one or two. */
export const MAX_SHAPES_OF_SESSION = 8;
/** How long a cached session counts as alive. Its object hears of use at least this often. */
export const SESSION_MS = 60_000;

interface CachedSession {
  /** The OAuth session that it was used under; the object follows that one's changes. */
  readonly oauthSessionId: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly negotiated: Negotiated;
  readonly shapes: Set<string>;
  /** The lists that its client was given last, as far as this isolate knows. */
  readonly lists: Lists | undefined;
}

export class ShapeCache {
  readonly #shapes = new BoundedMap<string, Negotiated>(MAX_SHAPES);
  readonly #sessions = new BoundedMap<string, CachedSession>(MAX_SESSIONS);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What the SDK found out about a request of this shape; undefined where it has not accepted any, or not lately. */
  find({ mcpSessionId, shape }: PlainRequest, oauthSessionId: string): Negotiated | undefined {
    if (mcpSessionId === undefined) return this.#shapes.get(shape);
    const known = this.#sessions.get(mcpSessionId);
    const isAlive = known?.oauthSessionId === oauthSessionId && known.until > this.#now();
    return isAlive && known.shapes.has(shape) ? known.negotiated : undefined;
  }

  /** The lists that a session's client was given last. Its object remembers the same, to tell of changes. */
  listsOf(mcpSessionId: string): Lists | undefined {
    return this.#sessions.get(mcpSessionId)?.lists;
  }

  /**
   * The SDK has accepted this request.
   * @param lists what it answered a list from
   */
  add(
    { method, mcpSessionId, shape }: PlainRequest,
    oauthSessionId: string,
    negotiated: Negotiated,
    lists: Lists,
  ): void {
    if (mcpSessionId === undefined) return this.#shapes.set(shape, negotiated);
    const known = this.#sessions.get(mcpSessionId);
    const before = known?.oauthSessionId === oauthSessionId ? known : undefined;
    const shapes = before?.shapes ?? new Set<string>();
    if (shapes.size < MAX_SHAPES_OF_SESSION) shapes.add(shape);
    this.#sessions.set(mcpSessionId, {
      oauthSessionId,
      until: this.#now() + SESSION_MS,
      negotiated,
      shapes,
      lists: method === 'tools/list' ? lists : before?.lists,
    });
  }

  /** The session has ended, or its object does not know it. */
  forget(mcpSessionId: string): void {
    this.#sessions.delete(mcpSessionId);
  }

  get size(): number {
    return this.#shapes.size + this.#sessions.size;
  }
}
