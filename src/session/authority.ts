// The authorization server as this session's object runs it: the library, over the object's own records.
import type {
  OAuthHelpers,
  TokenExchangeCallbackResult,
  ValidatedAccessToken,
} from '@cloudflare/workers-oauth-provider';
import type { RequestIds } from '../audit/event';
import { createLog } from '../shared/log';
import type { GrantShard } from '../storage/oauth-store';
import type { Presented } from './face';
import type { AuthorityEnv, AuthorizationServer } from './settings';

export interface Authority {
  fetch(request: Request, exchange: AuthorityEnv['exchange']): Promise<Response>;
  validateToken(resource: string, token: string): Promise<ValidatedAccessToken | null>;
  helpers(): OAuthHelpers;
}

export function createAuthority(server: AuthorizationServer, shard: GrantShard, ctx: DurableObjectState): Authority {
  const env: AuthorityEnv = { OAUTH_KV: shard, exchange: refuseExchange };
  // The library only ever uses waitUntil of an execution context; an object has no other.
  const context = {
    waitUntil: (promise: Promise<unknown>) => ctx.waitUntil(promise),
    passThroughOnException: () => undefined,
    props: {},
  } as unknown as ExecutionContext;
  return {
    fetch: (request, exchange) => server.fetch(request, { ...env, exchange }, context),
    validateToken: (resource, token) => server.validateToken(resource, token, env),
    helpers: () => server.getOAuthApi(env),
  };
}

/** Tokens are issued by `fetch` alone. */
export function refuseExchange(): Promise<TokenExchangeCallbackResult> {
  return Promise.reject(new Error('no token is issued here'));
}

/**
 * Turns away a client whose id is the URL of a metadata document, and which isn't the session's own (RFC 6749 §5.2):
 * before the queue of token requests, and before the document is loaded, since a stranger's slow host must hold up nobody.
 */
export function refuseForeign({ clientId }: Presented, own: string | undefined, ids: RequestIds): Response | undefined {
  if (!clientId?.startsWith('https:') || clientId === own) return undefined;
  createLog({}).warn('oauth.refused', { error: 'invalid_grant', reason: 'issued_to_another_client', ...ids });
  const answer = { error: 'invalid_grant', error_description: 'This was issued to another client.' };
  return Response.json(answer, { status: 400, headers: { 'Cache-Control': 'no-store' } });
}
