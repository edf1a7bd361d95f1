// What a definition offers, ready to be listed and found. Schemas are converted once per isolate, and lists are built
// once per set of scopes: converting zod schemas per request would cost five to twenty times the CPU of a whole call.
import { createHash } from 'node:crypto';
import type { Prompt, Resource, ResourceTemplateType as ResourceTemplate, Tool } from '@modelcontextprotocol/server';
import type { GatewayDefinition } from '../define/gateway';
import type { PromptDefinition } from '../define/prompt';
import type { ResourceDefinition, ResourceTemplateDefinition } from '../define/resource';
import type { AnyTool } from '../define/tool';
import { parseUriTemplate, type UriTemplate } from '../define/uri-template';
import { visibleTo } from '../policy/scopes';
import { MAX_CACHED_LISTS } from './limits';
import { promptListing, resourceListing, templateListing, toolListing } from './listings';

/** What a caller may see, in the definition's order. */
export interface Lists {
  readonly tools: readonly Tool[];
  readonly prompts: readonly Prompt[];
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplate[];
}

/** What a URI leads to. */
export type FoundResource =
  | { readonly resource: ResourceDefinition }
  | { readonly resource: ResourceTemplateDefinition; readonly variables: Readonly<Record<string, string>> };

export interface FoundTemplate {
  readonly resource: ResourceTemplateDefinition;
  readonly variables: readonly string[];
}

export interface Catalogue {
  tool(name: string): AnyTool | undefined;
  prompt(name: string): PromptDefinition | undefined;
  /** A resource of exactly this URI, or else the first template that it is of. */
  resource(uri: string): FoundResource | undefined;
  template(uriTemplate: string): FoundTemplate | undefined;
  /** What a token with these scopes may see. */
  visible(scopes: readonly string[]): Lists;
  /** A digest of everything that is listed to anybody: it changes when, and only when, a deployment changes a list. */
  readonly fingerprint: string;
}

export function createCatalogue(definition: GatewayDefinition): Catalogue {
  const { tools, prompts = [], resources = [], resourceTemplates = [] } = definition;
  const toolsByName = new Map(tools.map((tool) => [tool.name, tool]));
  const promptsByName = new Map(prompts.map((prompt) => [prompt.name, prompt]));
  const resourcesByUri = new Map(resources.map((resource) => [resource.uri, resource]));
  const templates = resourceTemplates.map((template) => [parseUriTemplate(template.uriTemplate), template] as const);
  const everything = {
    tools: tools.map((tool) => once(tool, toolListing)),
    prompts: prompts.map((prompt) => once(prompt, promptListing)),
    resources: resources.map((resource) => once(resource, resourceListing)),
    resourceTemplates: resourceTemplates.map((template) => once(template, templateListing)),
  };
  const lists = new Map<string, Lists>();
  let fingerprint: string | undefined;

  return {
    tool: (name) => toolsByName.get(name),
    prompt: (name) => promptsByName.get(name),
    resource(uri) {
      const resource = resourcesByUri.get(uri);
      return resource ? { resource } : matchTemplate(uri, templates);
    },
    template(uriTemplate) {
      const found = templates.find(([{ template }]) => template === uriTemplate);
      return found && { resource: found[1], variables: found[0].variables };
    },
    visible(scopes) {
      const key = scopes.toSorted().join(' ');
      const known = lists.get(key);
      if (known) return known;
      const list = {
        tools: visibleTo(scopes, everything.tools).map(({ listing }) => listing),
        prompts: visibleTo(scopes, everything.prompts).map(({ listing }) => listing),
        resources: visibleTo(scopes, everything.resources).map(({ listing }) => listing),
        resourceTemplates: visibleTo(scopes, everything.resourceTemplates).map(({ listing }) => listing),
      };
      if (lists.size >= MAX_CACHED_LISTS) lists.clear();
      lists.set(key, list);
      return list;
    },
    get fingerprint() {
      return (fingerprint ??= digest(Object.values(everything)));
    },
  };
}

/** With their scopes: which of them an entry needs decides who sees it. */
function digest(
  kinds: readonly (readonly { readonly scopes: readonly string[]; readonly listing: unknown }[])[],
): string {
  const listed = kinds.map((kind) => kind.map(({ scopes, listing }) => ({ scopes, listing })));
  return createHash('sha256').update(JSON.stringify(listed)).digest('base64url');
}

function matchTemplate(
  uri: string,
  templates: readonly (readonly [UriTemplate, ResourceTemplateDefinition])[],
): FoundResource | undefined {
  for (const [template, resource] of templates) {
    const variables = template.match(uri);
    if (variables) return { resource, variables };
  }
  return undefined;
}

/** An entry whose listing is made when it is first seen. */
function once<Entry extends { readonly scopes: readonly string[] }, Listing>(
  entry: Entry,
  convert: (entry: Entry) => Listing,
): { readonly scopes: readonly string[]; readonly listing: Listing } {
  let made: { readonly listing: Listing } | undefined;
  return {
    scopes: entry.scopes,
    get listing() {
      return (made ??= { listing: convert(entry) }).listing;
    },
  };
}
