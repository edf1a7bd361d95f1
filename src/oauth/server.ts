// The authorization server (OAuth 2.1): discovery (RFC 8414), dynamic registration (RFC 7591), client metadata
// documents, token endpoint and revocation (RFC 7009). The library does the protocol; here it is set up once per
// configuration. Its issuer is configured, never taken from a request's Host.
import { OAuthAuthorizationServer } from '@cloudflare/workers-oauth-provider';
import type { Config } from '../config';
import type { ScopeCatalogue } from '../define/scopes';
import { createLog, currentLog } from '../shared/log';
import { resourceAt, resourceOf, type ProtectedResource } from '../shared/resources';
import type { AuthorizationServerEnv, AuthorizationServer, AuthorizationServers } from '../session/settings';

export const AUTHORIZE_PATH = '/authorize';
export const CALLBACK_PATH = '/callback';
export const TOKEN_PATH = '/oauth/token';
export const REGISTER_PATH = '/oauth/register';
/** RFC 8414 §3. */
export const AUTHORIZATION_SERVER_METADATA_PATH = '/.well-known/oauth-authorization-server';

/**
 * A factory that builds the server of the shared resource once for each configuration. That of a tenant's is built for
 * each asker: it costs some 40 µs, and anybody can make up tenants, who would fill a cache or push each other out of it.
 */
export function authorizationServers(scopes: ScopeCatalogue): AuthorizationServers {
  const built = new WeakMap<Config, AuthorizationServer>();
  return (config, indicator) => {
    const named = resourceAt(config.issuer, indicator ?? '');
    if (named && named.tenant !== null) return build(config, named, scopes);
    const known = built.get(config);
    if (known) return known;
    const server = build(config, resourceOf(config.issuer, null), scopes);
    built.set(config, server);
    return server;
  };
}

/** One issuer, whatever the resource: its metadata is always that of the shared one, which names no tenant. */
function build(config: Config, resource: ProtectedResource, scopes: ScopeCatalogue): AuthorizationServer {
  const log = createLog(config.log, { object: 'authorization_server' });
  return new OAuthAuthorizationServer<AuthorizationServerEnv>({
    issuer: config.issuer,
    resources: [resource.url],
    authorizeEndpoint: AUTHORIZE_PATH,
    tokenEndpoint: TOKEN_PATH,
    ...(config.clientRegistration === 'open' ? { clientRegistrationEndpoint: REGISTER_PATH } : {}),
    // For as long as it is used (oauth/clients/sweep.ts). The library asks for an explicit undefined, its types don't have it.
    ...({ clientRegistrationTTL: undefined } as object),
    // The library would fetch documents by itself: it sees them as records of oauth/clients/directory.ts instead.
    clientIdMetadataDocumentEnabled: false,
    scopesSupported: Object.keys(scopes),
    accessTokenTTL: config.accessTokenTtlSeconds,
    refreshTokenTTL: config.refreshTokenTtlSeconds,
    refreshTokenIdleTTL: config.refreshTokenTtlSeconds,
    tokenExchangeCallback: ({ env, ...options }) => env.exchange(options),
    onError: ({ code, status, internal: { category, reason } }) => {
      currentLog(log).warn('oauth.refused', { error: code, status, category, reason });
    },
  });
}
