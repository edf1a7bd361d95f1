// What the edge and the OAuth session ask of a 2025-era session's object.
import { objectAt, type Bindings } from '../../config';
import { onceMore } from '../../shared/retry-on-reset';
import type { CarriedStanding } from '../../session/standing';
import type { Listener } from '../../session/change-feed';
import type { Negotiated } from '../calls/client';
import type { RequestData } from '../calls/request';

/** An authenticated HTTP request of a session, as plain data. */
export interface SessionRequest extends RequestData {
  readonly standing: CarriedStanding;
  readonly mcpSessionId: string;
  /** When its token expires, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The message, as JSON that was parsed once; undefined where there is none. */
  readonly message: unknown;
  readonly http: {
    readonly method: string;
    /** What the protocol looks at; never the token. */
    readonly headers: readonly (readonly [name: string, value: string])[];
  };
}

/** What the client of a session said of itself when it began. */
export type SessionClient = Pick<Negotiated, 'info' | 'capabilities'>;

export interface McpSessionObject extends Listener {
  fetch(request: Request): Promise<Response>;
}

export interface McpSessionStub extends Listener {
  serve(request: SessionRequest): Promise<Response>;
  /** Opens the standalone stream: a WebSocket of SSE frames, or what is wrong. */
  stream(request: SessionRequest): Promise<Response>;
}

/** Carries a {@link SessionRequest} that can have no body. */
export const REQUEST_HEADER = 'X-Session-Request';
const ADDRESS = 'https://mcp-session.internal/';

export function mcpSessionAt(bindings: Pick<Bindings, 'MCP_SESSIONS'>, mcpSessionId: string): McpSessionStub {
  const object = () => objectAt(bindings, 'MCP_SESSIONS', mcpSessionId) as unknown as McpSessionObject;
  return {
    // Not asked again when it fails: a call may have happened.
    serve: (request) => object().fetch(new Request(ADDRESS, { method: 'POST', body: JSON.stringify(request) })),
    stream: (request) => {
      const headers = { Upgrade: 'websocket', [REQUEST_HEADER]: encodeURIComponent(JSON.stringify(request)) };
      return onceMore(() => object().fetch(new Request(ADDRESS, { headers })));
    },
    changed: (changes) => onceMore(() => object().changed(changes)),
    dismissed: (why, by) => onceMore(() => object().dismissed(why, by)),
  };
}

/** Tells the edge which client the object accepted a request of. */
const CLIENT_HEADER = 'X-Session-Client';
/** Characters. Clients that are known say a few hundred. */
const MAX_CLIENT = 2_048;

/** @returns the header that says whose call was answered; none where that is too much for a header */
export function clientHeader({ info, capabilities }: SessionClient): Record<string, string> {
  const text = encodeURIComponent(JSON.stringify({ info, capabilities } satisfies SessionClient));
  return text.length > MAX_CLIENT ? {} : { [CLIENT_HEADER]: text };
}

/** @returns what {@link clientHeader} said, which is taken out of the answer */
export function takeClient({ headers }: Response): SessionClient | undefined {
  const text = headers.get(CLIENT_HEADER);
  headers.delete(CLIENT_HEADER);
  return text === null ? undefined : (JSON.parse(decodeURIComponent(text)) as SessionClient);
}

/**
 * A request as the protocol's transport takes it: its body is handed over beside it. What its client accepts has been
 * looked at (endpoint.ts), by media ranges; the SDK's transport looks for these two words, and knows no range.
 */
export function protocolRequest({
  method,
  headers,
}: {
  method: string;
  headers: Iterable<readonly [string, string]>;
}): Request {
  const carried = new Headers([...headers].map(([...pair]) => pair));
  carried.set('Accept', 'application/json, text/event-stream');
  return new Request(ADDRESS, { method, headers: carried });
}

/** @returns the request that {@link mcpSessionAt} sent */
export async function readSessionRequest(request: Request): Promise<SessionRequest> {
  const header = request.headers.get(REQUEST_HEADER);
  return (header === null ? await request.json() : JSON.parse(decodeURIComponent(header))) as SessionRequest;
}
