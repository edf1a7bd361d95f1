// Where the OAuth library keeps its records. It asks for a KV namespace and uses four of its methods, so anything with
// those four can stand in. By kind of record, and the same for whoever asks, at the edge or inside a session's object:
// - grants and tokens: the session's object (grant-shard.ts). Elsewhere they don't exist, whatever KV holds of them: a
//   token that leads to no session's object is as good as one never issued.
// - clients and transactions: an object per record (oauth-record.ts), so that what was written is read next, anywhere.
// The library takes a transaction by `get` and then `delete`, and lets the caller pass only once `delete` is done. So of
// two that come at once both may `get` it, but `delete` lets one through: the other is told that it was used already.
// - a client of the operator's, or one whose id is the URL of its metadata document, is kept nowhere: it is laid over.
// OAUTH_KV holds copies of grants and clients, for lists only. What is of no kind known here is refused, so that a new
// version of the library can't keep something where nobody thought about it.
import { createHash } from 'node:crypto';
import { AuthorizationError } from '@cloudflare/workers-oauth-provider';
import type { Bindings } from '../../config';
import { CLIENT_PREFIX, clientAt, recordAt } from './record-stub';

export interface PutOptions {
  readonly expirationTtl?: number;
  readonly expiration?: number;
  readonly metadata?: unknown;
}

export interface ListOptions {
  readonly prefix?: string | null;
  readonly cursor?: string | null;
  readonly limit?: number;
}

/** The part of KVNamespace that the OAuth library uses. */
export interface OAuthStore {
  get(key: string, options?: { type: 'json' | 'text' }): Promise<unknown>;
  put(key: string, value: string, options?: PutOptions): Promise<void>;
  delete(key: string): Promise<void>;
  list(
    options?: ListOptions,
  ): Promise<{ keys: { name: string; metadata?: unknown }[]; list_complete: boolean; cursor?: string }>;
}

type RecordBindings = Pick<Bindings, 'OAUTH_KV' | 'OAUTH_RECORDS'>;

/**
 * The store of everything but a session's own grant and tokens.
 * @param unregistered the library's record of a client that isn't kept here, null when there is none by that id, and
 *   undefined for an id that it says nothing about
 */
export function edgeStore(
  bindings: RecordBindings,
  unregistered: (clientId: string) => Promise<object | null | undefined>,
): OAuthStore {
  const kv = bindings.OAUTH_KV;
  const client = async (clientId: string): Promise<string | null> => {
    const record = await unregistered(clientId);
    if (record !== undefined) return record && JSON.stringify(record);
    // An id that was never issued wakes no object where that shows.
    return REGISTERED_ID.test(clientId) ? clientAt(bindings, clientId).lookUp() : null;
  };
  return {
    async get(key, options) {
      if (isOfGrant(key)) return null;
      const text = await (key.startsWith(CLIENT_PREFIX)
        ? client(key.slice(CLIENT_PREFIX.length))
        : recordAt(bindings, transaction(key)).read());
      return text !== null && options?.type === 'json' ? (JSON.parse(text) as unknown) : text;
    },
    async put(key, value, options) {
      if (isOfGrant(key)) return kv.put(key, value, options);
      if (key.startsWith(CLIENT_PREFIX)) return clientAt(bindings, key.slice(CLIENT_PREFIX.length)).register(value);
      if (options?.expirationTtl === undefined) throw new Error('a transaction without an end');
      return recordAt(bindings, transaction(key)).write(value, options.expirationTtl);
    },
    async delete(key) {
      if (isOfGrant(key)) return kv.delete(key);
      if (key.startsWith(CLIENT_PREFIX)) return clientAt(bindings, key.slice(CLIENT_PREFIX.length)).remove();
      if (!(await recordAt(bindings, transaction(key)).take()))
        throw new AuthorizationError('invalid_request', { description: 'This authorization was already used.' });
    },
    list: (options) => kv.list(options),
  };
}

/**
 * Whether a sign-in with this `state` waits for its end, in whatever browser: the library keeps a record until then.
 */
export async function isSignInUnderWay(bindings: RecordBindings, state: string): Promise<boolean> {
  const hash = createHash('sha256').update(state).digest('hex');
  return (await recordAt(bindings, `transaction:${hash}`).read()) !== null;
}

/** Records of a session's own object. */
export function isOfGrant(key: string): boolean {
  return key.startsWith('grant:') || key.startsWith('token:');
}

/** What the library makes up for a client that registers. */
const REGISTERED_ID = /^[\w-]{16}$/;
const TRANSACTION = /^transaction:[0-9a-f]{64}$/;

function transaction(key: string): string {
  if (!TRANSACTION.test(key)) throw new Error(`no place for a record such as ${key.split(':', 1)[0]}`);
  return key;
}
