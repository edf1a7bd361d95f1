// The stream that a client of a session opens with GET, for what belongs to no request of its own: changes. It ends at
// the edge and reaches the object by a WebSocket that hibernates: clients keep this stream open all day, and an object
// that had to stay awake for each of them would cost its operator more than all calls together.
import { isJSONRPCNotification, type JSONRPCMessage } from '@modelcontextprotocol/server';
import { JsonRpcCode, jsonRpcError } from '../protocol/responses';
import { SESSION_REVISIONS } from '../protocol/revisions';
import { STANDALONE, type EventLog } from './events';
import { KEEP_ALIVE_MS, MAX_STREAMS } from './limits';

/** What is kept of a stream beside its socket, both in milliseconds since the epoch. */
interface Opened {
  readonly openedAt: number;
  /** When the token expires that opened it. */
  readonly expiresAt: number;
}

export interface StreamInput extends Opened {
  readonly lastEventId: string | undefined;
  /** The client's MCP-Protocol-Version. */
  readonly version: string | undefined;
}

/** The object's side. A message goes to one stream only (MCP "Multiple Connections"), the one that was opened last. */
export class StandaloneStreams {
  readonly #ctx: DurableObjectState;
  readonly #events: EventLog;
  readonly #now: () => number;

  constructor(ctx: DurableObjectState, events: EventLog, now: () => number) {
    this.#ctx = ctx;
    this.#events = events;
    this.#now = now;
  }

  get open(): boolean {
    return this.#sockets().length > 0;
  }

  accept({ openedAt, expiresAt, lastEventId, version }: StreamInput): Response {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    // A connection that broke may look open for a while, so it must not keep its successor out.
    for (const old of this.#sockets().slice(MAX_STREAMS - 1)) old.close(1000, 'replaced');
    this.#ctx.acceptWebSocket(ours);
    ours.serializeAttachment({ openedAt, expiresAt } satisfies Opened);
    if (lastEventId !== undefined) for (const event of this.#events.after(lastEventId)) ours.send(frame(event));
    // Something to resume from before anything happens; older clients take an event for a message.
    else if (version !== undefined && version >= '2025-11-25')
      ours.send(`id: ${this.#events.mark(STANDALONE)}\ndata: \n\n`);
    return new Response(null, { status: 101, webSocket: theirs });
  }

  /**
   * Sends, and keeps for a client that has lost its connection. Where the token of each stream has expired, the newest
   * is told of changed lists alone, and without ids: so a client that comes back with a good token and `Last-Event-ID`
   * is sent all that was kept from it meanwhile.
   */
  send(message: JSONRPCMessage): void {
    const id = this.#events.append(STANDALONE, message);
    const sockets = this.#sockets();
    const good = sockets.find((socket) => openedOf(socket).expiresAt > this.#now());
    if (good) good.send(frame({ id, message }));
    else if (isListChanged(message)) sockets[0]?.send(frame({ id: undefined, message }));
  }

  close(): void {
    for (const socket of this.#sockets()) socket.close(1000, 'session ended');
  }

  /** The one that was opened last comes first. */
  #sockets(): WebSocket[] {
    return this.#ctx
      .getWebSockets()
      .filter(({ readyState }) => readyState === WebSocket.OPEN)
      .sort((one, other) => openedOf(other).openedAt - openedOf(one).openedAt);
  }
}

/** What is wrong with a request for the stream; undefined when it is well. */
export function refuseStream(http: Request): Response | undefined {
  const version = http.headers.get('MCP-Protocol-Version');
  if (version !== null && !SESSION_REVISIONS.includes(version))
    return jsonRpcError(400, JsonRpcCode.refused, `Bad Request: Unsupported protocol version: ${version.slice(0, 64)}`);
  return undefined;
}

/** The edge's side: Server-Sent Events until the object or the client has enough. */
export function eventStream(socket: WebSocket, headers: Record<string, string>): Response {
  const encoder = new TextEncoder();
  let keepAlive: ReturnType<typeof setInterval> | undefined;
  let open = true;
  /** @returns false when that was done before */
  const stop = (): boolean => {
    if (!open) return false;
    open = false;
    clearInterval(keepAlive);
    socket.close(1000, 'stream ended');
    return true;
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string): void => {
        if (open) controller.enqueue(encoder.encode(text));
      };
      const end = (): void => {
        if (stop()) controller.close();
      };
      socket.addEventListener('message', ({ data }) => write(String(data)));
      socket.addEventListener('close', end);
      socket.addEventListener('error', end);
      // At once, so that the client knows that the stream is open.
      write(': open\n\n');
      keepAlive = setInterval(() => write(': keepalive\n\n'), KEEP_ALIVE_MS);
      socket.accept();
    },
    cancel: () => void stop(),
  });
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform', ...headers },
  });
}

function openedOf(socket: WebSocket): Opened {
  return socket.deserializeAttachment() as Opened;
}

/** A notification that says nothing but that a list is no longer the same. */
function isListChanged(message: JSONRPCMessage): boolean {
  return isJSONRPCNotification(message) && message.method.endsWith('/list_changed') && message.params === undefined;
}

function frame({ id, message }: { id: string | undefined; message: JSONRPCMessage }): string {
  return `event: message\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`;
}
