// 2025-era sessions that their objects have served in this isolate a moment ago, and what they let through there. As long
// as it is known, a call that only reads asks no more of such an object: it would be let through, and needs no stream. The
// OAuth session's object decides about it as about every other request; nothing is allowed by what is known here. What
// may lag behind is the 404 to an id whose session another isolate has just ended: its own user reads on for so long.
import { BoundedMap } from '../../shared/bounded-map';
import type { PlainCall, Shape } from '../plain';
import type { SessionClient } from './face';
import { MAX_SERVED_LATELY, MAX_SHAPES_OF_SESSION, SERVED_LATELY_MS } from './limits';

interface Lately extends Shape {
  /** The OAuth session that it was used under; its object follows that one (watch.ts). */
  readonly oauthSessionId: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly shapes: Set<string>;
  /** Tools whose calls need the object: to ask, to tell, or to be cancelled. */
  readonly needed: Set<string>;
}

export class LatelyServed {
  readonly #sessions = new BoundedMap<string, Lately>(MAX_SERVED_LATELY);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What the object found out about a call like this one; undefined when the call has to go there. */
  shapeOf(call: PlainCall, oauthSessionId: string): Shape | undefined {
    const known = this.#alive(call, oauthSessionId);
    // Whoever wants to be told how it goes gets a stream.
    return known?.shapes.has(call.shape) && !known.needed.has(call.name) && !call.wantsProgress ? known : undefined;
  }

  /** Its object has let this call through. */
  served(call: PlainCall, oauthSessionId: string, { info, capabilities }: SessionClient): void {
    if (call.mcpSessionId === undefined) return;
    const known = this.#alive(call, oauthSessionId) ?? {
      era: 'legacy' as const,
      info,
      capabilities,
      oauthSessionId,
      until: this.#now() + SERVED_LATELY_MS,
      shapes: new Set(),
      needed: new Set(),
    };
    if (known.shapes.size < MAX_SHAPES_OF_SESSION) known.shapes.add(call.shape);
    this.#sessions.set(call.mcpSessionId, known);
  }

  /** Calls of this tool go to the object from now on. */
  needsObject({ mcpSessionId, name }: PlainCall): void {
    if (mcpSessionId !== undefined) this.#sessions.get(mcpSessionId)?.needed.add(name);
  }

  /** It has ended, or its object has never heard of it. */
  forget(mcpSessionId: string): void {
    this.#sessions.delete(mcpSessionId);
  }

  get size(): number {
    return this.#sessions.size;
  }

  #alive({ mcpSessionId }: PlainCall, oauthSessionId: string): Lately | undefined {
    const known = mcpSessionId === undefined ? undefined : this.#sessions.get(mcpSessionId);
    return known && known.until > this.#now() && known.oauthSessionId === oauthSessionId ? known : undefined;
  }
}
