// What a person reads and confirms is what is sent, to the letter; and what others wrote can't deceive, in structured
// results as little as in any other text.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { prompt, serve, tool } from '../../support/definition';
import { callTool, mcp } from '../../support/mcp-client';
import { useGateway } from '../../support/oauth-client';
import { World } from '../../support/world';

let world: World;
let token: string;
beforeAll(async () => {
  world = await World.begin();
  world.intercept = async (request) => {
    if (new URL(request.url).pathname !== '/auth/verify') return undefined;
    const answer = await (await world.neighbour(request)).json<object>();
    return Response.json({ ...answer, tenant_name: 'Acme\u{E0069}\u{E0067}\u202E Inc.' });
  };
  token = (await world.signIn('ada@acme.example')).tokens.access_token;
  world.intercept = undefined;
});
beforeEach(() => {
  useGateway();
  world.sent.length = 0;
});

const able = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
const callAble = (name: string, args: object) => mcp(token, 'tools/call', { name, arguments: args, _meta: able });

const item = { name: 'N', kind: 'book' };
const message = { to: ['alan@acme.example'], text: 'T' };
const written: [name: string, field: string, args: object][] = [
  ['create_note', 'text', {}],
  ['send_message', 'text', message],
  ['update_item', 'name', { item_id: 'item_0020' }],
  ['update_item', 'notes', { item_id: 'item_0020' }],
  ['create_item', 'name', item],
  ['create_item', 'notes', item],
];

describe.each(written)('%s, in %s', (name, field, args) => {
  test.each([
    ['a sentence in a terminal sequence', 'Thanks, we are on it.\u001B]0; Your refund was approved.\u0007'],
    ['a sentence in tag characters', 'Thanks.\u{E0059}\u{E0065}\u{E0073}'],
    ['zero-width characters', 'Thanks\u200B\u2060.'],
  ])('refuses %s, and sends nothing', async (_what, text) => {
    for (const call of [callAble, (...call: [string, object]) => callTool(token, call[0], { ...call[1] })]) {
      const { body } = await call(name, { ...args, [field]: text });
      expect(body.result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining(`${field}: `) }] });
    }
    expect(world.sent).toEqual([]);
  });
});

test('a text with joiners that its script needs is asked about, and sent as it is', async () => {
  const text = '\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645 \u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u2764\uFE0F';
  const first = await callAble('send_message', { ...message, text });
  expect(first.body.result.inputRequests.confirmation.params.message).toContain(`\n${text}`);
  await callTool(token, 'send_message', { ...message, text });
  expect(world.backend.records.sent.at(-1)?.text).toBe(text);
});

test('the tenant’s name in whoami is clean in every form', async () => {
  const { body } = await callTool(token, 'whoami');
  expect(body.result.structuredContent.tenant_name).toBe('Acme Inc.');
  expect(JSON.stringify(body)).not.toMatch(/\u202E|\p{Default_Ignorable_Code_Point}/u);
});

describe('structured results', () => {
  const answered = async (structured: Record<string, unknown>): Promise<unknown> => {
    const run = async () => ({ structured, markdown: 'done' });
    serve({ tools: [tool({ name: 'read', run })] });
    return (await callTool(token, 'read')).body.result.structuredContent;
  };

  test('are neutralised also where an adopter’s schema takes any string', async () => {
    expect(await answered({ a: ['x\u202Ey', { 'na\u200Bme': 'z\u001B[2J' }] })).toEqual({ a: ['xy', { name: 'z' }] });
  });

  test('so is what stands beside them: content, resources, prompts, suggestions', async () => {
    const hidden = 'se\u200Ben \u202E\u{E0041}';
    serve({
      tools: [
        tool({
          name: 'read',
          run: async () => ({ structured: {}, markdown: '', content: [{ type: 'text', text: hidden }] }),
        }),
      ],
      resources: [
        {
          uri: 'shelf://hidden',
          name: 'hidden',
          title: 'Hidden',
          description: 'Hidden.',
          mimeType: 'text/plain',
          scopes: ['items:read'],
          upstream: 'none',
          read: async () => [{ uri: 'shelf://hidden', text: hidden }],
        },
      ],
      prompts: [
        prompt({
          name: 'hidden',
          arguments: [{ name: 'what', description: 'What', required: false, complete: () => [hidden] }],
          run: async () => [{ role: 'user', content: { type: 'text', text: hidden } }],
        }),
      ],
    });
    const results = [
      await callTool(token, 'read'),
      await mcp(token, 'resources/read', { uri: 'shelf://hidden' }),
      await mcp(token, 'prompts/get', { name: 'hidden' }),
      await mcp(token, 'completion/complete', {
        ref: { type: 'ref/prompt', name: 'hidden' },
        argument: { name: 'what', value: '' },
      }),
    ].map(({ body }) => body.result);
    expect(results).toMatchObject([
      { content: [{ text: 'seen ' }] },
      { contents: [{ text: 'seen ' }] },
      { messages: [{ content: { text: 'seen ' } }] },
      { completion: { values: ['seen '] } },
    ]);
  });

  test('are not altered for looks', async () => {
    const text = 'a\r\nb\tc \u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645 \u{1F469}\u200D\u{1F4BB} \u2764\uFE0F';
    expect(await answered({ text })).toEqual({ text });
  });

  test('can be searched for as they are shown', async () => {
    const name = '\u0634\u0631\u06A9\u062A \u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645';
    await callTool(token, 'create_item', { ...item, name });
    const found = (await callTool(token, 'search_items', { query: name })).body.result;
    expect(found.structuredContent.items).toMatchObject([{ name }]);
    expect(found.content[0].text).toContain(name);
  });
});

describe('an optional argument that is null', () => {
  test('counts as absent', async () => {
    const all = { query: null, kind: null, owner: null, limit: null, cursor: null };
    const absent = await callTool(token, 'search_items', {});
    expect((await callTool(token, 'search_items', all)).body).toEqual(absent.body);
  });

  test('changes nothing where it stands for a change', async () => {
    const { body } = await callTool(token, 'update_item', { item_id: 'item_0001', name: null, notes: null });
    expect(body.result.content[0].text).toContain('Give at least one field to change');
    expect(world.sent).toEqual([]);
  });

  test('doesn’t stand for one that is required, or that doesn’t exist', async () => {
    expect((await callTool(token, 'get_item', { item_id: null })).body.result.content[0].text).toMatch(/item_id: /);
    expect((await callTool(token, 'whoami', { tenant_id: null })).body.result.content[0].text).toMatch(/"tenant_id"/);
  });

  test('is kept where a tool’s schema gives it a meaning, and dropped at any depth where not', async () => {
    const input = z.strictObject({
      owner: z.string().nullable().optional(),
      filter: z.strictObject({ by: z.string().optional(), in: z.string().nullish() }).optional(),
      rows: z.array(z.strictObject({ note: z.string().optional() })),
    });
    serve({ tools: [tool({ name: 'set', input, run: async (given) => ({ structured: given, markdown: '' }) })] });
    const { body } = await callTool(token, 'set', {
      owner: null,
      filter: { by: null, in: null },
      rows: [{ note: null }, { note: 'x' }],
    });
    expect(body.result.structuredContent).toEqual({ owner: null, filter: { in: null }, rows: [{}, { note: 'x' }] });
  });

  test('leaves a list as long as it is, and other problems as they are', async () => {
    const input = z.strictObject({ ids: z.array(z.string()), note: z.string().optional(), limit: z.int().max(9) });
    serve({ tools: [tool({ name: 'set', input, run: async (given) => ({ structured: given, markdown: '' }) })] });
    const { body } = await callTool(token, 'set', { ids: ['a', null], note: null, limit: 10 });
    const words = body.result.content[0].text as string;
    expect(words).toMatch(/ids\.1: .*null/);
    expect(words).toMatch(/limit: /);
    expect(words).not.toMatch(/note/);
  });
});
