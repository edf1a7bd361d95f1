// What a session looks at in a message before the protocol does. All of it is the client's, of any shape.
import type { RequestId } from '@modelcontextprotocol/server';

/** RFC 5424 severities, the longest of which has nine letters. */
const MAX_LEVEL = 16;

interface AnyMessage {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

export function methodOf(message: unknown): string | undefined {
  const { method } = Object(message) as AnyMessage;
  return typeof method === 'string' ? method : undefined;
}

/** The id of a request; undefined for a notification or a response. */
export function requestIdOf(message: unknown): RequestId | undefined {
  return methodOf(message) === undefined ? undefined : asId((Object(message) as AnyMessage).id);
}

/** The request that a `notifications/cancelled` is about. */
export function cancelledBy(message: unknown): RequestId | undefined {
  return methodOf(message) === 'notifications/cancelled' ? asId(paramsOf(message)['requestId']) : undefined;
}

/** What a `logging/setLevel` asks for. */
export function logLevelOf(message: unknown): string | undefined {
  const { level } = paramsOf(message);
  return methodOf(message) === 'logging/setLevel' && typeof level === 'string' ? level.slice(0, MAX_LEVEL) : undefined;
}

function paramsOf(message: unknown): Record<string, unknown> {
  return Object((Object(message) as AnyMessage).params) as Record<string, unknown>;
}

function asId(id: unknown): RequestId | undefined {
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}
