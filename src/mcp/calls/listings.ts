// A definition's tools, prompts and resources as clients see them in a list. Schemas are converted here and nowhere
// else; the catalogue keeps what comes out.
import type {
  Annotations,
  Prompt,
  Resource,
  ResourceTemplateType as ResourceTemplate,
  Tool,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { PromptDefinition } from '../../define/prompt';
import type { ResourceDefinition, ResourceTemplateDefinition } from '../../define/resource';
import type { AnyTool } from '../../define/tool';

// The contract's lists are read-only, the SDK's types aren't; neither side changes one.
export type Icons = NonNullable<Tool['icons']>;

export function toolListing(tool: AnyTool): Tool {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: z.toJSONSchema(tool.input, { io: 'input' }) as Tool['inputSchema'],
    outputSchema: z.toJSONSchema(tool.output, { io: 'output' }),
    annotations: { title: tool.title, ...tool.hints },
    // ChatGPT offers to sign in, or to allow more, by these (Apps SDK, "Authentication").
    _meta: { securitySchemes: [{ type: 'oauth2', scopes: [...tool.scopes] }] },
    ...(tool.icons && { icons: tool.icons as Icons }),
  };
}

export function promptListing(prompt: PromptDefinition): Prompt {
  const { name, title, description, icons } = prompt;
  const listed = prompt.arguments.map(({ complete: _complete, ...argument }) => argument);
  return { name, title, description, arguments: listed, ...(icons && { icons: icons as Icons }) };
}

export function resourceListing(resource: ResourceDefinition): Resource {
  return { uri: resource.uri, ...common(resource) };
}

export function templateListing(template: ResourceTemplateDefinition): ResourceTemplate {
  return { uriTemplate: template.uriTemplate, ...common(template) };
}

function common({
  name,
  title,
  description,
  mimeType,
  annotations,
  icons,
}: ResourceDefinition | ResourceTemplateDefinition) {
  return {
    name,
    title,
    description,
    mimeType,
    ...(annotations && { annotations: annotations as Annotations }),
    ...(icons && { icons: icons as Icons }),
  };
}
