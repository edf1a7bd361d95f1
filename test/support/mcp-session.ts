// A 2025-era client with a session, as bare HTTP, and its object to look into and push around.
import { env } from 'cloudflare:workers';
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { gateway } from './oauth-client';

// oxlint-disable-next-line typescript/no-explicit-any -- a JSON-RPC message, looked into freely by each test
type Message = any;

export interface Event {
  readonly id: string | undefined;
  readonly message: Message;
}

/** An answer that streams, read event by event. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader();
  }

  /** The next event; comments are passed over. @returns undefined at the end of the stream */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const lines = this.#text.slice(0, end).split('\n');
        this.#text = this.#text.slice(end + 2);
        const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const data = field('data');
        if (data === undefined && field('id') === undefined) continue;
        return { id: field('id'), message: data ? JSON.parse(data) : undefined };
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** The next event that carries a message. */
  async message(): Promise<Message> {
    for (;;) {
      const event = await this.next();
      if (!event || event.message !== undefined) return event?.message;
    }
  }

  async rest(): Promise<Message[]> {
    const messages: Message[] = [];
    for (let message = await this.message(); message !== undefined; message = await this.message())
      messages.push(message);
    return messages;
  }

  /** As a client does that loses its connection. */
  drop(): Promise<void> {
    return this.#reader.cancel();
  }
}

export interface SessionReply {
  readonly status: number;
  readonly headers: Headers;
  /** The message, unless the answer streams. */
  readonly body: Message;
  readonly events: EventReader | undefined;
}

const initialize = (revision: string, capabilities: object, name: string) => ({
  protocolVersion: revision,
  capabilities,
  clientInfo: { name, version: '1' },
});

export class McpSessionClient {
  token: string;
  readonly id: string;
  readonly #revision: string;
  #requests = 0;

  constructor(token: string, id: string, revision = '2025-11-25') {
    this.token = token;
    this.id = id;
    this.#revision = revision;
  }

  static async begin(
    token: string,
    capabilities: object = {},
    revision = '2025-11-25',
    clientName = 'session-client',
  ): Promise<McpSessionClient> {
    const session = new McpSessionClient(token, '', revision);
    const answer = await session.request('initialize', initialize(revision, capabilities, clientName), 0);
    const id = answer.headers.get('Mcp-Session-Id');
    if (answer.status !== 200 || id === null) throw new Error(`initialize answered ${answer.status}`);
    const begun = new McpSessionClient(token, id, revision);
    await begun.notify('notifications/initialized');
    return begun;
  }

  /** With another token, or another id. */
  as({ token = this.token, id = this.id }: { token?: string; id?: string }): McpSessionClient {
    return new McpSessionClient(token, id, this.#revision);
  }

  /** @param gone aborted when the client drops the connection */
  request(
    method: string,
    params: object = {},
    id: string | number = ++this.#requests,
    gone?: AbortSignal,
  ): Promise<SessionReply> {
    return this.send({ jsonrpc: '2.0', id, method, params }, gone);
  }

  call(name: string, args: object = {}, id?: string | number, gone?: AbortSignal): Promise<SessionReply> {
    return this.request('tools/call', { name, arguments: args }, id, gone);
  }

  notify(method: string, params: object = {}): Promise<SessionReply> {
    return this.send({ jsonrpc: '2.0', method, params });
  }

  /** Answers a request of the server's. */
  respond(id: string | number, result: object): Promise<SessionReply> {
    return this.send({ jsonrpc: '2.0', id, result });
  }

  send(message: object, gone?: AbortSignal): Promise<SessionReply> {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
    return this.#fetch({ method: 'POST', body: JSON.stringify(message), signal: gone ?? null }, headers);
  }

  /** The standalone stream, or the rest of another. */
  listen(lastEventId?: string): Promise<SessionReply> {
    const resume = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
    return this.#fetch({}, { Accept: 'text/event-stream', ...resume });
  }

  /** The standalone stream once it is open, from its first message on. */
  async stream(lastEventId?: string): Promise<EventReader> {
    const { status, events } = await this.listen(lastEventId);
    if (!events) throw new Error(`the stream was answered with ${status}`);
    return events;
  }

  end(): Promise<SessionReply> {
    return this.#fetch({ method: 'DELETE' });
  }

  get probe() {
    const stub = env.MCP_SESSIONS.get(env.MCP_SESSIONS.idFromName(this.id));
    return {
      evict: () => evictDurableObject(stub),
      runAlarm: () => runDurableObjectAlarm(stub),
      alarmAt: () => runInDurableObject(stub, (_instance, state) => state.storage.getAlarm()),
      stored: () =>
        runInDurableObject(stub, (_instance, { storage }) => {
          const [events] = storage.sql
            .exec<{ n: number }>("SELECT COUNT(*) AS n FROM sqlite_master WHERE name = 'events'")
            .toArray();
          return {
            records: [...storage.kv.list()].map(([key]) => key),
            events: events?.n ? storage.sql.exec('SELECT * FROM events').toArray() : [],
          };
        }),
    };
  }

  async #fetch(init: RequestInit, extra: Record<string, string> = {}): Promise<SessionReply> {
    const response = await gateway('/mcp', {
      ...init,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(this.id === '' ? {} : { 'Mcp-Session-Id': this.id, 'MCP-Protocol-Version': this.#revision }),
        ...extra,
      },
    });
    const { status, headers } = response;
    if (headers.get('Content-Type')?.startsWith('text/event-stream') === true && response.body)
      return { status, headers, body: undefined, events: new EventReader(response.body) };
    const text = await response.text();
    return { status, headers, body: text === '' ? undefined : JSON.parse(text), events: undefined };
  }
}
