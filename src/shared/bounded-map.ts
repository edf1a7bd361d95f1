// A map with a limited number of entries, for what an isolate remembers about requests. When it is full, the least
// recently used entry goes. So clients can't make it grow, and can't push out the entries that others use.

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
    // A Map keeps the order of insertion, so a used entry is inserted again and becomes the newest.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** Adds or replaces a value. A replaced entry keeps its place in the order of use. */
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
