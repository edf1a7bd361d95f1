// Gateways of small definitions, for what the fixture product has no reason to do. They share the world's sessions and backend.
import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as z from 'zod';
import { defineGateway, type GatewayDefinition } from '../../src/define/gateway';
import { definePrompt, type PromptDefinition } from '../../src/define/prompt';
import type { AnyTool, InteractiveTool, NonInteractiveTool, ToolDefinition } from '../../src/define/tool';
import { createGateway } from '../../src/gateway';
import { product } from '../product/definition';
import { reads } from '../product/schemas';
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

/** The fixture product's upstream and scopes, and of everything else only what is given. */
export function definitionOf(parts: Parts): GatewayDefinition {
  const { title, name, version, instructions, upstream, scopes } = product;
  return defineGateway({ title, name, version, instructions, upstream, scopes, tools: [], ...parts });
}

export { reads as hints };

/** Serves everything that follows with this definition instead of the product's. `vars` stand before the world's. */
export function serve(parts: Parts, vars: Record<string, string> = {}): void {
  const { handler } = createGateway(definitionOf(parts));
  const bindings = { ...env, ...vars };
  useGateway(async (request) => handler.fetch(request as never, bindings, createExecutionContext()));
}

/** What a test says of a tool; `interactive: true` of a tool that talks while it runs. */
export type GivenTool = Partial<NonInteractiveTool> | (Partial<InteractiveTool> & { readonly interactive: true });

/** A tool that needs `items:read` and no upstream, and says `done`. */
export function tool(given: GivenTool & Pick<ToolDefinition, 'name'>): AnyTool {
  return {
    title: 'A tool',
    description: 'A tool for tests.',
    scopes: ['items:read'],
    upstream: 'none',
    input: z.strictObject({}),
    output: z.looseObject({}),
    hints: reads,
    run: async () => ({ structured: {}, markdown: 'done' }),
    ...given,
  };
}

/** A prompt that needs `items:read` and no upstream, and says what it was given. */
export function prompt(given: Partial<PromptDefinition> & Pick<PromptDefinition, 'name'>): PromptDefinition {
  return definePrompt({
    title: 'A prompt',
    description: 'A prompt for tests.',
    scopes: ['items:read'],
    upstream: 'none',
    arguments: [],
    run: async (args) => [{ role: 'user', content: { type: 'text', text: JSON.stringify(args) } }],
    ...given,
  });
}
