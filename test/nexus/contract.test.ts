// The reference product keeps the contract, and so does a product of one tool: the kit knows nothing of Nexus.
import { createExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import * as z from 'zod';
import { path } from '../../src/define/api';
import { defineGateway } from '../../src/define/gateway';
import { details } from '../../src/define/markdown';
import { defineTool } from '../../src/define/tool';
import { createGateway } from '../../src/gateway';
import { nexus } from '../../src/nexus/definition';
import { resource, useGateway } from '../support/oauth-client';
import { beginNexus } from './support/crm';
import { describeGatewayContract, type ContractSubject } from '../support/gateway-contract';

async function tokens(fetch: ContractSubject['fetch'], narrowScope: string): ReturnType<ContractSubject['begin']> {
  const world = await beginNexus();
  useGateway(fetch);
  const full = await world.signIn('ada@acme.example');
  const narrow = await world.signIn('ada@acme.example', { scope: narrowScope });
  return { full: full.tokens.access_token, narrow: narrow.tokens.access_token };
}

const deployed = (request: Request): Promise<Response> => exports.default.fetch(request);

describeGatewayContract('Nexus', {
  definition: nexus,
  resource,
  fetch: deployed,
  begin: () => tokens(deployed, 'tickets:read'),
  call: { name: 'search_leads', arguments: { limit: 3 } },
  beyond: { name: 'create_lead', scopes: ['profile:read', 'tickets:read', 'leads:write'] },
});

const me = z.object({ name: z.string(), tenant_name: z.string() });
const tiny = defineGateway({
  ...nexus,
  title: 'Tiny',
  name: 'tiny-gateway',
  version: '9.9.9',
  instructions: 'One tool.',
  scopes: {
    'profile:read': { description: 'see who you are', baseline: true },
    'leads:read': { description: 'read leads' },
  },
  resourceTemplates: [],
  prompts: [],
  tools: [
    defineTool({
      name: 'my_name',
      title: 'My name',
      description: 'Tells the name.',
      scopes: ['leads:read'],
      upstream: 'default',
      input: z.strictObject({}),
      output: me,
      hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
      run: async (_input, { api }) => {
        const structured = await api.get(path`/v1/me`, me);
        return { structured, markdown: details(structured, { name: 'Name', tenant_name: 'Workspace' }) };
      },
    }),
  ],
});
// Its sessions are objects of the deployed class, which knows the same upstream and nothing of tools.
const { handler } = createGateway(tiny);
const serveTiny = async (request: Request): Promise<Response> =>
  handler.fetch(request as never, env, createExecutionContext());

describeGatewayContract('A product of one tool', {
  definition: tiny,
  resource,
  fetch: serveTiny,
  begin: () => tokens(serveTiny, 'profile:read'),
  call: { name: 'my_name', arguments: {} },
  beyond: { name: 'my_name', scopes: ['profile:read', 'leads:read'] },
});
