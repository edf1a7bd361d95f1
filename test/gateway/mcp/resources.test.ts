// Resources and templates: what is listed, what a URI leads to, and what it must not lead to.
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { path } from '../../../src/define/api';
import { NotFoundError } from '../../../src/define/errors';
import { defineResource, defineResourceTemplate, type ResourceTemplateDefinition } from '../../../src/define/resource';
import { serve } from '../../support/definition';
import { catchLogs, type Logs } from '../../support/logs';
import { wires } from '../../support/mcp-client';
import { recordedEvent } from '../../support/records';
import { World } from '../../support/world';

const about = defineResource({
  uri: 'nexus://about',
  name: 'about',
  title: 'About',
  description: 'What this is.',
  mimeType: 'text/plain',
  scopes: ['profile:read'],
  upstream: 'none',
  annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-11-01T00:00:00Z' },
  read: async () => [{ uri: 'nexus://about', mimeType: 'text/plain', text: 'Nexus.' }],
});

function leads(given: Partial<ResourceTemplateDefinition> = {}): ResourceTemplateDefinition {
  return defineResourceTemplate({
    uriTemplate: 'nexus://leads/{id}',
    name: 'lead',
    title: 'Lead',
    description: 'One lead.',
    mimeType: 'application/json',
    scopes: ['leads:read'],
    upstream: 'default',
    read: async ({ id = '' }, { api }) => {
      const lead = await api.get(path`/v1/leads/${id}`, z.object({ id: z.string() }));
      return [{ uri: `nexus://leads/${id}`, mimeType: 'application/json', text: JSON.stringify(lead) }];
    },
    ...given,
  });
}

/** What no template may take for one of its URIs. */
const NOWHERE = [
  'nexus://leads/',
  'nexus://leads',
  'nexus://leads/a/b',
  'nexus://leads/..',
  'nexus://leads/.',
  'nexus://leads/%2e%2e',
  'nexus://leads/%2E',
  'nexus://leads/a%2Fb',
  'nexus://leads/..%2Fusers',
  'nexus://leads/a%5Cb',
  'nexus://leads/a%00b',
  'nexus://leads/%ff',
  'nexus://leads/%',
  'nexus://leads/a?x=1',
  'nexus://leads/a#x',
  'NEXUS://leads/a',
  'https://crm.example/v1/leads/a',
  'file:///etc/passwd',
  `nexus://leads/${'a'.repeat(3_000)}`,
  '',
];

let world: World;
let logs: Logs;
let token: string;
let sessionId: string;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  const signedIn = await world.signIn('ada@acme.example', { scope: 'leads:read' });
  ({ sessionId } = signedIn);
  token = signedIn.tokens.access_token;
  world.sent.length = 0;
});

describe.each(wires)('resources, on the $revision wire', ({ send }) => {
  test('are listed, templates apart, and those alone whose scopes were granted', async () => {
    const hidden = { ...about, uri: 'nexus://secret', name: 'secret', scopes: ['tickets:write'] } as const;
    const hiddenTemplate = leads({ uriTemplate: 'nexus://t/{id}', name: 't', scopes: ['tickets:write'] });
    serve({ resources: [about, hidden], resourceTemplates: [leads(), hiddenTemplate] });
    expect((await send(token, 'resources/list')).body.result.resources).toEqual([
      {
        uri: 'nexus://about',
        name: 'about',
        title: 'About',
        description: 'What this is.',
        mimeType: 'text/plain',
        annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-11-01T00:00:00Z' },
      },
    ]);
    expect((await send(token, 'resources/templates/list')).body.result.resourceTemplates).toEqual([
      {
        uriTemplate: 'nexus://leads/{id}',
        name: 'lead',
        title: 'Lead',
        description: 'One lead.',
        mimeType: 'application/json',
      },
    ]);
  });

  test('are read as the caller, and put on record by name', async () => {
    serve({ resources: [about], resourceTemplates: [leads()] });
    const { body } = await send(token, 'resources/read', { uri: 'nexus://leads/lead_0001' });
    expect(body.result.contents).toEqual([
      { uri: 'nexus://leads/lead_0001', mimeType: 'application/json', text: '{"id":"lead_0001"}' },
    ]);
    expect(await recordedEvent(sessionId, { action: 'resource_read', outcome: 'success' })).toMatchObject({
      tool: 'lead',
      upstream: 'nexus',
      tenant_id: 'acme',
    });
    expect((await send(token, 'resources/read', { uri: 'nexus://about' })).body.result.contents[0].text).toBe('Nexus.');
  });

  test('of exactly that URI come before templates that it is of, too', async () => {
    const read = async () => [{ uri: 'nexus://leads/mine', text: 'mine' }];
    const mine = defineResource({ ...about, uri: 'nexus://leads/mine', name: 'mine', read });
    serve({ resources: [mine], resourceTemplates: [leads()] });
    expect((await send(token, 'resources/read', { uri: 'nexus://leads/mine' })).body.result.contents[0].text).toBe(
      'mine',
    );
  });

  test('give their variables percent-decoded', async () => {
    let seen: unknown;
    const read: ResourceTemplateDefinition['read'] = async (variables) => {
      seen = variables;
      return [{ uri: 'nexus://x', text: '-' }];
    };
    serve({ resourceTemplates: [leads({ uriTemplate: 'nexus://files/{folder}/{name}/raw', upstream: 'none', read })] });
    await send(token, 'resources/read', { uri: 'nexus://files/a%20b/%C3%A9t%C3%A9.txt/raw' });
    expect(seen).toEqual({ folder: 'a b', name: 'été.txt' });
  });

  test('by a URI that is none of theirs are not found, and nothing is asked of the upstream', async () => {
    serve({ resources: [about], resourceTemplates: [leads()] });
    for (const uri of NOWHERE) {
      const { status, body } = await send(token, 'resources/read', { uri }, { 'Mcp-Name': uri });
      expect(status).toBe(200);
      expect(body.error).toMatchObject({ code: -32602, message: expect.stringContaining('Resource not found') });
      expect(body.error.data.uri).toBe(uri.length > 256 ? `${uri.slice(0, 255)}…` : uri);
    }
    expect(world.sent.filter((line) => line.includes('/v1/'))).toEqual([]);
  });

  test('that the upstream doesn’t show are not found, with the URI', async () => {
    serve({ resourceTemplates: [leads()] });
    const { body } = await send(token, 'resources/read', { uri: 'nexus://leads/lead_9999' });
    expect(body.error).toEqual({
      code: -32602,
      message: 'Nexus CRM has no such record that you can see. Check the id, or search for it first.',
      data: { uri: 'nexus://leads/lead_9999' },
    });
    await recordedEvent(sessionId, { action: 'resource_read', outcome: 'error', reason: 'upstream_not_found' });
  });

  test('are not found where nothing comes of reading, or where they say so', async () => {
    const read = () => Promise.reject(new NotFoundError('Gone since Monday.'));
    serve({ resourceTemplates: [leads({ upstream: 'none', read: async () => [] })] });
    expect((await send(token, 'resources/read', { uri: 'nexus://leads/a' })).body.error).toMatchObject({
      code: -32602,
    });
    serve({ resourceTemplates: [leads({ upstream: 'none', read })] });
    expect((await send(token, 'resources/read', { uri: 'nexus://leads/a' })).body.error).toMatchObject({
      code: -32602,
      message: 'Gone since Monday.',
    });
  });

  test('beyond the token’s scopes are a 403 step-up', async () => {
    serve({ resourceTemplates: [leads({ scopes: ['customers:write'] })] });
    const { status, headers } = await send(token, 'resources/read', { uri: 'nexus://leads/lead_0001' });
    expect(status).toBe(403);
    expect(headers.get('WWW-Authenticate')).toMatch(/error="insufficient_scope".*scope="[^"]*customers:write/);
    expect(world.sent.filter((line) => line.includes('/v1/'))).toEqual([]);
  });

  test('whose access is lost are a 401 challenge', async () => {
    serve({ resourceTemplates: [leads()] });
    await world.crm({ fail: { path: '/v1', status: 401, times: 10 } });
    const { status, headers } = await send(token, 'resources/read', { uri: 'nexus://leads/lead_0001' });
    expect(status).toBe(401);
    expect(headers.get('WWW-Authenticate')).toContain('error="invalid_token"');
    await recordedEvent(sessionId, { action: 'resource_read', outcome: 'refused', reason: 'upstream_unauthorized' });
  });

  test('that break tell the request id, and the log the rest', async () => {
    serve({ resources: [{ ...about, read: () => Promise.reject(new Error('secret detail')) }] });
    const { headers, body } = await send(token, 'resources/read', { uri: 'nexus://about' });
    expect(body.error.message).toContain(headers.get('X-Request-Id'));
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(logs.of('resource.failed')).toMatchObject([{ resource: 'about', problem: 'secret detail' }]);
  });

  test('longer than the client takes are refused, since half a file looks whole', async () => {
    const read = async () => [{ uri: 'nexus://about', text: 'x'.repeat(80_000) }];
    serve({ resources: [{ ...about, read }] });
    const { body } = await send(token, 'resources/read', { uri: 'nexus://about' });
    expect(body.error.message).toBe(
      'This resource has 80000 characters, and this client takes at most 75000. Use a tool to read a part of it.',
    );
  });
});
