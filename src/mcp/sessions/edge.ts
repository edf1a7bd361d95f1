// A 2025-era session at the edge. The id is made and checked here; the session's object does the rest.
import { isInitializeRequest } from '@modelcontextprotocol/server';
import type { Bindings } from '../../config';
import { accepts, EVENT_STREAM_TYPE } from '../../shared/accept';
import { isEventStream, notAcceptable, sessionNotFound } from '../protocol/responses';
import { CALL_TIMEOUT_MS } from '../calls/limits';
import { valueOf, type Message, type Received } from '../calls/message';
import { dataOf, type McpRequest } from '../calls/request';
import { STANDALONE, streamOf } from './events';
import { mcpSessionAt, takeClient, type SessionClient, type SessionRequest } from './stub';
import { isMcpSessionOf, newMcpSessionId, ownerOf } from './id';
import { eventStream, refuseStream } from './standalone-stream';
import { streamEndsAt, until, type StreamToken } from './stream-deadline';

const SESSION_HEADER = 'Mcp-Session-Id';
/** The headers that the protocol reads. The token and all other headers stay at the edge. */
export const CARRIED_HEADERS = ['Content-Type', 'MCP-Protocol-Version', 'Last-Event-ID'];

/** Whether a request of a 2025 revision belongs to a session, or begins one. A client may also do without. */
export function isOfSession(http: Request, message: Message): boolean {
  return http.headers.has(SESSION_HEADER) || isInitialize(message);
}

function isInitialize(message: Message): boolean {
  return message.kind === 'request' && message.method === 'initialize' && isInitializeRequest(message.value);
}

export interface SessionOptions {
  readonly bindings: Pick<Bindings, 'MCP_SESSIONS'>;
  readonly token: StreamToken;
  /** Hears that the session's object has accepted the request, as one of this client. */
  readonly accepted: (client: SessionClient) => void;
  /** Hears that the session has ended, or that its object does not know it. */
  readonly ended: (mcpSessionId: string) => void;
}

export async function serveSession(
  { http, message }: Received,
  request: McpRequest,
  { bindings, token, accepted, ended }: SessionOptions,
): Promise<Response> {
  const { sessionKey } = request.config;
  const presented = http.headers.get(SESSION_HEADER) ?? '';
  const begins = isInitialize(message);
  const owner = ownerOf(request.caller);
  if (!begins && !isMcpSessionOf(owner, presented, sessionKey)) return sessionNotFound();
  const mcpSessionId = begins ? newMcpSessionId(owner, sessionKey) : presented;
  const object = mcpSessionAt(bindings, mcpSessionId);
  if (http.method === 'GET' && !accepts(http.headers.get('Accept'), EVENT_STREAM_TYPE)) return notAcceptable();
  const carried = carry({ http, message }, request, mcpSessionId, token);

  if (http.method === 'GET' && isStandalone(http)) {
    const refused = refuseStream(http);
    if (refused) return refused;
    const answer = await object.stream(carried);
    if (!answer.webSocket) return mutable(answer);
    return until(streamEndsAt(request.now(), token), eventStream(answer.webSocket, { [SESSION_HEADER]: mcpSessionId }));
  }
  const answer = mutable(await object.serve(carried));
  const client = takeClient(answer);
  if (http.method === 'DELETE' || answer.status === 404) ended(mcpSessionId);
  else if (client) accepted(client);
  if (!isEventStream(answer)) return answer;
  // The rest of an earlier answer is for the bearer of a good token.
  if (http.method === 'GET') return until(token.expiresAt, answer);
  // A call that was admitted in the last moment of its token may finish.
  return until(Math.max(token.expiresAt, request.now() + CALL_TIMEOUT_MS), answer);
}

/** A copy whose headers can be changed, since the edge adds its own. */
function mutable(answer: Response): Response {
  return new Response(answer.body, answer);
}

/** Whether a GET opens the stream of changes, and does not resume the answer to a request. */
export function isStandalone(http: Request): boolean {
  const lastEventId = http.headers.get('Last-Event-ID');
  return lastEventId === null || (streamOf(lastEventId) ?? STANDALONE) === STANDALONE;
}

function carry(
  { http, message }: Pick<Received, 'http' | 'message'>,
  request: McpRequest,
  mcpSessionId: string,
  { expiresAt }: StreamToken,
): SessionRequest {
  const headers = CARRIED_HEADERS.flatMap((name) => {
    const value = http.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    ...dataOf(request),
    standing: request.standing.carry(),
    mcpSessionId,
    expiresAt,
    message: valueOf(message),
    http: { method: http.method, headers: [...headers, [SESSION_HEADER, mcpSessionId]] },
  };
}
