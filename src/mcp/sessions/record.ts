// What a session has to know again after its object was evicted: whose it is, how it began, and what its client set up.
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { JsonRpcCode, jsonRpcError } from '../protocol/responses';
import { valueOf, type Message } from '../calls/message';
import type { Subscriptions } from '../calls/resource';
import type { SessionRequest } from './stub';
import { ownerOf } from './id';
import { MAX_INITIALIZE, MAX_SUBSCRIPTIONS } from './limits';

export interface McpSessionRecord {
  readonly id: string;
  /** Whose it is (id.ts); nobody else's token is good here. */
  readonly owner: string;
  /** The owner's OAuth session that used it last: what that one hears is told here. */
  readonly oauthSessionId: string;
  /** The client's `initialize` request: its revision and its capabilities. */
  readonly initialize: object;
  /** The level of its last `logging/setLevel`. */
  readonly logLevel?: string;
  readonly subscriptions: readonly string[];
  /** What the lists were made of that it was last given. */
  readonly lists?: string;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
  /** When it ends whether or not it is used, in milliseconds since the epoch: it has made room for others. */
  readonly endsAt?: number;
}

const RECORD = 'mcp-session';

export class McpSessionRecords implements Subscriptions {
  readonly #kv: SyncKvStorage;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
  }

  read(): McpSessionRecord | undefined {
    return this.#kv.get<McpSessionRecord>(RECORD);
  }

  open(record: McpSessionRecord): void {
    this.#kv.put(RECORD, record);
  }

  /** Changes a session that is still there. */
  update(change: Partial<Omit<McpSessionRecord, 'id' | 'owner' | 'initialize'>>): void {
    const record = this.read();
    if (record) this.#kv.put(RECORD, { ...record, ...change });
  }

  async subscribe(uri: string): Promise<void> {
    const { subscriptions = [] } = this.read() ?? {};
    if (subscriptions.includes(uri)) return;
    if (subscriptions.length >= MAX_SUBSCRIPTIONS)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `A session can subscribe to ${MAX_SUBSCRIPTIONS} resources: unsubscribe from one first.`,
      );
    this.update({ subscriptions: [...subscriptions, uri] });
  }

  async unsubscribe(uri: string): Promise<void> {
    const { subscriptions = [] } = this.read() ?? {};
    this.update({ subscriptions: subscriptions.filter((other) => other !== uri) });
  }
}

/** What is answered to an `initialize` that is too long to be kept. */
export function refuseInitialize(message: Message): Response | undefined {
  if (JSON.stringify(valueOf(message)).length <= MAX_INITIALIZE) return undefined;
  return jsonRpcError(
    400,
    JsonRpcCode.invalidRequest,
    `initialize is longer than the ${MAX_INITIALIZE} characters that a session keeps.`,
  );
}

/** The record of a session that begins. @param now milliseconds since the epoch */
export function newRecord(
  { mcpSessionId: id, sessionId: oauthSessionId, caller }: SessionRequest,
  initialize: Message,
  now: number,
): McpSessionRecord {
  const owner = ownerOf(caller);
  return {
    id,
    owner,
    oauthSessionId,
    initialize: Object(valueOf(initialize)) as object,
    subscriptions: [],
    usedAt: now,
  };
}
