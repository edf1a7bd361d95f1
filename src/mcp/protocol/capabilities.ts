// What a server says that it can do, which depends on how it is reached: nothing is promised that can't be kept there.
import type { ServerCapabilities } from '@modelcontextprotocol/server';
import type { GatewayDefinition } from '../../define/gateway';

/**
 * `modern`: one request of revision 2026-07-28, with `subscriptions/listen`. `session`: a 2025-era session.
 * `stateless`: one request of a 2025-era client without a session, to whom nothing can be sent later.
 */
export type ServerMode = 'modern' | 'session' | 'stateless';

/** @param subscribable whether a session keeps what its client subscribed to */
export function capabilitiesOf(
  definition: GatewayDefinition,
  mode: ServerMode,
  subscribable: boolean,
): ServerCapabilities {
  const { prompts = [], resources = [], resourceTemplates = [] } = definition;
  const listChanged = mode === 'stateless' ? {} : { listChanged: true };
  const readable = resources.length + resourceTemplates.length > 0;
  const completes =
    prompts.some((prompt) => prompt.arguments.some(({ complete }) => complete)) ||
    resourceTemplates.some(({ complete }) => complete);
  return {
    tools: listChanged,
    ...(prompts.length > 0 && { prompts: listChanged }),
    ...(readable && { resources: { ...listChanged, ...((mode === 'modern' || subscribable) && { subscribe: true }) } }),
    ...(completes && { completions: {} }),
    // In 2026-07-28 each request names the level that it wants; a stateless 2025 client has nowhere to set one.
    ...(mode !== 'stateless' && { logging: {} }),
  };
}
