// A protected resource (RFC 9728, RFC 6750): its metadata, its challenges, and the one call to the session's object
// that decides about a request. Tokens this gateway never issued are refused here without waking an object.
import { OAuthError, OAuthResourceServer } from '@cloudflare/workers-oauth-provider';
import type { RequestIds } from '../audit/event';
import type { Bindings, Config } from '../config';
import type { GatewayDefinition } from '../define/gateway';
import { scopesInWords } from '../define/scopes';
import type { Caller } from '../define/tool';
import { sessionAt, type AuthorizeInput, type SessionStub } from '../session/stub';
import type { PendingOutcomes } from '../session/client/pending-outcomes';
import { Standing } from '../session/standing';
import type { Log } from '../shared/log';
import { metadataUrl, type ProtectedResource } from '../shared/resources';
import { isSameGrant, RecentGrants, type Granted, type RecentGrant } from '../session/client/recent-grants';
import { locateToken, type TokenVerifier } from './token-verifier';

/** A request that its session has granted. */
export interface Decision {
  readonly granted: Granted;
  readonly session: SessionStub;
  readonly sessionId: string;
  /** The token, and the resource that was called with it. */
  readonly by: readonly [token: string, resource: string];
  /** Whether the session stands behind it later on, too. */
  readonly standing: Standing;
  /** Whether what was begun early was begun by the very same grant. */
  readonly earlyHolds: boolean;
}

/** One request on its way through the resource server; the library hands it from the validator to the handler. */
export interface ResourceScope {
  readonly bindings: Bindings;
  readonly config: Config;
  readonly ids: RequestIds;
  readonly log: Log;
  /** How earlier calls ended: what waits for this session goes along. */
  readonly outcomes: PendingOutcomes;
  /** Reads the request's body, which happens only once a token of ours is there, and says what it is about. */
  readonly describe: (sessionId: string) => Promise<About>;
  /** Begins what {@link About.mayBeginEarly}, while the session is asked. Nothing of it may come out before {@link serve}. */
  readonly beginEarly: (recent: RecentGrant, by: Pick<Decision, 'session' | 'sessionId' | 'standing'>) => void;
  readonly serve: (decision: Decision) => Promise<Response>;
  /** Set by the validator. */
  decision?: Decision;
}

export interface About extends Pick<AuthorizeInput, 'call' | 'lists' | 'mcpSessionId'> {
  /** Whether it only reads, so that it may begin before the session has answered, and come to nothing. */
  readonly mayBeginEarly: boolean;
}

export interface ResourceServer extends Pick<OAuthResourceServer<ResourceScope, Caller>, 'fetch'> {
  /** For a request whose token was good but whose access upstream is lost: the client signs in again. */
  readonly lostAccess: string;
  /** For a client that looks for it in a tool's result: what it has to ask for, to make a call that lacks scopes. */
  readonly stepUp: (needed: readonly string[]) => string;
}

export type ResourceServers = (config: Config, resource: ProtectedResource) => ResourceServer;

/**
 * A factory that builds the server of the shared resource once for each configuration. That of a tenant's is built for
 * each request: it costs some 10 µs, and anybody can make up tenants, who would fill a cache or push each other out of it.
 */
export function resourceServers(
  definition: GatewayDefinition,
  verifiers: readonly TokenVerifier[],
  now: () => number = () => Date.now(),
): ResourceServers {
  const recents = new RecentGrants(now);
  const built = new WeakMap<Config, ResourceServer>();
  return (config, resource) => {
    if (resource.tenant !== null) return build(config, resource, definition, verifiers, recents);
    const known = built.get(config);
    if (known) return known;
    const server = build(config, resource, definition, verifiers, recents);
    built.set(config, server);
    return server;
  };
}

function build(
  config: Config,
  resource: ProtectedResource,
  definition: GatewayDefinition,
  verifiers: readonly TokenVerifier[],
  recents: RecentGrants,
): ResourceServer {
  const server = new OAuthResourceServer<ResourceScope, Caller>({
    resourceMetadata: {
      resource: resource.url,
      authorization_servers: [config.issuer],
      // The tenant as its URL says it: who has not signed in learns neither its name nor whether it exists.
      resource_name: resource.tenant === null ? definition.title : `${definition.title} (${resource.tenant})`,
    },
    // Clients ask for what is named here, and tools whose scopes nobody asked for stay invisible; the user decides on
    // the consent page which of them to give.
    requiredScopes: Object.keys(definition.scopes),
    validateToken: (scope) => async (resource, token) => {
      const located = await locateToken(verifiers, token, resource, scope.config);
      if (located === undefined) {
        scope.log.info('token.refused', { reason: 'not_ours' });
        return null;
      }
      const { sessionId, verified } = located;
      const session = sessionAt(scope.bindings, sessionId);
      // The library answers 503 to whatever is thrown in here, and doesn't tell.
      const decide = async () => {
        const { mayBeginEarly, call, lists, mcpSessionId } = await scope.describe(sessionId);
        const recent = mayBeginEarly && call ? recents.of(token, resource, call) : undefined;
        const standing = Standing.begin(token, session, scope.ids);
        if (recent) scope.beginEarly(recent, { session, sessionId, standing });
        const begunBy = recent && { sessionId, caller: recent.caller };
        const result = await scope.outcomes.withPending(sessionId, (ended) =>
          session.authorize({ token, verified, resource, call, lists, mcpSessionId, begunBy, ended, ...scope.ids }),
        );
        return { recent, result, standing };
      };
      const { recent, result, standing } = await decide().catch((error: unknown) => {
        recents.forget(token, resource);
        scope.log.error('session.authorize_failed', { error });
        throw error;
      });
      if (result.kind === 'granted' && !result.withheld) recents.note(token, resource, result);
      else recents.forget(token, resource);
      switch (result.kind) {
        case 'refused':
          scope.log.info('token.refused', { reason: result.reason });
          return null;
        case 'insufficient_scope':
          throw new OAuthError('insufficient_scope', {
            description: needsMore(result.missing, definition),
            statusCode: 403,
            requiredScopes: [...result.needed],
          });
        case 'granted': {
          const earlyHolds = recent !== undefined && isSameGrant(recent, result);
          scope.decision = { granted: result, session, sessionId, standing, by: [token, resource], earlyHolds };
          const { caller, audience, expiresAt } = result;
          // The library counts in seconds.
          return { props: caller, audience, expiresAt: Math.floor(expiresAt / 1_000) };
        }
      }
    },
    handler: {
      async fetch(_request, scope) {
        if (!scope.decision) throw new Error('a request without a decision');
        const response = await scope.serve(scope.decision);
        // The upstream takes the credential no more.
        if (response.status === 401) recents.forget(...scope.decision.by);
        return response;
      },
    },
  });
  return {
    fetch: (request, scope, context) => server.fetch(request, scope, context),
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
    `error_description="${description}"`,
    `scope="${scopes.join(' ')}"`,
  ];
  return `Bearer ${parameters.join(', ')}`;
}
