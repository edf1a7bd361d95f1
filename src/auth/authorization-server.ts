// The authorization server (OAuth 2.1): discovery (RFC 8414), dynamic registration (RFC 7591), client metadata
// documents, token endpoint and revocation (RFC 7009). The library does the protocol; here it is set up once per
// configuration. Its issuer is configured, never taken from a request's Host.
import { OAuthAuthorizationServer } from '@cloudflare/workers-oauth-provider';
import type { Config } from '../config';
import type { ScopeCatalogue } from '../define/scopes';
import { createLog, currentLog } from '../shared/log';
import type { AuthorityEnv, AuthorizationServer } from '../session/settings';

export const AUTHORIZE_PATH = '/authorize';
export const CALLBACK_PATH = '/callback';
export const TOKEN_PATH = '/oauth/token';
export const REGISTER_PATH = '/oauth/register';

/** A factory that builds the server once for each configuration. */
export function authorizationServers(scopes: ScopeCatalogue): (config: Config) => AuthorizationServer {
  const built = new WeakMap<Config, AuthorizationServer>();
  return (config) => {
    const known = built.get(config);
    if (known) return known;
    const server = build(config, scopes);
    built.set(config, server);
    return server;
  };
}

function build(config: Config, scopes: ScopeCatalogue): AuthorizationServer {
  const log = createLog(config.log, { object: 'authorization_server' });
  return new OAuthAuthorizationServer<AuthorityEnv>({
    issuer: config.issuer,
    resources: [config.resource],
    authorizeEndpoint: AUTHORIZE_PATH,
    tokenEndpoint: TOKEN_PATH,
    clientRegistrationEndpoint: REGISTER_PATH,
    clientRegistrationCallback: ({ clientMetadata }) => excessive(clientMetadata),
    clientIdMetadataDocumentEnabled: true,
    scopesSupported: Object.keys(scopes),
    accessTokenTTL: config.accessTokenTtlSeconds,
    refreshTokenTTL: config.refreshTokenTtlSeconds,
    refreshTokenIdleTTL: config.refreshTokenTtlSeconds,
    tokenExchangeCallback: ({ env, ...options }) => env.exchange(options),
    onError: ({ code, status, internal }) => {
      currentLog(log).warn('oauth.refused', {
        error: code,
        status,
        category: internal.category,
        reason: internal.reason,
      });
      return internal.category === 'client-id-metadata-document' ? metadataUnavailable() : undefined;
    },
  });
}

/**
 * The library would say `invalid_client`, by which a client takes itself for deleted and registers anew. Its metadata
 * document may be back in a moment, and the code or refresh token is still good then.
 */
function metadataUnavailable(): Response {
  return Response.json(
    { error: 'temporarily_unavailable', error_description: 'The client metadata document could not be loaded.' },
    { status: 503, headers: { 'Retry-After': '5', 'Cache-Control': 'no-store' } },
  );
}

/** What a stranger may store here: names a page can show, and a handful of addresses (CLIENTS: Cursor registers three). */
const MAX_NAME = 200;
const MAX_REDIRECT_URIS = 10;

function excessive({
  client_name: name,
  redirect_uris: uris,
}: Record<string, unknown>): { description: string } | undefined {
  if (typeof name === 'string' && name.length > MAX_NAME)
    return { description: `client_name is longer than ${MAX_NAME} characters` };
  if (Array.isArray(uris) && uris.length > MAX_REDIRECT_URIS)
    return { description: `more than ${MAX_REDIRECT_URIS} redirect_uris` };
  return undefined;
}
