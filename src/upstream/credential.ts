// How the gateway obtains and renews a user's credential at an upstream whose backend vouches for users
// (docs/backend-contract.md). Each exchange is a request and a reading of its response.
// A refresh token is sent at most once: after a lost answer it may be spent, and an upstream with reuse detection
// would end its whole family. Asking /auth/verify again is always safe, since it starts a family of its own.
import * as z from 'zod';
import { harmless } from '../define/text';
import type { Fetch } from '../shared/bounded-fetch';
import { postToBackend, readAnswer, type Unanswered, type UpstreamConnection } from './backend';

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

/** `denied` may also be ours: the backend's user is not the one that the session is about. */
export type VerifyResult =
  | {
      readonly kind: 'granted';
      readonly user: UpstreamUser;
      readonly credential: Credential;
      /** All that the user's role allows, whatever was asked for; null where the backend doesn't say. */
      readonly roleScopes: readonly string[] | null;
    }
  | { readonly kind: 'denied'; readonly reason: 'identity_changed' | 'other_tenant' }
  | Unanswered;

export type RefreshResult =
  | { readonly kind: 'granted'; readonly credential: Credential }
  | { readonly kind: 'failed'; readonly reason: string };

const tokenSet = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().int().positive().max(31_536_000),
  refresh_token: z.string().min(1).optional(),
  scopes: z.array(z.string()),
});
const verified = tokenSet.extend({
  user_id: z.string().min(1),
  tenant_id: z.string().min(1),
  // Of people, for people and models; the ids are keys, and stay as they are.
  tenant_name: z.string().min(1).overwrite(harmless),
  role_scopes: z.array(z.string()).nullish(),
});

/** Whom to ask for, and for what. */
export interface VerifyQuestion {
  /** Verified by the identity provider. */
  readonly email: string;
  /** The tenant that the session is for; null leaves it to the backend. */
  readonly tenantId: string | null;
  readonly scopes: readonly string[];
}

/** Asks the backend who a verified email is, and for a token limited to `scopes`. */
export async function verifyUser(
  connection: UpstreamConnection,
  { email, tenantId, scopes }: VerifyQuestion,
  now: () => number,
  send?: Fetch,
): Promise<VerifyResult> {
  const { verifyPath, tenantsPath } = connection.definition;
  // A backend that lists no tenants knows no such field, and may refuse what it doesn't know.
  const tenant = tenantId === null || tenantsPath === undefined ? {} : { tenant_id: tenantId };
  const answer = readAnswer(await postToBackend(connection, verifyPath, { email, ...tenant, scopes }, send), verified);
  if (answer.kind !== 'read') return answer;
  const { user_id: userId, tenant_id: answered, tenant_name: tenantName } = answer.value;
  return {
    kind: 'granted',
    user: { userId, tenantId: answered, tenantName },
    credential: toCredential(answer.value, now()),
    roleScopes: answer.value.role_scopes ?? null,
  };
}

/** Redeems a refresh token, once. Whatever fails, the token counts as spent. */
export async function refreshCredential(
  connection: UpstreamConnection,
  refreshToken: string,
  now: () => number,
  send?: Fetch,
): Promise<RefreshResult> {
  const answer = await postToBackend(
    connection,
    connection.definition.refreshPath,
    { refresh_token: refreshToken },
    send,
  );
  if (answer.kind === 'failed') return answer;
  const parsed = tokenSet.safeParse(answer.body);
  if (answer.status !== 200 || !parsed.success)
    return { kind: 'failed', reason: answer.status === 200 ? 'malformed_answer' : `http_${answer.status}` };
  return { kind: 'granted', credential: toCredential(parsed.data, now()) };
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
