// Wires the rooms together for one definition: nothing here decides anything.
import { authorizationServers } from './auth/authorization-server';
import { resourceServers } from './auth/resource-server';
import { parseConfig, type Bindings } from './config';
import type { GatewayDefinition } from './define/gateway';
import { createApp } from './edge/app';
import { createMcpEndpoint } from './mcp/endpoint';
import { createMcpSessionClass } from './mcp/session';
import { createSessionClass } from './session/session';
import { OAuthRecord } from './storage/oauth-record';

/** The Worker of a definition: its handlers, and the Durable Object classes that wrangler.toml binds. */
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
    OAuthRecord,
    McpSession: createMcpSessionClass({ definition, config }),
    Session: createSessionClass({
      upstream: definition.upstream,
      config,
      authorizationServer,
      now: () => Date.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    }),
  };
}
