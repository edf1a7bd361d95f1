// Wires the rooms together for one definition: nothing here decides anything.
import { authorizationServers } from './oauth/server';
import { configuredProvider, type IdentityProvidersOf } from './oauth/sign-in/identity-provider';
import { resourceServers } from './oauth/resource-server';
import { ownTokens, type TokenVerifier } from './oauth/token-verifier';
import { sweepClients } from './oauth/clients/sweep';
import { parseConfig, type Bindings } from './config';
import type { GatewayDefinition } from './define/gateway';
import { upstreamsOf } from './define/upstream';
import { createApp } from './edge/app';
import { createCatalogue } from './mcp/calls/catalogue';
import { clientName } from './mcp/calls/known-clients';
import { McpEndpoint } from './mcp/http/endpoint';
import { createMcpSessionClass } from './mcp/sessions/object';
import { mcpSessionAt } from './mcp/sessions/stub';
import { NO_POLICY, type Policy } from './policy/access';
import { PendingOutcomes } from './session/client/pending-outcomes';
import { createSessionClass } from './session/object';
import { createLog } from './shared/log';
import { createPlacement } from './storage/jurisdiction';
import { OAuthRecord } from './oauth/store/record-object';
import { checkStrategies } from './upstream/credentials/strategies';
import { tenantDirectory } from './upstream/tenants';

/** What a gateway decides by beside its definition. */
export interface GatewayOptions {
  /** The rules of a tenant, as they are now. */
  readonly policyOf?: (tenantId: string) => Policy;
  /** Whose access tokens are taken, in the order in which they are asked. */
  readonly verifiers?: readonly TokenVerifier[];
  /** Who signs people in. */
  readonly identityProviders?: IdentityProvidersOf;
}

/** The Worker of a definition: its handlers, and the Durable Object classes that wrangler.toml binds. */
export function createGateway(
  definition: GatewayDefinition,
  { policyOf = () => NO_POLICY, verifiers = [ownTokens], identityProviders = configuredProvider }: GatewayOptions = {},
) {
  const upstreams = upstreamsOf(definition);
  checkStrategies(upstreams);
  const config = (env: object) => parseConfig(env, ...upstreams);
  const authorizationServer = authorizationServers(definition.scopes);
  const catalogue = createCatalogue(definition);
  const outcomes = new PendingOutcomes();
  const placement = createPlacement(() => Date.now());
  const app = createApp({
    definition,
    config,
    authorizationServer,
    identityProviders,
    resourceServer: resourceServers(definition, verifiers),
    tenantsOf: tenantDirectory(definition.upstream),
    placement,
    endpoint: new McpEndpoint(definition, catalogue, outcomes, () => Date.now()),
    outcomes,
  });
  return {
    handler: {
      fetch: (request, env, ctx) => app.fetch(request, env, ctx),
      scheduled: async ({ scheduledTime }, env) => {
        const { log, refreshTokenTtlSeconds } = config(env);
        await placement.confirm(env, config(env));
        await sweepClients(env, refreshTokenTtlSeconds, scheduledTime, createLog(log, { object: 'sweep' }));
      },
    } satisfies ExportedHandler<Bindings>,
    OAuthRecord,
    McpSession: createMcpSessionClass({ definition, catalogue, config, now: () => Date.now() }),
    Session: createSessionClass({
      upstream: definition.upstream,
      upstreams,
      scopes: definition.scopes,
      policyOf,
      readsChallengeInResult: (clientId) => clientName(clientId, undefined) === 'chatgpt',
      config,
      authorizationServer,
      listener: mcpSessionAt,
      now: () => Date.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    }),
  };
}
