// One exchange with a backend that vouches for users (docs/backend-contract.md): a POST with the gateway's own token,
// bounded in time and size, and the backend's final no told from everything that only means "not now".
import * as z from 'zod';
import type { UpstreamConfig } from '../config';
import { boundedFetch, FetchError, parseJson, type Fetch } from '../shared/bounded-fetch';
import { continueTraceId, correlationHeaders } from '../shared/trace';

/** Which request of ours asks. */
export interface CallIds {
  readonly requestId: string;
  readonly traceId: string;
}

export interface BackendConnection {
  readonly baseUrl: string;
  readonly adminToken: string;
  /** Tells the backend which request of ours asks: `X-Request-Id` and `traceparent`, a new span each time. */
  readonly correlation: () => Record<string, string>;
}

/** The backend of an upstream whose credential has the strategy `verify`. */
export function backendOf({ baseUrl, secrets }: UpstreamConfig, { requestId, traceId }: CallIds): BackendConnection {
  const { adminToken } = secrets;
  // The configuration reads every secret that a definition names, and this one is required by type.
  if (adminToken === undefined) throw new Error('a backend needs an admin token');
  return { baseUrl, adminToken, correlation: () => correlationHeaders(requestId, continueTraceId(traceId)) };
}

/** Short enough that a client's token request (10 s in Claude) still gets an answer after a failure. */
const EXCHANGE_BOUNDS = { timeoutMs: 5_000, maxBytes: 64 * 1024 };

export type BackendAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'failed'; readonly reason: string };

export async function postToBackend(
  connection: BackendConnection,
  path: string,
  body: object,
  send?: Fetch,
): Promise<BackendAnswer> {
  const init = {
    method: 'POST',
    headers: {
      ...connection.correlation(),
      Authorization: `Bearer ${connection.adminToken}`,
      'Content-Type': 'application/json',
      Accept: 'application/json',
    },
    body: JSON.stringify(body),
  };
  try {
    const response = await boundedFetch(connection.baseUrl + path, init, EXCHANGE_BOUNDS, send);
    return { kind: 'answered', status: response.status, body: parseJson(response.text) };
  } catch (error) {
    if (error instanceof FetchError) return { kind: 'failed', reason: error.reason };
    throw error;
  }
}

const denial = z.object({ error: z.enum(['unknown_user', 'user_disabled']) });

/** A question about a user that was not answered: `denied` is final, `unavailable` may be asked again. */
export type Unanswered =
  | { readonly kind: 'denied'; readonly reason: 'unknown_user' | 'user_disabled' }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Reads the answer to a question about a user: what the schema makes of a 200, or why there is nothing to read. */
export function readAnswer<Shape extends z.ZodType>(
  answer: BackendAnswer,
  shape: Shape,
): { readonly kind: 'read'; readonly value: z.output<Shape> } | Unanswered {
  if (answer.kind === 'failed') return { kind: 'unavailable', reason: answer.reason };
  if (answer.status === 403 || answer.status === 404) {
    // Only the contract's own words end an authorization: a 404 of a proxy or a wrong path must not.
    const said = denial.safeParse(answer.body);
    if (said.success) return { kind: 'denied', reason: said.data.error };
  }
  if (answer.status !== 200) return { kind: 'unavailable', reason: `http_${answer.status}` };
  const parsed = shape.safeParse(answer.body);
  return parsed.success ? { kind: 'read', value: parsed.data } : { kind: 'unavailable', reason: 'malformed_answer' };
}
