// Gateways of small definitions, for what Nexus has no reason to do. They share the world's sessions and its CRM.
import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as z from 'zod';
import { defineGateway, type GatewayDefinition } from '../../src/define/gateway';
import { definePrompt, type PromptDefinition } from '../../src/define/prompt';
import type { AnyTool, InteractiveTool, NonInteractiveTool, ToolDefinition } from '../../src/define/tool';
import { createGateway } from '../../src/gateway';
import { nexus } from '../../src/nexus/definition';
import { useGateway } from './oauth-client';

type Parts = Partial<
  Pick<
    GatewayDefinition,
    | 'access'
    | 'tools'
    | 'prompts'
    | 'resources'
    | 'resourceTemplates'
    | 'icons'
    | 'websiteUrl'
    | 'instructions'
    | 'examples'
    | 'links'
    | 'branding'
  >
>;

/** Nexus's upstream and scopes, and of everything else only what is given. */
export function definitionOf(parts: Parts): GatewayDefinition {
  const { title, name, version, instructions, upstream, scopes } = nexus;
  return defineGateway({ title, name, version, instructions, upstream, scopes, tools: [], ...parts });
}

/** Serves everything that follows with this definition instead of Nexus's. `vars` stand before the world's. */
export function serve(parts: Parts, vars: Record<string, string> = {}): void {
  const { handler } = createGateway(definitionOf(parts));
  const bindings = { ...env, ...vars };
  useGateway(async (request) => handler.fetch(request as never, bindings, createExecutionContext()));
}

export const hints = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

/** What a test says of a tool; `interactive: true` of a tool that talks while it runs. */
export type GivenTool = Partial<NonInteractiveTool> | (Partial<InteractiveTool> & { readonly interactive: true });

/** A tool that needs `leads:read` and no upstream, and says `done`. */
export function tool(given: GivenTool & Pick<ToolDefinition, 'name'>): AnyTool {
  return {
    title: 'A tool',
    description: 'A tool for tests.',
    scopes: ['leads:read'],
    upstream: 'none',
    input: z.strictObject({}),
    output: z.looseObject({}),
    hints,
    run: async () => ({ structured: {}, markdown: 'done' }),
    ...given,
  } as ToolDefinition;
}

/** A prompt that needs `leads:read` and no upstream, and says what it was given. */
export function prompt(given: Partial<PromptDefinition> & Pick<PromptDefinition, 'name'>): PromptDefinition {
  return definePrompt({
    title: 'A prompt',
    description: 'A prompt for tests.',
    scopes: ['leads:read'],
    upstream: 'none',
    arguments: [],
    run: async (args) => [{ role: 'user', content: { type: 'text', text: JSON.stringify(args) } }],
    ...given,
  });
}
