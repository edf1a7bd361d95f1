// The message of a request to the MCP endpoint, parsed once for everybody who reads it before the SDK does. All of it is
// the client's. Whether a message is well-formed in every detail is the SDK's to say.
import type { RequestId } from '@modelcontextprotocol/server';

export type Members = Readonly<Record<string, unknown>>;

interface Named {
  readonly method: string;
  /** Empty where the client sent none, or something that is no object. */
  readonly params: Members;
  /** The whole message as the client sent it. */
  readonly value: Members;
}

export type Message =
  | (Named & { readonly kind: 'request'; readonly id: RequestId })
  /** A message with a method and without an id that a request may have. */
  | (Named & { readonly kind: 'notification' })
  /** A response, or JSON that is no message: the SDK has an answer to it. */
  | { readonly kind: 'other'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly why: Refusal }
  /** A request of HTTP without a message, such as a GET. */
  | { readonly kind: 'none' };

export type Refusal = 'malformed' | 'too_large' | 'too_deep' | 'batch';

/** A request as it came: with its message, and of the OAuth session that its token names. */
export interface Received {
  readonly http: Request;
  readonly message: Message;
  readonly oauthSessionId: string;
}

/** @param value parsed JSON */
export function messageOf(value: unknown): Message {
  // Only revision 2025-03-26 has batches, and it is not served (protocol/revisions.ts): one decision belongs to one request.
  if (Array.isArray(value)) return { kind: 'refused', why: 'batch' };
  if (!isObject(value) || typeof value['method'] !== 'string') return { kind: 'other', value };
  const { id, method, params } = value;
  const named = { method, params: isObject(params) ? params : {}, value };
  return isId(id) ? { kind: 'request', id, ...named } : { kind: 'notification', ...named };
}

/** What the SDK's transports take for a body that is parsed already. */
export function valueOf(message: Message): unknown {
  return 'value' in message ? message.value : undefined;
}

/** The method of a request or a notification; undefined for everything else. */
export function methodOf(message: Message): string | undefined {
  return 'method' in message ? message.method : undefined;
}

/** Whether it opens the stream of changes of revision 2026-07-28. */
export function isListen(message: Message): boolean {
  return methodOf(message) === 'subscriptions/listen';
}

export function isObject(value: unknown): value is Members {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function isId(id: unknown): id is RequestId {
  return typeof id === 'string' || typeof id === 'number';
}
