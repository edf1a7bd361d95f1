// One entry of an object's key-value storage, read once and then kept in memory. The copy in memory is always what is
// stored: an object is single-threaded, nobody else writes to its storage, and a failed write resets it. Code that empties
// the storage has to call `emptied`. Values are handed out without copying, so nobody may change one.

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

  /** The storage is empty, or is about to be (`deleteAll`). */
  emptied(): void {
    this.#known = { value: undefined };
  }
}
