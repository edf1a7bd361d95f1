// A protected resource (RFC 9728, RFC 6750): its metadata and its challenges, as an adapter of the OAuth library. The
// library's validator hands each token that a verifier knows to the request, and its handler lets the request answer. A token that
// none of them knows is refused here, and wakes no object (token-verifier.ts).
import { OAuthError, OAuthResourceServer } from '@cloudflare/workers-oauth-provider';
import type { Config } from '../config';
import type { GatewayDefinition } from '../define/gateway';
import { scopesInWords } from '../define/scopes';
import type { Caller } from '../define/tool';
import type { AuthorizeResult } from '../session/stub';
import type { Log } from '../shared/log';
import { metadataUrl, type ProtectedResource } from '../shared/resources';
import { locateToken, type LocatedToken, type TokenVerifier } from './token-verifier';

/** An access token, at the resource that it was presented to, and the session that it belongs to. */
export interface PresentedToken extends LocatedToken {
  readonly token: string;
  readonly resource: string;
}

/** One request to a protected resource. The library passes it from its validator to its handler, as its `env`. */
export interface ResourceRequest {
  readonly log: Log;
  /** Asks the session whether it grants this request. The library answers 503 where this throws. */
  authorize(presented: PresentedToken): Promise<AuthorizeResult>;
  /** Answers a request that was granted. */
  respond(): Promise<Response>;
}

export interface ResourceServer extends Pick<OAuthResourceServer<ResourceRequest, Caller>, 'fetch'> {
  /** For a request whose token was good but whose access upstream is lost: the client signs in again. */
  readonly lostAccess: string;
  /** For a client that looks for it in a tool's result: what it has to ask for, to make a call that lacks scopes. */
  readonly stepUp: (needed: readonly string[]) => string;
}

export type ResourceServers = (config: Config, resource: ProtectedResource) => ResourceServer;

/**
 * A factory that builds the server of the shared resource once for each configuration. A tenant's server is built for
 * each request: that costs some 10 µs, and a cache could be filled by anybody who makes up tenants.
 */
export function resourceServers(definition: GatewayDefinition, verifiers: readonly TokenVerifier[]): ResourceServers {
  const built = new WeakMap<Config, ResourceServer>();
  return (config, resource) => {
    if (resource.tenant !== null) return build(config, resource, definition, verifiers);
    const known = built.get(config);
    if (known) return known;
    const server = build(config, resource, definition, verifiers);
    built.set(config, server);
    return server;
  };
}

function build(
  config: Config,
  resource: ProtectedResource,
  definition: GatewayDefinition,
  verifiers: readonly TokenVerifier[],
): ResourceServer {
  const server = new OAuthResourceServer<ResourceRequest, Caller>({
    resourceMetadata: {
      resource: resource.url,
      authorization_servers: [config.issuer],
      // The tenant as the URL writes it: before sign-in nobody learns its name, or whether it exists.
      resource_name: resource.tenant === null ? definition.title : `${definition.title} (${resource.tenant})`,
    },
    // Clients ask for the scopes that are named here; a tool whose scopes nobody asks for stays invisible. The user
    // decides on the consent page which scopes to give.
    requiredScopes: Object.keys(definition.scopes),
    validateToken: (request) => async (at, token) => {
      const located = await locateToken(verifiers, token, at, config);
      if (located === undefined) {
        request.log.info('token.refused', { reason: 'not_ours' });
        return null;
      }
      const result = await request.authorize({ token, resource: at, ...located });
      switch (result.kind) {
        case 'refused':
          request.log.info('token.refused', { reason: result.reason });
          return null;
        case 'insufficient_scope':
          throw new OAuthError('insufficient_scope', {
            description: needsMore(result.missing, definition),
            statusCode: 403,
            requiredScopes: [...result.needed],
          });
        case 'granted': {
          const { caller, audience, expiresAt } = result;
          // The library counts in seconds.
          return { props: caller, audience, expiresAt: Math.floor(expiresAt / 1_000) };
        }
      }
    },
    handler: { fetch: (_http, request) => request.respond() },
  });
  return {
    fetch: (http, request, context) => server.fetch(http, request, context),
    lostAccess: challenge(
      resource,
      'invalid_token',
      `${definition.title} no longer accepts this sign-in`,
      Object.keys(definition.scopes),
    ),
    stepUp: (needed) => challenge(resource, 'insufficient_scope', 'This needs more access than was granted', needed),
  };
}

/** The body of a 403, which clients that don't step up show to their model. */
function needsMore(missing: readonly string[], { title, scopes }: GatewayDefinition): string {
  return `This needs more access than was granted: ${scopesInWords(missing, scopes)}. If this client does not ask for it by itself, disconnect ${title}, connect it again, and tick that.`;
}

/** What an `error_description` may hold (RFC 6750 §3): a product's title may have quotes, or letters beyond ASCII. */
function quotable(text: string): string {
  return text.replaceAll(/["\\]/g, '').replaceAll(/[^\x20-\x7e]+/g, ' ');
}

/** RFC 6750 §3. */
function challenge(
  resource: ProtectedResource,
  error: 'invalid_token' | 'insufficient_scope',
  description: string,
  scopes: readonly string[],
): string {
  const parameters = [
    'realm="OAuth"',
    `resource_metadata="${metadataUrl(resource)}"`,
    `error="${error}"`,
    `error_description="${quotable(description)}"`,
    `scope="${scopes.join(' ')}"`,
  ];
  return `Bearer ${parameters.join(', ')}`;
}
