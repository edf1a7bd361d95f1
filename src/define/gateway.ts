// The whole of what an adopter writes: one definition of a product's upstream, scopes and tools.
import type { Icon } from './content';
import type { PromptDefinition } from './prompt';
import type { ResourceDefinition, ResourceTemplateDefinition } from './resource';
import type { ScopeCatalogue } from './scopes';
import type { AnyTool } from './tool';
import type { UpstreamDefinition } from './upstream';

export interface GatewayDefinition {
  /** Product name for people: "Nexus". Shown on every page and to clients. */
  readonly title: string;
  /** MCP server implementation name and version. */
  readonly name: string;
  readonly version: string;
  /** How a model should use the tools together; sent to clients as MCP server instructions. */
  readonly instructions: string;
  readonly upstream: UpstreamDefinition;
  readonly scopes: ScopeCatalogue;
  readonly tools: readonly AnyTool[];
  readonly resources?: readonly ResourceDefinition[];
  readonly resourceTemplates?: readonly ResourceTemplateDefinition[];
  readonly prompts?: readonly PromptDefinition[];
  readonly icons?: readonly Icon[];
  readonly websiteUrl?: string;
}

/**
 * Checks what types can't: unique tool names in the characters clients accept, and no scope outside the catalogue.
 * @throws TypeError naming the tool and what is wrong with it, when the Worker starts.
 */
export function defineGateway(definition: GatewayDefinition): GatewayDefinition {
  const seen = new Set<string>();
  for (const tool of definition.tools) {
    if (!/^[a-z][a-z0-9_]{0,63}$/.test(tool.name))
      throw new TypeError(`tool ${tool.name}: a name is snake_case, 1 to 64 characters`);
    if (seen.has(tool.name)) throw new TypeError(`tool ${tool.name} is defined twice`);
    seen.add(tool.name);
    for (const scope of tool.scopes) {
      if (!Object.hasOwn(definition.scopes, scope))
        throw new TypeError(`tool ${tool.name}: scope ${scope} is not in the catalogue`);
    }
    if (tool.hints.readOnlyHint && tool.hints.destructiveHint)
      throw new TypeError(`tool ${tool.name} is both read-only and destructive`);
  }
  return definition;
}
