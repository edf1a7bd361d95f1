// OAUTH_KV as the worst location sees it: for as long as KV may lag, no read shows a write, whoever made it; a record
// that was deleted is still there, and one that is missing stays missing. Every read of the gateway under test is such a
// read, at the edge and inside its objects. Nothing is kept in the real namespace, so that thousands of writes are cheap;
// its floor for a time to live is kept here, too.
import { env } from 'cloudflare:workers';
import { assert } from 'vitest';

interface Version {
  readonly since: number;
  readonly value: string | null;
  readonly metadata: unknown;
}

export interface LyingKv {
  /** How many reads were not shown the latest write. */
  hidden(): number;
  /** For `afterEach`. */
  stop(): void;
}

const FLOOR_SECONDS = 60;

/** Lies from here on. @param lagMs "up to 60 seconds or more", says KV's documentation */
export function lieAboutKv(lagMs = 60_000): LyingKv {
  const history = new Map<string, Version[]>();
  let hidden = 0;
  const write = (key: string, value: string | null, metadata: unknown): void => {
    history.set(key, [...(history.get(key) ?? []), { since: Date.now(), value, metadata }]);
  };
  const read = (key: string): Version | undefined => {
    const versions = history.get(key) ?? [];
    const shown = versions.findLast(({ since }) => since <= Date.now() - lagMs);
    if (shown !== versions.at(-1)) hidden += 1;
    return shown;
  };
  // Put over the namespace's own methods, and not by spies: those remember every call, of which there are many here.
  const namespace = Object.getPrototypeOf(env.OAUTH_KV) as Record<string, unknown>;
  const lies = {
    async put(key: string, value: string, options: KVNamespacePutOptions = {}): Promise<void> {
      const { expirationTtl: ttl = Infinity, expiration: end = Infinity, metadata = null } = options;
      assert(ttl >= FLOOR_SECONDS && end >= Date.now() / 1000 + FLOOR_SECONDS, 'KV refuses such a short life');
      write(key, value, metadata);
    },
    async delete(key: string): Promise<void> {
      write(key, null, null);
    },
    async get(key: string, options?: unknown): Promise<unknown> {
      const value = read(key)?.value ?? null;
      return value !== null && JSON.stringify(options)?.includes('json') ? JSON.parse(value) : value;
    },
    async getWithMetadata(key: string): Promise<KVNamespaceGetWithMetadataResult<string, unknown>> {
      const shown = read(key);
      return { value: shown?.value ?? null, metadata: shown?.metadata ?? null, cacheStatus: null };
    },
  };
  const truth = Object.fromEntries(Object.keys(lies).map((name) => [name, namespace[name]]));
  Object.assign(namespace, lies);
  return { hidden: () => hidden, stop: () => void Object.assign(namespace, truth) };
}
