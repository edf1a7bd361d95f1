// One entry of an object's key-value storage, read once. What was read or written last is what is stored: an object is
// single-threaded and nobody else writes there, its memory dies with it, and a write that fails resets it. Whoever
// empties the storage says so. Values are handed out as they are, not as copies: nobody may change one.

export class KvEntry<Value> {
  readonly #kv: SyncKvStorage;
  readonly #key: string;
  #known: { readonly value: Value | undefined } | undefined;

  constructor(kv: SyncKvStorage, key: string) {
    this.#kv = kv;
    this.#key = key;
  }

  get(): Value | undefined {
    this.#known ??= { value: this.#kv.get<Value>(this.#key) };
    return this.#known.value;
  }

  put(value: Value): void {
    this.#kv.put(this.#key, value);
    this.#known = { value };
  }

  delete(): void {
    this.#kv.delete(this.#key);
    this.emptied();
  }

  /** The storage is empty, or about to be (`deleteAll`). */
  emptied(): void {
    this.#known = { value: undefined };
  }
}
