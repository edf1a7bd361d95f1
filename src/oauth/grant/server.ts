// The grant's half of the authorization server, which runs in the session's object: the OAuth library over the object's own
// records, for the one protected resource of the session. A token is good there and nowhere else (RFC 8707 §2).
import type { TokenExchangeCallbackResult } from '@cloudflare/workers-oauth-provider';
import type { RequestIds } from '../../audit/event';
import type { GrantShard } from '../store/grant-store';
import { clientKey } from '../store/record-stub';
import { isOfGrant, type OAuthStore } from '../store/kv-store';
import { unknownClient, type AuthenticatedRequest } from './client-authentication';
import type { AccessToken, OpenInput } from '../../session/stub';
import type { RecordStore } from '../../session/record';
import type { AuthorizationServerEnv, AuthorizationServer } from '../../session/settings';
import { formOf } from '../../shared/parameters';

export interface GrantServer {
  /** @param revoked is called at the moment when the library revokes the grant */
  fetch(
    from: AuthenticatedRequest,
    ids: RequestIds,
    exchange: AuthorizationServerEnv['exchange'],
    revoked: () => void,
  ): Promise<Response>;
  /** @returns null for a token that isn't good for this resource */
  validateToken(resource: string, token: string): Promise<AccessToken | null>;
  /** Makes the session's grant and its authorization code. @returns where to send the browser */
  grant(input: OpenInput, subject: string): Promise<string>;
}

/** @param servers builds the authorization server of a resource. Building is costly, so it is called once per resource */
export function createGrantServer(
  servers: (resource: string | null) => AuthorizationServer,
  records: RecordStore,
  shard: GrantShard,
  ctx: DurableObjectState,
): GrantServer {
  let built: { readonly resource: string | null; readonly server: AuthorizationServer } | undefined;
  const serverFor = (resource: string | null): AuthorizationServer => {
    if (built?.resource !== resource) built = { resource, server: servers(resource) };
    return built.server;
  };
  const env: AuthorizationServerEnv = { OAUTH_KV: shard, exchange: refuseExchange };
  // The library only ever uses waitUntil of an execution context; an object has no other.
  const context = {
    waitUntil: (promise: Promise<unknown>) => ctx.waitUntil(promise),
    passThroughOnException: () => undefined,
    props: {},
  } as unknown as ExecutionContext;
  return {
    fetch: async ({ request, presented, proven }, ids, exchange, revoked) => {
      // Of a session that is gone, what the client asks for: it must hear that its grant is (`invalid_grant`, upon which
      // it signs in anew), and not that its resource is unknown.
      const resource = records.read()?.resource ?? (await formOf(request.clone())).get('resource');
      const isOver = (): boolean => records.read()?.status === 'ended';
      const own = ofLivingSession(shard, isOver, revoked);
      const store = proven === undefined ? own : withProven(own, proven);
      try {
        return await serverFor(resource).fetch(request, { OAUTH_KV: store, exchange }, context);
      } catch (error) {
        return unknownClient(error, presented.clientId, ids);
      }
    },
    validateToken: async (resource, token) => {
      const valid = await serverFor(resource).validateToken(resource, token, env);
      // The library counts in seconds; everything else here in milliseconds.
      return valid && { scopes: valid.scope, audience: valid.audience, expiresAt: valid.expiresAt * 1_000 };
    },
    grant: async ({ request, scopes }, userId) => {
      const helpers = serverFor(records.read()?.resource ?? null).getOAuthApi(env);
      const { redirectTo } = await helpers.completeAuthorization({
        request,
        userId,
        metadata: {},
        scope: [...scopes],
        props: {},
        revokeExistingGrants: false,
      });
      return redirectTo;
    },
  };
}

/** For calls of the library that never issue tokens. */
export function refuseExchange(): Promise<TokenExchangeCallbackResult> {
  return Promise.reject(new Error('no token is issued here'));
}

/**
 * The store for one request. When the session ends while the request runs, the library's later writes of grants and tokens
 * are dropped.
 */
function ofLivingSession(store: OAuthStore, isOver: () => boolean, revoked: () => void): OAuthStore {
  return {
    get: (key, options) => store.get(key, options),
    put: async (key, value, options) => {
      if (!isOver() || !isOfGrant(key)) await store.put(key, value, options);
    },
    delete: async (key) => {
      await store.delete(key);
      if (key.startsWith('grant:')) revoked();
    },
    list: (options) => store.list(options),
  };
}

/** The store for one request of a client that was authenticated before: the library sees it as a public client. */
function withProven(store: OAuthStore, clientId: string): OAuthStore {
  return {
    get: async (key, options) => {
      const record = await store.get(key, options);
      return key === clientKey(clientId) && record !== null
        ? { ...Object(record), tokenEndpointAuthMethod: 'none' }
        : record;
    },
    put: (key, value, options) => store.put(key, value, options),
    delete: (key) => store.delete(key),
    list: (options) => store.list(options),
  };
}
