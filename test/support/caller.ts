// A caller as a request's own code sees them, for tests that make no request.
import type { Caller } from '../../src/define/context';

export const ada: Caller = {
  userId: 'usr_0001',
  email: 'ada@acme.example',
  tenantId: 'acme',
  tenantName: 'Acme | Industries',
  clientId: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
  scopes: ['profile:read', 'items:*'],
  attainable: ['profile:read', 'items:read', 'items:write', 'notes:write'],
  roleKnown: true,
  signedInAt: Date.UTC(2026, 10, 21),
};
