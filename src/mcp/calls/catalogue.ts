// What a definition offers, ready to be listed and found. Schemas are converted once per isolate, and lists are built
// once per set of scopes and role: converting zod schemas per request would cost five to twenty times the CPU of a
// whole call.
import { createHash } from 'node:crypto';
import type { Prompt, Resource, ResourceTemplateType as ResourceTemplate, Tool } from '@modelcontextprotocol/server';
import type { GatewayDefinition } from '../../define/gateway';
import type { PromptDefinition } from '../../define/prompt';
import type { ResourceDefinition, ResourceTemplateDefinition } from '../../define/resource';
import type { AnyTool } from '../../define/tool';
import { parseUriTemplate, type UriTemplate } from '../../define/uri-template';
import { keyOf, visible, type Access, type AccessEntry } from '../../policy/access';
import { LIST_TTL_MS, MAX_CACHED_LISTS } from './limits';
import { passagesFor, passagesOf, type Passages } from './passages';
import { offeredTo, REQUEST_ACCESS, requestAccessListing } from './request-access';
import { promptListing, resourceListing, templateListing, toolListing } from './listings';

/** What a caller may see, in the definition's order. */
export interface Lists {
  /** The definition's instructions, as far as they speak of tools that are listed here. */
  readonly instructions: string;
  /**
   * How long a client may keep them, in milliseconds. Not at all where the session can ask for more: what its user has
   * just allowed is then listed by another session, and a client that keeps its list over a step-up would not see it.
   */
  readonly ttlMs: number;
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
  /** What a caller with this access may see. */
  visible(access: Access): Lists;
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
    tools: tools.map((tool) => once('tool', tool, toolListing)),
    prompts: prompts.map((prompt) => once('prompt', prompt, promptListing)),
    resources: resources.map((resource) => once('resource', resource, resourceListing)),
    resourceTemplates: resourceTemplates.map((template) => once('resource', template, templateListing)),
  };
  const lists = new Map<string, Lists>();
  const names = new Set([...toolsByName.keys(), REQUEST_ACCESS]);
  const instructions = passagesOf(definition.instructions, names);
  const descriptions = new Map(tools.map(({ name, description }) => [name, passagesOf(description, names)]));

  const viewOf = (access: Access): Lists => {
    // With the wide list also what the role allows: a call of it is challenged for.
    const wide = definition.access?.list === 'role' ? 'attainable' : 'granted';
    const seenOf = <Listing>(entries: readonly Listed<Listing>[]): Listing[] =>
      visible(access, entries, wide).map(({ listing }) => listing);
    const seen = seenOf(everything.tools);
    const offered = offeredTo(access, definition);
    if (offered.length > 0) seen.push(requestAccessListing(offered, access.roleKnown, definition));
    const listed = new Set(seen.map(({ name }) => name));
    return {
      instructions: passagesFor(instructions, listed),
      ttlMs: offered.length > 0 ? 0 : LIST_TTL_MS,
      tools: seen.map((tool) => describedFor(tool, descriptions.get(tool.name), listed)),
      prompts: seenOf(everything.prompts),
      resources: seenOf(everything.resources),
      resourceTemplates: seenOf(everything.resourceTemplates),
    };
  };
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
    visible(access) {
      const key = keyOf(access);
      const known = lists.get(key);
      if (known) return known;
      const view = viewOf(access);
      if (lists.size >= MAX_CACHED_LISTS) lists.clear();
      lists.set(key, view);
      return view;
    },
    get fingerprint() {
      // What `request_access` says is made of the scopes' words.
      return (fingerprint ??= digest([definition.access, definition.scopes], Object.values(everything)));
    },
  };
}

/** The same object where nothing is left out. */
function describedFor(tool: Tool, passages: Passages | undefined, listed: ReadonlySet<string>): Tool {
  const description = passages && passagesFor(passages, listed);
  return description === undefined || description === tool.description ? tool : { ...tool, description };
}

/** With their scopes: which of them an entry needs decides who sees it. */
function digest(
  around: unknown,
  kinds: readonly (readonly { readonly scopes: readonly string[]; readonly listing: unknown }[])[],
): string {
  const listed = kinds.map((kind) => kind.map(({ scopes, listing }) => ({ scopes, listing })));
  return createHash('sha256')
    .update(JSON.stringify([around, listed]))
    .digest('base64url');
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

interface Listed<Listing> extends AccessEntry {
  readonly listing: Listing;
}

/** An entry whose listing is made when it is first seen. */
function once<Entry extends Omit<AccessEntry, 'kind'>, Listing>(
  kind: AccessEntry['kind'],
  entry: Entry,
  convert: (entry: Entry) => Listing,
): Listed<Listing> {
  let made: { readonly listing: Listing } | undefined;
  return {
    kind,
    name: entry.name,
    scopes: entry.scopes,
    get listing() {
      return (made ??= { listing: convert(entry) }).listing;
    },
  };
}
