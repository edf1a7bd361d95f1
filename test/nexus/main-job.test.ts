// The main job, whole: a client connects to one URL, its user consents and signs in, and it works with their data.
import { beforeEach, expect, test } from 'vitest';
import { callTool, legacyMcp, mcp } from '../support/mcp-client';
import { beginNexus, type NexusWorld } from './support/crm';

let world: NexusWorld;
beforeEach(async () => {
  world = await beginNexus();
});

test('a signed-in user calls tools on their own data', async () => {
  const { tokens } = await world.signIn('ada@acme.example');
  expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, resource: 'https://gateway.example/mcp' });

  const list = await mcp(tokens.access_token, 'tools/list');
  expect(list.status).toBe(200);
  expect(list.body.result.tools).toHaveLength(18);

  const found = await callTool(tokens.access_token, 'search_leads', { stage: 'qualified' });
  expect(found.status).toBe(200);
  expect(found.body.result.isError).toBeUndefined();
  expect(found.body.result.structuredContent.total).toBeGreaterThan(0);
  expect(found.body.result.content[0].text).toContain('|');

  const me = await callTool(tokens.access_token, 'whoami');
  expect(me.body.result.structuredContent).toMatchObject({ email: 'ada@acme.example' });
});

test('a 2025-era client is served from the same endpoint', async () => {
  const { tokens } = await world.signIn('ada@acme.example');
  const hello = await legacyMcp(tokens.access_token, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'old', version: '1' },
  });
  expect(hello.body.result.protocolVersion).toBe('2025-11-25');
  const found = await legacyMcp(tokens.access_token, 'tools/call', {
    name: 'get_lead',
    arguments: { lead_id: 'lead_0001' },
  });
  expect(found.body.result.structuredContent.id).toBe('lead_0001');
});
