// How the gateway obtains and renews a user's credential at an upstream whose backend vouches for users
// (docs/backend-contract.md). Each exchange is a request and a reading of its response, bounded in time and size.
// A refresh token is sent at most once: after a lost answer it may be spent, and an upstream with reuse detection
// would end its whole family. Asking /auth/verify again is always safe, since it starts a family of its own.
import * as z from 'zod';
import type { UpstreamDefinition } from '../define/upstream';
import { boundedFetch, FetchError, parseJson, type Fetch } from '../shared/bounded-fetch';

/** An upstream token set in the clear: in memory only, sealed wherever it is at rest. */
export interface Credential {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** How long it was good for when it was issued, in milliseconds. */
  readonly lifetimeMs: number;
  /** What the upstream lets this user do with it, in the gateway's scope names. */
  readonly scopes: readonly string[];
}

/** The user as the upstream knows them. */
export interface UpstreamUser {
  readonly userId: string;
  readonly tenantId: string;
  readonly tenantName: string;
}

/** `denied` is the upstream's final word on the user; `unavailable` may be asked again. */
export type VerifyResult =
  | { readonly kind: 'granted'; readonly user: UpstreamUser; readonly credential: Credential }
  | { readonly kind: 'denied'; readonly reason: 'unknown_user' | 'user_disabled' | 'identity_changed' }
  | { readonly kind: 'unavailable'; readonly reason: string };

export type RefreshResult =
  | { readonly kind: 'granted'; readonly credential: Credential }
  | { readonly kind: 'failed'; readonly reason: string };

export interface UpstreamConnection {
  readonly definition: UpstreamDefinition;
  readonly baseUrl: string;
  readonly adminToken: string;
  /** Which request of ours asks: `X-Request-Id` and `traceparent`. */
  readonly correlation: () => Record<string, string>;
}

/** Short enough that a client's token request (10 s in Claude) still gets an answer after a failure. */
const EXCHANGE_BOUNDS = { timeoutMs: 5_000, maxBytes: 64 * 1024 };

const tokenSet = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().int().positive().max(31_536_000),
  refresh_token: z.string().min(1).optional(),
  scopes: z.array(z.string()),
});
const verified = tokenSet.extend({
  user_id: z.string().min(1),
  tenant_id: z.string().min(1),
  tenant_name: z.string().min(1),
});
const denial = z.object({ error: z.enum(['unknown_user', 'user_disabled']) });

/** Asks the backend who a verified email is, and for a token limited to `scopes`. */
export async function verifyUser(
  connection: UpstreamConnection,
  email: string,
  scopes: readonly string[],
  now: () => number,
  send?: Fetch,
): Promise<VerifyResult> {
  const answer = await post(connection, connection.definition.verifyPath, { email, scopes }, send);
  if (answer.kind === 'failed') return { kind: 'unavailable', reason: answer.reason };
  if (answer.status === 403 || answer.status === 404) {
    // Only the contract's own words end an authorization: a 404 of a proxy or a wrong path must not.
    const said = denial.safeParse(answer.body);
    return said.success
      ? { kind: 'denied', reason: said.data.error }
      : { kind: 'unavailable', reason: `http_${answer.status}` };
  }
  if (answer.status !== 200) return { kind: 'unavailable', reason: `http_${answer.status}` };
  const parsed = verified.safeParse(answer.body);
  if (!parsed.success) return { kind: 'unavailable', reason: 'malformed_answer' };
  const { user_id: userId, tenant_id: tenantId, tenant_name: tenantName } = parsed.data;
  return { kind: 'granted', user: { userId, tenantId, tenantName }, credential: toCredential(parsed.data, now()) };
}

/** Redeems a refresh token, once. Whatever fails, the token counts as spent. */
export async function refreshCredential(
  connection: UpstreamConnection,
  refreshToken: string,
  now: () => number,
  send?: Fetch,
): Promise<RefreshResult> {
  const answer = await post(connection, connection.definition.refreshPath, { refresh_token: refreshToken }, send);
  if (answer.kind === 'failed') return answer;
  const parsed = tokenSet.safeParse(answer.body);
  if (answer.status !== 200 || !parsed.success)
    return { kind: 'failed', reason: answer.status === 200 ? 'malformed_answer' : `http_${answer.status}` };
  return { kind: 'granted', credential: toCredential(parsed.data, now()) };
}

type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'failed'; readonly reason: string };

async function post(connection: UpstreamConnection, path: string, body: object, send?: Fetch): Promise<Answer> {
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

function toCredential(answer: z.output<typeof tokenSet>, now: number): Credential {
  const lifetimeMs = answer.expires_in * 1000;
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? null,
    expiresAt: now + lifetimeMs,
    lifetimeMs,
    scopes: answer.scopes,
  };
}
