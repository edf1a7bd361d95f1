import * as z from 'zod';
import { details, sections } from '../../define/markdown';
import { defineTool } from '../../define/tool';
import { reads } from '../hints';

const identity = z.object({
  user_id: z.string(),
  email: z.string(),
  tenant_id: z.string(),
  tenant_name: z.string(),
  client_id: z.string().describe('The OAuth client that this connection belongs to'),
  scopes: z.array(z.string()).describe('What this connection may do'),
  signed_in_at: z.string().describe('ISO 8601, UTC'),
});

export const whoami = defineTool({
  name: 'whoami',
  title: 'Who am I',
  description: `Tell as whom this connection acts: user, workspace and granted scopes. Use it when the user asks who is signed in, or
when a call is refused and it is unclear what this connection may do.
Example: {}`,
  scopes: ['profile:read'],
  upstream: 'none',
  input: z.strictObject({}),
  output: identity,
  hints: reads,
  run: async (_input, { caller }) => {
    const structured = {
      user_id: caller.userId,
      email: caller.email,
      tenant_id: caller.tenantId,
      tenant_name: caller.tenantName,
      client_id: caller.clientId,
      scopes: [...caller.scopes],
      signed_in_at: new Date(caller.signedInAt).toISOString(),
    };
    const labels = { email: 'User', tenant_name: 'Workspace', granted: 'Scopes', signed_in_at: 'Signed in' };
    return { structured, markdown: sections(details({ ...structured, granted: caller.scopes.join(' ') }, labels)) };
  },
});
