// The whole of what an adopter writes: one definition, checked when the Worker starts.
import { checkDefinition } from './checks';
import type { GatewayDefinition } from './definition';

export type { AccessDefinition, GatewayDefinition } from './definition';

/**
 * Checks what types can't say about a definition, see checks.ts.
 * @throws TypeError naming the entry and what is wrong with it, when the Worker starts.
 */
export function defineGateway(definition: GatewayDefinition): GatewayDefinition {
  checkDefinition(definition);
  return definition;
}
