// Wires the rooms together for one definition: nothing here decides anything.
import { authorizationServers } from './auth/authorization-server';
import { resourceServers } from './auth/resource-server';
import { parseConfig, type Bindings } from './config';
import type { GatewayDefinition } from './define/gateway';
import { createApp } from './edge/app';
import { createMcpEndpoint } from './mcp/endpoint';
import { createSessionClass } from './session/session';

/** The Worker of a definition: its fetch handler, and the Durable Object class that wrangler.toml binds as SESSIONS. */
export function createGateway(definition: GatewayDefinition) {
  const config = (env: object) => parseConfig(env, definition.upstream);
  const authorizationServer = authorizationServers(definition.scopes);
  const app = createApp({
    definition,
    config,
    authorizationServer,
    resourceServer: resourceServers(definition),
    endpoint: createMcpEndpoint(definition),
  });
  return {
    handler: { fetch: (request, env, ctx) => app.fetch(request, env, ctx) } satisfies ExportedHandler<Bindings>,
    Session: createSessionClass({
      upstream: definition.upstream,
      config,
      authorizationServer,
      now: () => Date.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    }),
  };
}
