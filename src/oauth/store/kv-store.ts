// The store of the OAuth library. The library asks for a KV namespace and uses four of its methods, so any object with
// these four can take its place. Where a record is depends on its kind only, at the edge and inside a session's object:
// - Grants and tokens are in the session's object (grant-store.ts). Anywhere else they don't exist, whatever KV
//   contains: a token that leads to no session's object counts as never issued.
// - A client and a transaction have an object each (record-object.ts), so a read returns the latest write, anywhere.
//   The library takes a transaction by `get` and then `delete`, and goes on only after `delete`. Of two requests at the
//   same time both may `get` it, but one `delete` succeeds; the other request is told that the transaction was used.
// - A client of the operator's, or one whose id is the URL of its metadata document, isn't stored: a callback returns
//   it.
// OAUTH_KV holds copies of grants and clients, for lists only. An unknown kind of record is refused, so that a new
// version of the library can't store records where nobody considered them.
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
 * The store for all records except a session's own grant and tokens.
 * @param unregistered the library's record of a client that isn't stored here; null when there is no client with this
 * id, and undefined for an id of another kind
 */
export function edgeStore(
  bindings: RecordBindings,
  unregistered: (clientId: string) => Promise<object | null | undefined>,
): OAuthStore {
  const kv = bindings.OAUTH_KV;
  const client = async (clientId: string): Promise<string | null> => {
    const record = await unregistered(clientId);
    if (record !== undefined) return record && JSON.stringify(record);
    // Ids of another form were never issued: no object is woken for them.
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

/** Whether a sign-in with this `state` is still open, in any browser. The library keeps a record until it ends. */
export async function isSignInUnderWay(bindings: RecordBindings, state: string): Promise<boolean> {
  const hash = createHash('sha256').update(state).digest('hex');
  return (await recordAt(bindings, `transaction:${hash}`).read()) !== null;
}

/** Whether a record belongs into a session's own object. */
export function isOfGrant(key: string): boolean {
  return key.startsWith('grant:') || key.startsWith('token:');
}

/** The form of the ids that the library gives to clients that register. */
const REGISTERED_ID = /^[\w-]{16}$/;
const TRANSACTION = /^transaction:[0-9a-f]{64}$/;

function transaction(key: string): string {
  if (!TRANSACTION.test(key)) throw new Error(`no place for a record such as ${key.split(':', 1)[0]}`);
  return key;
}
