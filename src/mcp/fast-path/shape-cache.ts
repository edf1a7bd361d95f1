// 2025-era sessions that their objects have served in this isolate a moment ago, and what they let through there. As long
// as it is known, a call that only reads asks no more of such an object: it would be let through, and needs no stream. The
// OAuth session's object decides about it as about every other request; nothing is allowed by what is known here. What
// may lag behind is the 404 to an id whose session another isolate has just ended: its own user reads on for so long.
import { BoundedMap } from '../../shared/bounded-map';
import type { PlainCall, Shape } from './request-shape';
import type { SessionClient } from '../sessions/stub';
import {
  MAX_SERVED_LATELY,
  MAX_SHAPES_OF_SESSION,
  NEEDED_MS,
  SERVED_LATELY_MS,
  SLOW_READ_MS,
} from '../sessions/limits';

interface Lately extends Shape {
  /** The OAuth session that it was used under; its object follows that one (watch.ts). */
  readonly oauthSessionId: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly shapes: Set<string>;
  /** Tools whose calls need the object, and until when that is taken for so. */
  readonly needed: Map<string, number>;
}

export class LatelyServed {
  readonly #sessions = new BoundedMap<string, Lately>(MAX_SERVED_LATELY);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What the object found out about a call like this one; undefined when the call has to go there. */
  shapeOf(call: PlainCall, oauthSessionId: string): Shape | undefined {
    const known = this.#of(call);
    if (known?.oauthSessionId !== oauthSessionId || known.until <= this.#now() || !known.shapes.has(call.shape))
      return undefined;
    // Whoever wants to be told how it goes gets a stream.
    return call.wantsProgress || (known.needed.get(call.name) ?? 0) > this.#now() ? undefined : known;
  }

  /** Its object has let this call through. */
  served(call: PlainCall, oauthSessionId: string, { info, capabilities }: SessionClient): void {
    if (call.mcpSessionId === undefined) return;
    const before = this.#of(call);
    const until = this.#now() + SERVED_LATELY_MS;
    const isSame = before?.oauthSessionId === oauthSessionId;
    const { shapes, needed } = isSame ? before : { shapes: new Set<string>(), needed: new Map<string, number>() };
    if (shapes.size < MAX_SHAPES_OF_SESSION) shapes.add(call.shape);
    const known: Lately = { era: 'legacy', info, capabilities, oauthSessionId, until, shapes, needed };
    this.#sessions.set(call.mcpSessionId, known);
  }

  /**
   * Learns from a call that is made here whether it should have gone to the object: to ask or to tell something, to answer
   * with what isn't plain, or because it takes so long that it might be cancelled, or want a stream that is kept alive.
   */
  async watch<Result>(call: PlainCall, plainResult: Promise<Result | undefined>): Promise<Result | undefined> {
    if (call.mcpSessionId === undefined) return plainResult;
    const needed = (): void => void this.#of(call)?.needed.set(call.name, this.#now() + NEEDED_MS);
    const slow = setTimeout(needed, SLOW_READ_MS);
    try {
      const result = await plainResult;
      if (result === undefined) needed();
      return result;
    } finally {
      clearTimeout(slow);
    }
  }

  /** It has ended, or its object has never heard of it. */
  forget(mcpSessionId: string): void {
    this.#sessions.delete(mcpSessionId);
  }

  get size(): number {
    return this.#sessions.size;
  }

  #of({ mcpSessionId }: PlainCall): Lately | undefined {
    return mcpSessionId === undefined ? undefined : this.#sessions.get(mcpSessionId);
  }
}
