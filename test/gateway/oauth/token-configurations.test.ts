// The five tokens that a request can come with, each against the tool list and one call, on both wires: the table says
// what each of them sees, what it gets, and what the upstream is asked on its behalf.
import { beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { catchLogs } from '../../support/logs';
import { type McpReply, wires } from '../../support/mcp-client';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
});

const HOUR = 3_600_000;
const reads = ['items:read', 'notes:read', 'reports:read'];
const readsButItems = reads.filter((scope) => scope !== 'items:read');
const readers = product.tools.filter(({ hints }) => hints.readOnlyHint);
const tools = readers.map(({ name }) => name);
const toolsButItems = readers.filter(({ scopes }) => !scopes.includes('items:read')).map(({ name }) => name);

/** Each of them may have more than they consented to. */
const MORE = 'request_access';

/** The one call: an item of Ada's tenant. */
const call = { name: 'get_item', arguments: { item_id: 'item_0001' } };

async function tokenOf(email: string, scopes: string[]): Promise<string> {
  return (await world.signIn(email, { scope: scopes.join(' ') })).tokens.access_token;
}

/** What an answer comes down to: the tools, the record, the words of an error, or the challenge (RFC 6750 §3). */
function gist({ status, headers, body }: McpReply): unknown {
  const challenge = headers.get('WWW-Authenticate');
  if (challenge !== null) {
    const of = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1];
    expect(of('resource_metadata')).toBe('https://gateway.example/.well-known/oauth-protected-resource/mcp');
    // Only the refusal for scope says what would be enough; else the client is told all that it could ask for.
    return { status, error: of('error'), ...(status === 403 && { scope: of('scope') }) };
  }
  const { tools, isError, structuredContent, content } = body.result;
  if (tools) return { status, tools: tools.map((tool: { name: string }) => tool.name) };
  if (isError) return { status, isError, structuredContent, content };
  return { status, item: structuredContent.id };
}

interface Configuration {
  readonly name: string;
  readonly token: () => Promise<string | undefined>;
  /** What `tools/list` answers. */
  readonly list: object;
  /** What the call answers. */
  readonly called: object;
  readonly upstream: 'asked' | 'not asked';
}

const configurations: Configuration[] = [
  {
    name: 'the right scopes',
    token: () => tokenOf('ada@acme.example', reads),
    list: { status: 200, tools: [...tools, MORE] },
    called: { status: 200, item: 'item_0001' },
    upstream: 'asked',
  },
  {
    name: 'one scope missing',
    token: () => tokenOf('ada@acme.example', readsButItems),
    list: { status: 200, tools: [...toolsButItems, MORE] },
    called: {
      status: 403,
      error: 'insufficient_scope',
      scope: ['profile:read', ...readsButItems, 'items:read'].join(' '),
    },
    upstream: 'not asked',
  },
  {
    name: 'an expired token',
    token: async () => {
      const token = await tokenOf('ada@acme.example', reads);
      world.advance(HOUR + 1000);
      return token;
    },
    list: { status: 401, error: 'invalid_token' },
    called: { status: 401, error: 'invalid_token' },
    upstream: 'not asked',
  },
  {
    name: 'a token of another tenant',
    token: () => tokenOf('grace@globex.example', reads),
    list: { status: 200, tools: [...tools, MORE] },
    called: {
      status: 200,
      isError: true,
      structuredContent: undefined,
      content: [
        {
          type: 'text',
          text: 'Shelf API has no such record that you can see. Check the id, or search for it first.',
        },
      ],
    },
    upstream: 'asked',
  },
  {
    name: 'no token',
    token: async () => undefined,
    list: { status: 401, error: undefined },
    called: { status: 401, error: undefined },
    upstream: 'not asked',
  },
];

describe.each(wires)('on the $revision wire', ({ send }) => {
  test.each(configurations)('$name', async ({ token, list, called, upstream }) => {
    const bearer = await token();
    world.sent.length = 0;

    expect(gist(await send(bearer, 'tools/list'))).toEqual(list);
    expect(world.sent).toEqual([]);

    expect(gist(await send(bearer, 'tools/call', call))).toEqual(called);
    expect(world.sent).toEqual(upstream === 'asked' ? ['GET api.example/v1/items/item_0001'] : []);
  });
});
