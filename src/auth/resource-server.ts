// The protected resource (RFC 9728, RFC 6750): its metadata, its challenges, and the one call to the session's object
// that decides about a request. Tokens this gateway never issued are refused here without waking an object.
import { OAuthError, OAuthResourceServer } from '@cloudflare/workers-oauth-provider';
import type { RequestIds } from '../audit/event';
import type { Bindings, Config } from '../config';
import { sessionIdOf } from '../crypto/subject';
import type { GatewayDefinition } from '../define/gateway';
import type { Caller } from '../define/tool';
import { sessionAt, type AuthorizeResult, type CallInput, type SessionFace } from '../session/face';
import type { Log } from '../shared/log';

export type Granted = Extract<AuthorizeResult, { kind: 'granted' }>;

/** One request on its way through the resource server; the library hands it from the validator to the handler. */
export interface ResourceScope {
  readonly bindings: Bindings;
  readonly config: Config;
  readonly ids: RequestIds;
  readonly log: Log;
  /** Reads the request's body, which happens only once a token of ours is there, and says what it calls. */
  readonly describeCall: () => Promise<CallInput | undefined>;
  readonly serve: (granted: Granted, session: SessionFace) => Promise<Response>;
  /** Set by the validator. */
  decision?: { readonly granted: Granted; readonly session: SessionFace };
}

export type ResourceServer = OAuthResourceServer<ResourceScope, Caller>;

/** A factory that builds the server once for each configuration. */
export function resourceServers(definition: GatewayDefinition): (config: Config) => ResourceServer {
  const built = new WeakMap<Config, ResourceServer>();
  return (config) => {
    const known = built.get(config);
    if (known) return known;
    const server = build(config, definition);
    built.set(config, server);
    return server;
  };
}

function build(config: Config, definition: GatewayDefinition): ResourceServer {
  return new OAuthResourceServer<ResourceScope, Caller>({
    resourceMetadata: {
      resource: config.resource,
      authorization_servers: [config.issuer],
      resource_name: definition.title,
    },
    // Clients ask for what is named here, and tools whose scopes nobody asked for stay invisible; the user decides on
    // the consent page which of them to give.
    requiredScopes: Object.keys(definition.scopes),
    validateToken: (scope) => async (resource, token) => {
      const sessionId = sessionIdOf(token, scope.config.sessionKey);
      if (sessionId === undefined) {
        scope.log.info('token.refused', { reason: 'not_ours' });
        return null;
      }
      const session = sessionAt(scope.bindings, sessionId);
      // The library answers 503 to whatever is thrown in here, and doesn't tell.
      const decide = async () => session.authorize({ token, resource, call: await scope.describeCall(), ...scope.ids });
      const result = await decide().catch((error: unknown) => {
        scope.log.error('session.authorize_failed', { error });
        throw error;
      });
      switch (result.kind) {
        case 'refused':
          scope.log.info('token.refused', { reason: result.reason });
          return null;
        case 'insufficient_scope':
          throw new OAuthError('insufficient_scope', {
            description: 'This needs more access than was granted.',
            statusCode: 403,
            requiredScopes: [...result.needed],
          });
        case 'granted': {
          scope.decision = { granted: result, session };
          const { caller, audience, expiresAt } = result;
          return { props: caller, audience, expiresAt, scope: [...caller.scopes], clientId: caller.clientId };
        }
      }
    },
    handler: {
      fetch(_request, scope) {
        if (!scope.decision) throw new Error('a request without a decision');
        return scope.serve(scope.decision.granted, scope.decision.session);
      },
    },
  });
}

/** The challenge of a request whose token was good but whose access upstream is lost: the client signs in again. */
export function lostAccessChallenge(config: Config, definition: GatewayDefinition): Response {
  const metadata = `${config.issuer}/.well-known/oauth-protected-resource${new URL(config.resource).pathname}`;
  const description = `${definition.title} no longer accepts this sign-in`;
  const parameters = [
    'realm="OAuth"',
    `resource_metadata="${metadata}"`,
    'error="invalid_token"',
    `error_description="${description}"`,
    `scope="${Object.keys(definition.scopes).join(' ')}"`,
  ];
  return Response.json(
    { error: 'invalid_token', error_description: description },
    { status: 401, headers: { 'WWW-Authenticate': `Bearer ${parameters.join(', ')}`, 'Cache-Control': 'no-store' } },
  );
}
