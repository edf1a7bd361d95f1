// What types can't say about a definition: names, lengths, scopes, URIs, and that nothing is there twice. Everything is
// checked when the Worker starts, so that a mistake is found by whoever made it.
import type * as z from 'zod';
import type { Icon } from './content';
import type { GatewayDefinition } from './definition';
import { checkPages } from './page-checks';
import type { PromptDefinition } from './prompt';
import type { ResourceDefinition, ResourceTemplateDefinition } from './resource';
import type { AnyTool } from './tool';
import { parseUriTemplate } from './uri-template';

/** Claude Code cuts descriptions and server instructions there; what is cut is lost without a word. */
export const MAX_DESCRIPTION = 2_048;
/** An icon as a data URL goes along in every list; the product's own with every answer of revision 2026-07-28. */
const MAX_DATA_ICON = 16_384;
const MAX_PRODUCT_ICON = 2_048;

/** The gateway's own tool, listed beside a definition's (mcp/calls/request-access.ts). */
export const REQUEST_ACCESS = 'request_access';

const SNAKE_CASE = /^[a-z][a-z0-9_]{0,63}$/;
/** As wide as it may be for a reason in the audit trail. */
const RESOURCE_NAME = /^[A-Za-z][\w.-]{0,63}$/;

/** @throws TypeError naming the entry and what is wrong with it */
export function checkDefinition(definition: GatewayDefinition): void {
  const { tools, prompts = [], resources = [], resourceTemplates = [], scopes } = definition;
  checkLength('instructions', definition.instructions);
  checkIcons('the product', definition.icons, MAX_PRODUCT_ICON);
  if (tools.some(({ name }) => name === REQUEST_ACCESS))
    throw new TypeError(`tool ${REQUEST_ACCESS}: the gateway has one of this name itself`);
  checkPages(definition);
  for (const [kind, entries] of Object.entries({ tool: tools, prompt: prompts })) {
    refuseTwice(
      kind,
      entries.map(({ name }) => name),
    );
    for (const { name } of entries)
      if (!SNAKE_CASE.test(name)) throw new TypeError(`${kind} ${name}: a name is snake_case, 1 to 64 characters`);
  }
  refuseTwice(
    'resource',
    [...resources, ...resourceTemplates].map(({ name }) => name),
  );
  refuseTwice(
    'resource',
    resources.map(({ uri }) => uri),
  );
  refuseTwice(
    'resource template',
    resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  );
  for (const tool of tools) checkTool(tool);
  for (const prompt of prompts) checkPrompt(prompt);
  for (const resource of resources) checkResource(resource);
  for (const template of resourceTemplates) checkTemplate(template);
  for (const entry of [...tools, ...prompts, ...resources, ...resourceTemplates])
    for (const scope of entry.scopes)
      if (!Object.hasOwn(scopes, scope)) throw new TypeError(`${entry.name}: scope ${scope} is not in the catalogue`);
}

function checkTool({ name, description, hints, icons, input }: AnyTool): void {
  checkLength(`tool ${name}`, description);
  checkIcons(`tool ${name}`, icons);
  if (hints.readOnlyHint && hints.destructiveHint)
    throw new TypeError(`tool ${name} is both read-only and destructive`);
  // Clients would send the argument as a header beside the body, and rely on the two being compared (SEP-2243).
  for (const [field, schema] of Object.entries((input as z.ZodObject).shape))
    if (Object.hasOwn((schema as z.ZodType).meta() ?? {}, 'x-mcp-header'))
      throw new TypeError(`tool ${name}: ${field}: x-mcp-header is not supported`);
}

function checkPrompt({ name, description, icons, arguments: args }: PromptDefinition): void {
  checkLength(`prompt ${name}`, description);
  checkIcons(`prompt ${name}`, icons);
  refuseTwice(
    `argument of prompt ${name}:`,
    args.map((argument) => argument.name),
  );
}

function checkResource(resource: ResourceDefinition): void {
  const what = `resource ${resource.name}`;
  checkReadable(what, resource);
  if (!URL.canParse(resource.uri) || /[\s{}]/.test(resource.uri))
    throw new TypeError(`${what}: ${resource.uri} is not an absolute URI`);
}

function checkTemplate(template: ResourceTemplateDefinition): void {
  const what = `resource template ${template.name}`;
  checkReadable(what, template);
  const { variables } = parsed(what, template.uriTemplate);
  for (const variable of Object.keys(template.complete ?? {}))
    if (!variables.includes(variable)) throw new TypeError(`${what} completes {${variable}}, which is not in it`);
}

function parsed(what: string, uriTemplate: string): { readonly variables: readonly string[] } {
  try {
    return parseUriTemplate(uriTemplate);
  } catch (error) {
    throw new TypeError(`${what}: ${uriTemplate}: ${error instanceof Error ? error.message : 'malformed'}`, {
      cause: error,
    });
  }
}

function checkReadable(what: string, { name, description, icons }: ResourceDefinition | ResourceTemplateDefinition) {
  if (!RESOURCE_NAME.test(name)) throw new TypeError(`${what}: a name has 1 to 64 letters, digits, _, . or -`);
  checkLength(what, description);
  checkIcons(what, icons);
}

function checkLength(what: string, text: string): void {
  if (text.length > MAX_DESCRIPTION)
    throw new TypeError(`${what}: ${text.length} characters; clients cut it after ${MAX_DESCRIPTION}`);
}

function checkIcons(what: string, icons: readonly Icon[] = [], longest = MAX_DATA_ICON): void {
  for (const { src } of icons) {
    const data = src.startsWith('data:image/') && src.length <= longest;
    if (!data && URL.parse(src)?.protocol !== 'https:')
      throw new TypeError(`${what}: an icon is an https URL, or a data URL of an image up to ${longest} characters`);
  }
}

function refuseTwice(kind: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`${kind} ${twice} is defined twice`);
}
