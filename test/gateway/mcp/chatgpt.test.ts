// What ChatGPT reads beside the protocol: which sign-in a tool takes, and that it is time for another one.
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { path } from '../../../src/define/api';
import { serve, tool } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { mcp, wires } from '../../support/mcp-client';
import { recordedEvent } from '../../support/records';
import { World } from '../../support/world';

let world: World;
let token: string;
let sessionId: string;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  const signedIn = await world.signIn('ada@acme.example', { scope: 'items:read' });
  ({ sessionId } = signedIn);
  token = signedIn.tokens.access_token;
  serve({
    tools: [
      tool({
        name: 'get_item',
        upstream: 'default',
        run: async (_input, { api }) => ({
          structured: await api.get(path`/v1/items/${'item_0001'}`, z.looseObject({ id: z.string() })),
          markdown: '',
        }),
      }),
    ],
  });
});

test.each(wires)('tools say by which scopes they are signed in to, on the $revision wire', async ({ send }) => {
  const [listed] = (await send(token, 'tools/list')).body.result.tools;
  expect(listed).toMatchObject({ _meta: { securitySchemes: [{ type: 'oauth2', scopes: ['items:read'] }] } });
});

describe('access that was lost', () => {
  const call = (name: string) =>
    mcp(token, 'tools/call', {
      name: 'get_item',
      arguments: {},
      _meta: { 'io.modelcontextprotocol/clientInfo': { name, version: '1' } },
    });
  const challenge =
    /^Bearer .*resource_metadata="https:\/\/gateway\.example\/\.well-known\/oauth-protected-resource\/mcp".*error="invalid_token"/;
  beforeEach(() => world.backend.set({ fail: { path: '/v1', status: 401, times: 10 } }));

  test('is a result for ChatGPT, which offers to sign in by the challenge in it', async () => {
    const { status, headers, body } = await call('openai-mcp');
    expect(status).toBe(200);
    expect(headers.get('WWW-Authenticate')).toBeNull();
    expect(body.result).toMatchObject({
      isError: true,
      _meta: { 'mcp/www_authenticate': [expect.stringMatching(challenge)] },
    });
    await recordedEvent(sessionId, { action: 'tool_call', outcome: 'refused', reason: 'upstream_unauthorized' });
  });

  test('is a 401 for every other client, with the same in its body for one that reads it', async () => {
    const { status, headers, body } = await call('some-agent');
    expect(status).toBe(401);
    expect(headers.get('WWW-Authenticate')).toMatch(challenge);
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(body).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      result: { isError: true, _meta: { 'mcp/www_authenticate': [headers.get('WWW-Authenticate')] } },
    });
  });
});
