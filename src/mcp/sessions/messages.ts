// What a session's object reads of a message before the protocol does.
import type { RequestId } from '@modelcontextprotocol/server';
import { isId, messageOf, type Message } from '../calls/message';
import type { SessionRequest } from './stub';

/** The longest of RFC 5424's severities has nine letters. */
const MAX_LEVEL = 16;

/** The message of a request that the edge carried. */
export function messageIn({ message }: SessionRequest): Message {
  return message === undefined ? { kind: 'none' } : messageOf(message);
}

/** The request that a `notifications/cancelled` is about. */
export function cancelledBy(message: Message): RequestId | undefined {
  if (message.kind !== 'notification' || message.method !== 'notifications/cancelled') return undefined;
  const { requestId } = message.params;
  return isId(requestId) ? requestId : undefined;
}

/** The level that a `logging/setLevel` asks for. */
export function logLevelOf(message: Message): string | undefined {
  if (!('method' in message) || message.method !== 'logging/setLevel') return undefined;
  const { level } = message.params;
  return typeof level === 'string' ? level.slice(0, MAX_LEVEL) : undefined;
}
