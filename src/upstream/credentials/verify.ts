// The strategy `verify`: the upstream's backend vouches for the user (docs/backend-contract.md). Each exchange is a request
// and a reading of its response.
// A refresh token is sent at most once: after a lost answer it may be spent, and an upstream with reuse detection
// would end its whole family. Asking /auth/verify again is always safe, since it starts a family of its own.
import * as z from 'zod';
import type { VerifyCredential } from '../../define/credential';
import { harmless } from '../../define/text';
import type { Fetch } from '../../shared/bounded-fetch';
import { backendOf, postToBackend, readAnswer, type BackendConnection, type CallIds } from '../backend';
import type { Credential, RefreshResult, VerifyResult } from '../credential';
import type { CredentialSource, SourceOptions } from './source';

/** A source whose answer also says who the user is. */
export interface VouchingSource extends CredentialSource {
  readonly obtain: (ids: CallIds) => Promise<VerifyResult>;
}

export function verifySource(options: SourceOptions<VerifyCredential>): VouchingSource {
  const { upstream, config, subject, now, send } = options;
  return {
    async obtain(ids) {
      const about = subject();
      if (!about) return { kind: 'unavailable', reason: 'no_session' };
      const { identity, tenantId, scopes } = about;
      const question = { email: identity.email, tenantId, scopes };
      return verifyUser(backendOf(config, ids), upstream.credential, question, now, send);
    },
    refresh: (refreshToken, ids) =>
      refreshCredential(backendOf(config, ids), upstream.credential, refreshToken, now, send),
  };
}

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
interface VerifyQuestion {
  /** Verified by the identity provider. */
  readonly email: string;
  /** The tenant that the session is for; null leaves it to the backend. */
  readonly tenantId: string | null;
  readonly scopes: readonly string[];
}

/** Asks the backend who a verified email is, and for a token limited to `scopes`. */
async function verifyUser(
  connection: BackendConnection,
  { verifyPath, tenantsPath }: VerifyCredential,
  { email, tenantId, scopes }: VerifyQuestion,
  now: () => number,
  send?: Fetch,
): Promise<VerifyResult> {
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
async function refreshCredential(
  connection: BackendConnection,
  { refreshPath }: VerifyCredential,
  refreshToken: string,
  now: () => number,
  send?: Fetch,
): Promise<RefreshResult> {
  const answer = await postToBackend(connection, refreshPath, { refresh_token: refreshToken }, send);
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
