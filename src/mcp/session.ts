// One MCP session of a 2025-era client (`Mcp-Session-Id`) in a Durable Object of its own.
import { DurableObject } from 'cloudflare:workers';
import type { Bindings, Config } from '../config';
import type { GatewayDefinition } from '../define/gateway';

export interface McpSessionSettings {
  readonly definition: GatewayDefinition;
  readonly config: (env: object) => Config;
}

/** The class for wrangler.toml's `McpSession`, bound to one gateway's definition. */
export function createMcpSessionClass(
  _settings: McpSessionSettings,
): new (ctx: DurableObjectState, env: Bindings) => DurableObject<Bindings> {
  return class McpSession extends DurableObject<Bindings> {};
}
