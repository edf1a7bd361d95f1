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
  role_allows: z.array(z.string()).nullable().describe("All that the user's role allows; null where it is not known"),
  can_be_added: z.array(z.string()).describe('What the user could allow this connection beyond its scopes'),
  how_to_add: z.string().nullable().describe('How the user allows more; null where nothing is left to allow'),
  signed_in_at: z.string().describe('ISO 8601, UTC'),
});

export const whoami = defineTool({
  name: 'whoami',
  title: 'Who am I',
  description: `Tell as whom this connection acts: user, workspace, what it may do, and what the user could allow beyond that. Use it
when the user asks who is signed in, or when a call is refused and it is unclear what this connection may do.
Example: {}`,
  scopes: ['profile:read'],
  upstream: 'none',
  input: z.strictObject({}),
  output: identity,
  hints: reads,
  run: async (_input, { caller, moreAccess }) => {
    const structured = {
      user_id: caller.userId,
      email: caller.email,
      tenant_id: caller.tenantId,
      tenant_name: caller.tenantName,
      client_id: caller.clientId,
      scopes: [...caller.scopes],
      role_allows: caller.roleKnown ? [...caller.attainable] : null,
      can_be_added: [...moreAccess.offered],
      how_to_add: moreAccess.how,
      signed_in_at: new Date(caller.signedInAt).toISOString(),
    };
    const labels = {
      email: 'User',
      tenant_name: 'Workspace',
      granted: 'Scopes',
      more: 'Could be added',
      signed_in_at: 'Signed in',
    };
    const shown = { ...structured, granted: caller.scopes.join(' '), more: moreAccess.offered.join(' ') };
    return { structured, markdown: sections(details(shown, labels), moreAccess.how ?? '') };
  },
});
