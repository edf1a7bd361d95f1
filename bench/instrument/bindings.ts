// Watches what a Worker asks of the platform: every request to a Durable Object, every KV and D1 operation, every fetch,
// and every row that an object reads and writes. It wraps the bindings' own prototypes, so the Worker's code is the very
// one that is deployed. Each hop can be held up for a while, which shows how many of them an answer waits for.
import { whileActive } from './active';
import { counts, delayMs, type Count } from './counts';

type Method = (...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

const wrapped = new WeakSet<object>();

/** Call it with each environment and each object's storage before anything else uses them. */
export function watchEnvironment(env: object): void {
  for (const binding of Object.values(env) as unknown[]) {
    if (binding === null || typeof binding !== 'object') continue;
    if ('getWithMetadata' in binding) watchKv(binding);
    else if ('idFromName' in binding) watchNamespace(binding);
    else if ('prepare' in binding) watchD1(binding as D1Database);
  }
}

export function watchFetch(): void {
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) => hop('fetches', () => original(input, init));
}

export function watchStorage(storage: DurableObjectStorage): void {
  wrap(storage, {
    get: (original, [key]) => row('objectRowsRead', Array.isArray(key) ? key.length : 1, original),
    put: (original, [key]) =>
      row('objectRowsWritten', typeof key === 'object' ? Object.keys(key ?? {}).length : 1, original),
    delete: (original, [key]) => row('objectRowsWritten', Array.isArray(key) ? key.length : 1, original),
    list: async (original) => {
      const found = (await original()) as Map<string, unknown>;
      counts.objectRowsRead += Math.max(1, found.size);
      return found;
    },
    getAlarm: (original) => row('objectRowsRead', 1, original),
    // "Each setAlarm is billed as a single row written."
    setAlarm: (original, [at]) => {
      alarms.set(storage, Number(at));
      return row('objectRowsWritten', 1, original);
    },
    deleteAlarm: (original) => {
      alarms.delete(storage);
      return original();
    },
  });
  if (storage.kv as unknown)
    wrap(storage.kv, {
      get: (original) => row('objectRowsRead', 1, original),
      put: (original) => row('objectRowsWritten', 1, original),
      delete: (original) => row('objectRowsWritten', 1, original),
    });
  wrap(storage.sql, {
    exec: (original) => {
      const cursor = original() as SqlStorageCursor<Record<string, SqlStorageValue>>;
      cursors.push(cursor);
      return cursor;
    },
  });
}

/** When each object's alarm is due, for those that have one. */
const alarms = new Map<DurableObjectStorage, number>();

export function alarmsDueWithin(milliseconds: number): number {
  return [...alarms.values()].filter((at) => at > Date.now() && at < Date.now() + milliseconds).length;
}

/** A cursor knows its rows only once it has been read; they are added up when somebody asks. */
const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];

export function settleCursors(): void {
  for (const { rowsRead, rowsWritten } of cursors.splice(0)) {
    counts.objectRowsRead += rowsRead;
    counts.objectRowsWritten += rowsWritten;
  }
}

function watchKv(kv: object): void {
  wrap(kv, {
    get: (original) => hop('kvReads', original),
    getWithMetadata: (original) => hop('kvReads', original),
    list: (original) => hop('kvLists', original),
    put: (original) => hop('kvWrites', original),
    delete: (original) => hop('kvWrites', original),
  });
}

function watchNamespace(namespace: object): void {
  wrap(namespace, {
    get: (original) => watchedStub(original() as object),
    getByName: (original) => watchedStub(original() as object),
  });
}

/** "Every RPC method call on a Durable Objects stub is its own RPC session and therefore a single billed request." */
function watchedStub(stub: object): object {
  return new Proxy(stub, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => hop('objectRequests', () => Reflect.apply(value as Method, target, args));
    },
  });
}

type Answer = { readonly meta: { readonly rows_read: number; readonly rows_written: number } };

function watchD1(database: D1Database): void {
  const counted = (original: () => unknown) =>
    hop('d1Requests', async () => {
      const answer = (await original()) as Answer | Answer[];
      for (const { meta } of Array.isArray(answer) ? answer : [answer]) {
        counts.d1RowsRead += meta.rows_read;
        counts.d1RowsWritten += meta.rows_written;
      }
      return answer;
    });
  const refuse = (): never => {
    throw new Error('this D1 method tells no rows: count it another way');
  };
  wrap(database, { batch: counted, exec: refuse });
  wrap(database.prepare('SELECT 1'), { run: counted, all: counted, first: refuse, raw: refuse });
}

/** Replaces methods on the prototype, once for each. */
function wrap(
  instance: object,
  replacements: Record<string, (original: () => unknown, args: unknown[]) => unknown>,
): void {
  const prototype = Object.getPrototypeOf(instance) as Methods;
  if (wrapped.has(prototype)) return;
  wrapped.add(prototype);
  for (const [name, replace] of Object.entries(replacements)) {
    const original = prototype[name];
    if (!original) continue;
    prototype[name] = function watched(this: unknown, ...args: unknown[]) {
      return replace(() => Reflect.apply(original, this, args), args);
    };
  }
}

function row(count: Count, amount: number, original: () => unknown): unknown {
  counts[count] += amount;
  return original();
}

function hop(count: Count, original: () => unknown): Promise<never> {
  counts[count] += 1;
  return whileActive(async () => {
    if (delayMs() > 0) await new Promise((resolve) => setTimeout(resolve, delayMs()));
    return (await original()) as never;
  });
}
