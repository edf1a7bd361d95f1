// The type of a whole definition: a product's upstream, scopes and tools, and how its pages look.
import type { Branding, PageLinks } from './branding';
import type { Icon } from './content';
import type { PromptDefinition } from './prompt';
import type { ResourceDefinition, ResourceTemplateDefinition } from './resource';
import type { ScopeCatalogue } from './scopes';
import type { AnyTool } from './tool';
import type { UpstreamDefinition } from './upstream';

/** How people get from what they consented to at first to what their role allows (`role_scopes` of the backend). */
export interface AccessDefinition {
  /**
   * What is listed. `granted`: what the token allows, and the tool `request_access` for the rest. `role`: what the role
   * allows, and a call beyond the token is answered with the challenge; there is no `request_access` then.
   */
  readonly list: 'granted' | 'role';
  /** For a backend that sends no `role_scopes`: `request_access` offers every scope, and says that the role may refuse. */
  readonly offerWithoutRole?: true;
}

export interface GatewayDefinition {
  /** Product name for people: "Nexus". Shown on every page and to clients. */
  readonly title: string;
  /** MCP server implementation name and version. */
  readonly name: string;
  readonly version: string;
  /**
   * How a model should use the tools together; MCP server instructions. At most 2,048 characters: clients cut it there.
   * A line that names a tool is left out where a session lacks that tool; so is one that names `search_*` without any.
   */
  readonly instructions: string;
  readonly upstream: UpstreamDefinition;
  readonly scopes: ScopeCatalogue;
  /** Left out: `{ list: 'granted' }`. */
  readonly access?: AccessDefinition;
  readonly tools: readonly AnyTool[];
  readonly resources?: readonly ResourceDefinition[];
  readonly resourceTemplates?: readonly ResourceTemplateDefinition[];
  readonly prompts?: readonly PromptDefinition[];
  readonly icons?: readonly Icon[];
  readonly websiteUrl?: string;
  /** What a person can ask their assistant, in their own words; the landing page shows the three. */
  readonly examples?: readonly [string, string, string];
  readonly links?: PageLinks;
  readonly branding?: Branding;
}
