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
  uri: 'shelf://about',
  name: 'about',
  title: 'About',
  description: 'What this is.',
  mimeType: 'text/plain',
  scopes: ['profile:read'],
  upstream: 'none',
  annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-11-01T00:00:00Z' },
  read: async () => [{ uri: 'shelf://about', mimeType: 'text/plain', text: 'Shelf.' }],
});

function items(given: Partial<ResourceTemplateDefinition> = {}): ResourceTemplateDefinition {
  return defineResourceTemplate({
    uriTemplate: 'shelf://items/{id}',
    name: 'item',
    title: 'Item',
    description: 'One item.',
    mimeType: 'application/json',
    scopes: ['items:read'],
    upstream: 'default',
    read: async ({ id = '' }, { api }) => {
      const item = await api.get(path`/v1/items/${id}`, z.object({ id: z.string() }));
      return [{ uri: `shelf://items/${id}`, mimeType: 'application/json', text: JSON.stringify(item) }];
    },
    ...given,
  });
}

/** What no template may take for one of its URIs. */
const NOWHERE = [
  'shelf://items/',
  'shelf://items',
  'shelf://items/a/b',
  'shelf://items/..',
  'shelf://items/.',
  'shelf://items/%2e%2e',
  'shelf://items/%2E',
  'shelf://items/a%2Fb',
  'shelf://items/..%2Fusers',
  'shelf://items/a%5Cb',
  'shelf://items/a%00b',
  'shelf://items/%ff',
  'shelf://items/%',
  'shelf://items/a?x=1',
  'shelf://items/a#x',
  'SHELF://items/a',
  'https://api.example/v1/items/a',
  'file:///etc/passwd',
  `shelf://items/${'a'.repeat(3_000)}`,
  '',
];

let world: World;
let logs: Logs;
let token: string;
let sessionId: string;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  const signedIn = await world.signIn('ada@acme.example', { scope: 'items:read' });
  ({ sessionId } = signedIn);
  token = signedIn.tokens.access_token;
  world.sent.length = 0;
});

describe.each(wires)('resources, on the $revision wire', ({ send }) => {
  test('are listed, templates apart, and those alone whose scopes were granted', async () => {
    const hidden = { ...about, uri: 'shelf://secret', name: 'secret', scopes: ['notes:write'] } as const;
    const hiddenTemplate = items({ uriTemplate: 'shelf://t/{id}', name: 't', scopes: ['notes:write'] });
    serve({ resources: [about, hidden], resourceTemplates: [items(), hiddenTemplate] });
    expect((await send(token, 'resources/list')).body.result.resources).toEqual([
      {
        uri: 'shelf://about',
        name: 'about',
        title: 'About',
        description: 'What this is.',
        mimeType: 'text/plain',
        annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-11-01T00:00:00Z' },
      },
    ]);
    expect((await send(token, 'resources/templates/list')).body.result.resourceTemplates).toEqual([
      {
        uriTemplate: 'shelf://items/{id}',
        name: 'item',
        title: 'Item',
        description: 'One item.',
        mimeType: 'application/json',
      },
    ]);
  });

  test('are read as the caller, and put on record by name', async () => {
    serve({ resources: [about], resourceTemplates: [items()] });
    const { body } = await send(token, 'resources/read', { uri: 'shelf://items/item_0001' });
    expect(body.result.contents).toEqual([
      { uri: 'shelf://items/item_0001', mimeType: 'application/json', text: '{"id":"item_0001"}' },
    ]);
    expect(await recordedEvent(sessionId, { action: 'resource_read', outcome: 'success' })).toMatchObject({
      tool: 'item',
      upstream: 'shelf',
      tenant_id: 'acme',
    });
    expect((await send(token, 'resources/read', { uri: 'shelf://about' })).body.result.contents[0].text).toBe('Shelf.');
  });

  test('of exactly that URI come before templates that it is of, too', async () => {
    const read = async () => [{ uri: 'shelf://items/mine', text: 'mine' }];
    const mine = defineResource({ ...about, uri: 'shelf://items/mine', name: 'mine', read });
    serve({ resources: [mine], resourceTemplates: [items()] });
    expect((await send(token, 'resources/read', { uri: 'shelf://items/mine' })).body.result.contents[0].text).toBe(
      'mine',
    );
  });

  test('give their variables percent-decoded', async () => {
    let seen: unknown;
    const read: ResourceTemplateDefinition['read'] = async (variables) => {
      seen = variables;
      return [{ uri: 'shelf://x', text: '-' }];
    };
    serve({ resourceTemplates: [items({ uriTemplate: 'shelf://files/{folder}/{name}/raw', upstream: 'none', read })] });
    await send(token, 'resources/read', { uri: 'shelf://files/a%20b/%C3%A9t%C3%A9.txt/raw' });
    expect(seen).toEqual({ folder: 'a b', name: 'été.txt' });
  });

  test('by a URI that is none of theirs are not found, and nothing is asked of the upstream', async () => {
    serve({ resources: [about], resourceTemplates: [items()] });
    for (const uri of NOWHERE) {
      const { status, body } = await send(token, 'resources/read', { uri }, { 'Mcp-Name': uri });
      expect(status).toBe(200);
      expect(body.error).toMatchObject({ code: -32602, message: expect.stringContaining('Resource not found') });
      expect(body.error.data.uri).toBe(uri.length > 256 ? `${uri.slice(0, 255)}…` : uri);
    }
    expect(world.sent.filter((line) => line.includes('/v1/'))).toEqual([]);
  });

  test('that the upstream doesn’t show are not found, with the URI', async () => {
    serve({ resourceTemplates: [items()] });
    const { body } = await send(token, 'resources/read', { uri: 'shelf://items/item_9999' });
    expect(body.error).toEqual({
      code: -32602,
      message: 'Shelf API has no such record that you can see. Check the id, or search for it first.',
      data: { uri: 'shelf://items/item_9999' },
    });
    await recordedEvent(sessionId, { action: 'resource_read', outcome: 'error', reason: 'upstream_not_found' });
  });

  test('are not found where nothing comes of reading, or where they say so', async () => {
    const read = () => Promise.reject(new NotFoundError('Gone since Monday.'));
    serve({ resourceTemplates: [items({ upstream: 'none', read: async () => [] })] });
    expect((await send(token, 'resources/read', { uri: 'shelf://items/a' })).body.error).toMatchObject({
      code: -32602,
    });
    serve({ resourceTemplates: [items({ upstream: 'none', read })] });
    expect((await send(token, 'resources/read', { uri: 'shelf://items/a' })).body.error).toMatchObject({
      code: -32602,
      message: 'Gone since Monday.',
    });
  });

  test('beyond the token’s scopes are a 403 step-up', async () => {
    serve({ resourceTemplates: [items({ scopes: ['items:write'] })] });
    const { status, headers } = await send(token, 'resources/read', { uri: 'shelf://items/item_0001' });
    expect(status).toBe(403);
    expect(headers.get('WWW-Authenticate')).toMatch(/error="insufficient_scope".*scope="[^"]*items:write/);
    expect(world.sent.filter((line) => line.includes('/v1/'))).toEqual([]);
  });

  test('whose access is lost are a 401 challenge', async () => {
    serve({ resourceTemplates: [items()] });
    world.backend.set({ fail: { path: '/v1', status: 401, times: 10 } });
    const { status, headers } = await send(token, 'resources/read', { uri: 'shelf://items/item_0001' });
    expect(status).toBe(401);
    expect(headers.get('WWW-Authenticate')).toContain('error="invalid_token"');
    await recordedEvent(sessionId, { action: 'resource_read', outcome: 'refused', reason: 'upstream_unauthorized' });
  });

  test('that break tell the request id, and the log the rest', async () => {
    serve({ resources: [{ ...about, read: () => Promise.reject(new Error('secret detail')) }] });
    const { headers, body } = await send(token, 'resources/read', { uri: 'shelf://about' });
    expect(body.error.message).toContain(headers.get('X-Request-Id'));
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(logs.of('resource.failed')).toMatchObject([{ resource: 'about', problem: 'secret detail' }]);
  });

  test('longer than the client takes are refused, since half a file looks whole', async () => {
    const read = async () => [{ uri: 'shelf://about', text: 'x'.repeat(80_000) }];
    serve({ resources: [{ ...about, read }] });
    const { body } = await send(token, 'resources/read', { uri: 'shelf://about' });
    expect(body.error.message).toBe(
      'This resource has 80000 characters, and this client takes at most 75000. Use a tool to read a part of it.',
    );
  });
});
