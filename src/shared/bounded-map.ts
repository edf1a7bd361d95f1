// A map for what an isolate remembers of its requests: it holds so many entries, and then lets the one go that was looked
// at least lately, so that nothing which clients send can make it grow, or push out what others use.

export class BoundedMap<Key, Value> {
  readonly #max: number;
  readonly #entries = new Map<Key, Value>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    // The order of its entries is that of their use.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** An entry that is replaced keeps its place. */
  set(key: Key, value: Value): void {
    if (this.#entries.size >= this.#max && !this.#entries.has(key)) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, value);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }
}
