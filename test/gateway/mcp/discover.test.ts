// What a server tells about itself, and for how long what it tells may be kept.
import { beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { prompt, serve, tool } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { legacyMcp, mcp } from '../../support/mcp-client';
import { World } from '../../support/world';

const icon = { src: 'https://shelf.example/icon.png', mimeType: 'image/png', sizes: ['48x48'], theme: 'dark' } as const;
const about = {
  uri: 'shelf://about',
  name: 'about',
  title: 'About',
  description: 'About.',
  mimeType: 'text/plain',
  scopes: ['profile:read'],
  upstream: 'none',
  icons: [icon],
  read: async () => [{ uri: 'shelf://about', text: 'Shelf.' }],
} as const;
const everything = {
  instructions: 'Find first, then read.',
  websiteUrl: 'https://shelf.example',
  icons: [icon],
  tools: [tool({ name: 'a_tool', icons: [icon] })],
  prompts: [
    prompt({
      name: 'a_prompt',
      icons: [icon],
      arguments: [{ name: 'a', description: 'A', required: false, complete: () => [] }],
    }),
  ],
  resources: [about],
};

let token: string;
beforeEach(async () => {
  catchLogs();
  const world = await World.begin();
  token = (await world.signIn()).tokens.access_token;
});

const initialize = () =>
  legacyMcp(token, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  });

describe('server/discover', () => {
  test('tells who it is, what it can do and how to use it', async () => {
    serve(everything);
    const { result } = (await mcp(token, 'server/discover')).body;
    expect(result).toMatchObject({
      supportedVersions: ['2026-07-28'],
      instructions: 'Find first, then read.',
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        completions: {},
        logging: {},
      },
      ttlMs: 300_000,
      cacheScope: 'private',
    });
    expect(result['_meta']['io.modelcontextprotocol/serverInfo']).toEqual({
      name: 'shelf-mcp-gateway',
      title: 'Shelf',
      version: expect.any(String),
      websiteUrl: 'https://shelf.example',
      icons: [icon],
    });
  });

  test('promises nothing that isn’t there', async () => {
    serve({ tools: everything.tools });
    const { capabilities } = (await mcp(token, 'server/discover')).body.result;
    expect(Object.keys(capabilities).toSorted()).toEqual(['logging', 'tools']);
  });
});

test('initialize tells the same, as far as a session can keep it', async () => {
  const { result } = (await initialize()).body;
  const { title, icons } = product;
  // As far as they speak of tools that this session has: it has all that its user's role allows.
  const lines = product.instructions.split('\n').filter((line) => !line.includes('request_access'));
  const instructions = lines.join('\n');
  expect(result).toMatchObject({ instructions, serverInfo: { name: product.name, title, icons } });
  expect(result.capabilities).toEqual({
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    completions: {},
    logging: {},
  });
});

test('a client without a session is promised nothing that takes one', async () => {
  serve(everything);
  // No level can be set for later, and nothing is sent later.
  for (const method of ['logging/setLevel', 'resources/subscribe', 'resources/unsubscribe']) {
    const { body } = await legacyMcp(token, method, { uri: 'shelf://about', level: 'info' });
    expect(body.error, method).toMatchObject({ code: -32601 });
  }
});

test.each([
  ['tools/list', {}, 300_000],
  ['prompts/list', {}, 300_000],
  ['resources/list', {}, 300_000],
  ['resources/templates/list', {}, 300_000],
  ['resources/read', { uri: 'shelf://about' }, 0],
])('%s may be kept by this client alone, and for so long', async (method, params, ttlMs) => {
  serve(everything);
  expect((await mcp(token, method, params)).body.result).toMatchObject({ ttlMs, cacheScope: 'private' });
});

test('tools, prompts and resources show their icons, on both wires', async () => {
  serve(everything);
  for (const send of [mcp, legacyMcp])
    for (const [method, key] of [
      ['tools/list', 'tools'],
      ['prompts/list', 'prompts'],
      ['resources/list', 'resources'],
    ] as const)
      expect((await send(token, method)).body.result[key][0].icons, method).toEqual([icon]);
});
