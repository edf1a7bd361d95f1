// Every list in pages: the same order each time, each entry once, and a cursor that can't be misused.
import { beforeEach, describe, expect, test } from 'vitest';
import { prompt, serve, tool } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { wires, type McpReply } from '../../support/mcp-client';
import { World } from '../../support/world';

const COUNT = 450;
const readable = {
  title: 'One',
  description: 'One of many.',
  mimeType: 'text/plain',
  scopes: ['items:read'],
  upstream: 'none',
} as const;
const numbers = Array.from({ length: COUNT }, (_, index) => index);
const many = {
  tools: numbers.map((index) => tool({ name: `entry_${index}`, scopes: [index % 2 ? 'items:read' : 'notes:read'] })),
  prompts: numbers.map((index) => prompt({ name: `entry_${index}` })),
  resources: numbers.map((index) => ({
    ...readable,
    uri: `shelf://r/${index}`,
    name: `r${index}`,
    read: async () => [],
  })),
  resourceTemplates: numbers.map((index) => ({
    ...readable,
    uriTemplate: `shelf://t${index}/{id}`,
    name: `t${index}`,
    read: async () => [],
  })),
};

let token: string;
let narrow: string;
beforeEach(async () => {
  catchLogs();
  const world = await World.begin();
  token = (await world.signIn()).tokens.access_token;
  narrow = (await world.signIn('ada@acme.example', { scope: 'items:read' })).tokens.access_token;
  serve(many);
});

describe.each(wires)('a list, on the $revision wire', ({ send }) => {
  type Entry = Record<string, string>;
  async function pages(method: string, key: string, as = token): Promise<Entry[][]> {
    const all: Entry[][] = [];
    let cursor: string | undefined;
    do {
      const { body }: McpReply = await send(as, method, cursor === undefined ? {} : { cursor });
      all.push(body.result[key] as Entry[]);
      cursor = body.result.nextCursor as string | undefined;
    } while (cursor !== undefined && all.length < 10);
    return all;
  }

  test.each([
    ['tools/list', 'tools', 'name', 'entry_'],
    ['prompts/list', 'prompts', 'name', 'entry_'],
    ['resources/list', 'resources', 'uri', 'shelf://r/'],
    ['resources/templates/list', 'resourceTemplates', 'uriTemplate', 'shelf://t'],
  ])('%s gives each entry once, in the definition’s order', async (method, key, id, prefix) => {
    const all = await pages(method, key);
    expect(all.map((page) => page.length)).toEqual([200, 200, 50]);
    expect(all.flat().map((entry) => Number.parseInt(entry[id]?.slice(prefix.length) ?? '', 10))).toEqual(numbers);
  });

  test('shows on its later pages no more than what the caller may see', async () => {
    const [first, second] = await pages('tools/list', 'tools', narrow);
    expect([first?.length, second?.length]).toEqual([200, 26]);
    expect(second?.pop()).toMatchObject({ name: 'request_access' });
    expect([...(first ?? []), ...(second ?? [])].every(({ name }) => Number(name?.slice(6)) % 2 === 1)).toBe(true);
  });

  test('refuses a cursor that it never gave, whoever’s it is', async () => {
    const { nextCursor } = (await send(token, 'tools/list')).body.result;
    const refusedBy = async (method: string, cursor: string, as = token) => {
      const { status, body } = await send(as, method, { cursor });
      expect(status, cursor).toBe(200);
      expect(body.error, cursor).toEqual({ code: -32602, message: 'Invalid cursor. Begin again without one.' });
    };
    // Another list's, though it has an entry of that name, too.
    await refusedBy('prompts/list', nextCursor);
    // The entry it names isn't one that this caller sees.
    const hidden = btoa('["tools","entry_0"]').replaceAll('=', '');
    await refusedBy('tools/list', hidden, narrow);
    for (const cursor of ['', '2', 'null', btoa('{}'), btoa('["tools",7]'), `${nextCursor}x`, 'A'.repeat(100_000)])
      await refusedBy('tools/list', cursor);
  });
});
