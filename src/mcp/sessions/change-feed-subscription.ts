// What ties a 2025-era session to the OAuth session that it is used under: that one tells it what changed, and when it
// ends. After a step-up or a new sign-in of the same person with the same client that is another one.
import type { Bindings } from '../../config';
import { sessionAt } from '../../session/stub';
import type { Log } from '../../shared/log';
import type { McpSessionRecord, McpSessionRecords } from './record';

export class Watch {
  readonly #ctx: DurableObjectState;
  readonly #bindings: Pick<Bindings, 'SESSIONS'>;
  readonly #records: McpSessionRecords;
  readonly #log: () => Log;

  constructor(
    ctx: DurableObjectState,
    bindings: Pick<Bindings, 'SESSIONS'>,
    records: McpSessionRecords,
    log: () => Log,
  ) {
    this.#ctx = ctx;
    this.#bindings = bindings;
    this.#records = records;
    this.#log = log;
  }

  /** The OAuth session counts it as one of its own. Without waiting for it. */
  adopted({ id, oauthSessionId }: Pick<McpSessionRecord, 'id' | 'oauthSessionId'>): void {
    const adopted = sessionAt(this.#bindings, oauthSessionId).adopt(id);
    this.#ctx.waitUntil(adopted.catch((error: unknown) => this.#failed(error)));
  }

  /** @returns false when the OAuth session has ended */
  begin({ id, oauthSessionId }: McpSessionRecord): Promise<boolean> {
    return sessionAt(this.#bindings, oauthSessionId).watch(id);
  }

  /** Without waiting for it. */
  beginLater(): void {
    const record = this.#records.read();
    const begun = record && this.begin(record);
    if (begun) this.#ctx.waitUntil(begun.catch((error: unknown) => this.#failed(error)));
  }

  end({ id, oauthSessionId }: McpSessionRecord): void {
    const ended = sessionAt(this.#bindings, oauthSessionId).unwatch(id);
    this.#ctx.waitUntil(ended.catch((error: unknown) => this.#failed(error)));
  }

  /** Goes over to the OAuth session of the latest request. @param listening whether anything waits for its words */
  follow(record: McpSessionRecord, oauthSessionId: string, listening: boolean): McpSessionRecord {
    if (record.oauthSessionId === oauthSessionId) return record;
    this.end(record);
    this.#records.update({ oauthSessionId });
    this.adopted({ id: record.id, oauthSessionId });
    if (listening) this.beginLater();
    return { ...record, oauthSessionId };
  }

  #failed(error: unknown): void {
    this.#log().warn('mcp_session.watch_failed', { error });
  }
}
