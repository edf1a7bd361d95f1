// The gateway definition that the official conformance suite is run against: the fixtures whose names its scenarios
// call, written like any adopter's definition. Its upstream is the demo's backend, so that signing in is the real thing.
import { defineGateway, type GatewayDefinition } from '../../src/define/gateway';
import { defineScopes } from '../../src/define/scopes';
import { defineUpstream } from '../../src/define/upstream';
import { askingTools } from './fixtures/asking-tools';
import { contentTools } from './fixtures/content-tools';
import { inputRequiredTools } from './fixtures/input-required-tools';
import { prompts } from './fixtures/prompts';
import { resources, resourceTemplates } from './fixtures/resources';
import { schemaTools } from './fixtures/schema-tools';
import { signalTools } from './fixtures/signal-tools';

export const conformance = defineGateway({
  title: 'Conformance',
  name: 'conformance-gateway',
  version: '1.0.0',
  instructions: 'The fixtures of the MCP conformance suite.',
  upstream: defineUpstream({
    name: 'nexus',
    title: 'Nexus CRM',
    baseUrl: { variable: 'NEXUS_API_URL' },
    credential: {
      strategy: 'verify',
      owner: 'session',
      secrets: { adminToken: 'NEXUS_ADMIN_TOKEN' },
      verifyPath: '/auth/verify',
      refreshPath: '/auth/refresh',
    },
  }),
  scopes: defineScopes({ 'profile:read': { description: 'be tested', baseline: true } }),
  tools: [...contentTools, ...signalTools, ...askingTools, ...inputRequiredTools, ...schemaTools],
  resources,
  resourceTemplates,
  prompts,
});

/** The same with one tool that answers with nothing, to see that the suite notices. */
export function withBrokenTool(definition: GatewayDefinition, name: string): GatewayDefinition {
  const broken = async () => ({ structured: {}, markdown: '' });
  const tools = definition.tools.map((tool) => (tool.name === name ? { ...tool, run: broken } : tool));
  return { ...definition, tools };
}
