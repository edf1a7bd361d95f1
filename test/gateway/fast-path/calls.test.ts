// Calls of the reference product's tools, and of tools that do what it has no reason to: each answered by the SDK first,
// and then without it, or begun before it. The same answers, and the same ends on record.
import { beforeEach, describe, expect, test } from 'vitest';
import type { ContentBlock } from '../../../src/define/content';
import { ask } from '../../../src/define/context';
import type { InteractiveTool, InteractiveToolContext, ToolOutput } from '../../../src/define/tool';
import { product } from '../../product/definition';
import { definitionOf, tool } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { World } from '../../support/world';
import { bothWays, eras, goodArguments, modern, newGateway } from './ways';

let world: World;
let token: string;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  token = (await world.signIn()).tokens.access_token;
});

const call = (name: string, args?: unknown, meta?: object) => ({
  name,
  ...(args !== undefined && { arguments: args }),
  ...(meta && { _meta: meta }),
});

describe.each(eras)('on the wire of $era', ({ era, request }) => {
  const both = (params: object) => bothWays(product, token, request('tools/call', { ...params }), world);

  test('every tool of the product', { timeout: 60_000 }, async () => {
    for (const { name, description, confirm } of product.tools) {
      const { way, answer } = await both(call(name, goodArguments(description)));
      const expected = confirm || name === 'slow_count' ? 'long' : name === 'get_picture' ? 'finished' : 'short';
      expect({ name, way, ...answer }).toMatchObject({ name, way: expected, outcomes: [{ outcome: 'success' }] });
    }
  });

  test('arguments that are missing, wrong, or of the wrong kind', async () => {
    for (const args of [undefined, {}, { note_id: 7 }, { note_id: 'note_0001', more: 1 }, { '': [] }]) {
      const { way, answer } = await both(call('get_note', args));
      expect(way).toBe('short');
      expect(answer.outcomes).toMatchObject([{ outcome: 'error', reason: 'invalid_arguments' }]);
    }
  });

  test('a tool that nobody knows, which the protocol refuses', async () => {
    const gateway = newGateway(product);
    await gateway(token, request('tools/call', call('whoami', {})));
    const unknown = request('tools/call', call('get_everything', {}));
    const long = await newGateway(product)(token, unknown);
    const again = await gateway(token, unknown);
    expect(again).toMatchObject({ way: 'long', answer: long.answer });
    expect(long.answer.messages).toMatchObject([{ error: { code: -32602 } }]);
    expect(long.answer.outcomes).toMatchObject([{ reason: 'unknown_tool' }]);
  });

  test('a tool whose scope was not granted', async () => {
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const gateway = newGateway(product);
    await gateway(tokens.access_token, request('tools/call', call('search_items', {})));
    const { way, answer } = await gateway(tokens.access_token, request('tools/call', call('search_notes', {})));
    expect({ way, status: answer.status }).toEqual({ way: 'long', status: 403 });
    // A session is challenged a few times only.
    const other = (await world.signIn('ada@acme.example', { scope: 'items:read' })).tokens.access_token;
    await bothWays(product, other, request('tools/call', call('search_notes', {})));
    expect(await bothWays(product, tokens.access_token, request('tools/list'))).toMatchObject({ way: 'short' });
  });

  test('an upstream that knows no such record, fails, or talks nonsense', async () => {
    expect(await both(call('get_item', { item_id: 'item_9999' }))).toMatchObject({
      way: 'short',
      answer: { status: 200, messages: [{ result: { isError: true } }] },
    });
    for (const status of [403, 500]) {
      world.intercept = failing(() => new Response('{}', { status }));
      expect(await both(call('get_item', { item_id: 'item_0001' }))).toMatchObject({ way: 'short' });
    }
    world.intercept = failing(() => new Response('<html>'));
    expect(await both(call('get_item', { item_id: 'item_0001' }))).toMatchObject({ way: 'short' });
  });

  test('an upstream that no longer accepts the user: 401 and a challenge', async () => {
    const refused = async (known: boolean) => {
      const signedIn = await world.signIn();
      const gateway = newGateway(product);
      const read = request('tools/call', call('get_item', { item_id: 'item_0001' }));
      if (known) await gateway(signedIn.tokens.access_token, read);
      world.backend.set({ fail: { path: '/v1', status: 401, times: 2 } });
      return gateway(signedIn.tokens.access_token, read);
    };
    const long = await refused(false);
    const short = await refused(true);
    expect([long.way, short.way]).toEqual(['long', 'short']);
    expect(short.answer).toEqual(long.answer);
    expect(long.answer.status).toBe(401);
    expect(Object.fromEntries(long.answer.headers)['www-authenticate']).toContain('error="invalid_token"');
  });

  test('ids of every kind that the protocol has', async () => {
    for (const id of ['', 'a', '1', '\u{1f600}"\\\u2028', '\ud800', 0, -1, Number.MAX_SAFE_INTEGER]) {
      const { headers, body } = request('tools/call', call('whoami', {}));
      const { way, answer } = await bothWays(product, token, { headers, body: { ...Object(body), id } });
      expect({ way, messages: answer.messages }).toMatchObject({ way: 'short', messages: [{ id }] });
    }
  });

  test('results that the SDK has a say in', async () => {
    for (const [name, output] of Object.entries(results)) {
      const run = async () => ({ structured: {}, markdown: 'done', ...output }) as ToolOutput<Record<string, unknown>>;
      const definition = definitionOf({ tools: [tool({ name, run })] });
      const { way } = await bothWays(definition, token, request('tools/call', call(name, {})));
      expect([name, way]).toEqual([name, textAndData.has(name) ? 'short' : 'finished']);
    }
  });

  describe('what an interactive tool says, always by the SDK', () => {
    const saying = (run: InteractiveTool['run']) =>
      definitionOf({ tools: [tool({ name: 'work', interactive: true, run })] });
    const asked = { progressToken: 'p1', 'io.modelcontextprotocol/logLevel': 'info' };
    const tell = (run: (context: InteractiveToolContext) => Promise<unknown>, meta: object = asked) =>
      bothWays(
        saying(async (_input, context) => {
          await run(context);
          return { structured: {}, markdown: 'done' };
        }),
        token,
        request('tools/call', call('work', {}, meta)),
      );

    test('progress, awaited or not, and log messages', async () => {
      const awaited = await tell(async ({ progress, log }) => {
        await progress(1, 2, 'one');
        await log('warning', { slow: true });
        await progress(1);
        await progress(2, 2);
      });
      expect(awaited).toMatchObject({ way: 'long' });
      expect(awaited.answer.messages).toHaveLength(era === '2026-07-28' ? 4 : 1);
      const left = await tell(async ({ progress, log }) => {
        void progress(1, 2);
        void log('error', 'nobody waits for this');
        void progress(2, 2);
      });
      expect(left).toMatchObject({ way: 'long' });
      const late = await tell(async ({ progress }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        void progress(1);
      });
      expect(late).toMatchObject({ way: 'long' });
    });

    test('nothing, to who has not asked for it, or to whom nothing is said', async () => {
      const talk = async ({ progress, log }: InteractiveToolContext) => {
        await progress(1);
        await log('emergency', 'help');
      };
      expect((await tell(talk, {})).answer.messages).toHaveLength(1);
      expect(await tell(async ({ progress }) => progress(1), {})).toMatchObject({ way: 'long' });
      expect(await tell(async () => undefined)).toMatchObject({ way: 'long' });
    });

    test('progress for tokens of every kind, allowed or not', async () => {
      for (const progressToken of [0, -7, '', 'x', null, 1.5, {}, [], true, 2 ** 60]) {
        await tell(async ({ progress }) => progress(1), { progressToken });
        // To a tool that says nothing, the token makes no difference.
        const quiet = definitionOf({ tools: [tool({ name: 'work' })] });
        const { way } = await bothWays(quiet, token, request('tools/call', call('work', {}, { progressToken })));
        const allowed = typeof progressToken === 'string' || Number.isSafeInteger(progressToken);
        expect([progressToken, way]).toEqual([progressToken, allowed ? 'short' : 'long']);
      }
    });
  });

  test('questions to the user: to one that can be asked, and to one that cannot', async () => {
    const input = { to: ['ada@acme.example'], text: 'Hello' };
    const able = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
    const sent = await both(call('send_message', input, able));
    const isModern = era === '2026-07-28';
    expect(sent).toMatchObject({ way: 'long' });
    if (isModern) expect(sent.answer.messages).toMatchObject([{ result: { resultType: 'input_required' } }]);

    const question = ask({ more: { method: 'elicitation/create', params: { message: 'More?', requestedSchema: {} } } });
    const definition = definitionOf({ tools: [tool({ name: 'work', interactive: true, run: async () => question })] });
    for (const meta of [able, {}]) await bothWays(definition, token, request('tools/call', call('work', {}, meta)));
  });
});

test('an answer to a question is not plain', async () => {
  const params = { ...call('whoami', {}), inputResponses: { confirmation: { action: 'accept', content: {} } } };
  expect(await bothWays(product, token, modern('tools/call', params))).toMatchObject({ way: 'long' });
});

const failing = (answer: () => Response) => (request: Request) =>
  new URL(request.url).pathname.startsWith('/v1/') ? answer() : undefined;

const content = (...blocks: object[]) => ({ content: blocks as ContentBlock[] });
const textAndData = new Set(['nothing', 'text', 'dates', 'own_text']);
const results: Record<string, object> = {
  nothing: { markdown: '' },
  text: content({ type: 'text', text: 'more' }, { type: 'text', text: '' }),
  image: content({ type: 'image', data: 'AAAA', mimeType: 'image/png' }),
  not_base64: content({ type: 'image', data: 'not base64!', mimeType: 'image/png' }),
  annotated: content({ type: 'text', text: 'more', annotations: { priority: 1, audience: ['user'] } }),
  ill_annotated: content({ type: 'text', text: 'more', annotations: { priority: 7 } }),
  ill_dated: content({ type: 'text', text: 'more', annotations: { lastModified: 'yesterday' } }),
  of_no_kind: content({ type: 'film', url: 'https://films.example/1' }),
  with_more: content({ type: 'text', text: 'more', secret: 'of a careless tool' }),
  link: content({ type: 'resource_link', uri: 'shelf://items/1', name: 'item', more: true }),
  embedded: content({ type: 'resource', resource: { uri: 'shelf://items/1', text: 'item', more: true } }),
  dates: { structured: { at: new Date(0), none: undefined, not: Number.NaN, list: [undefined] } },
  list: { structured: [1, 2] },
  instance: {
    structured: new (class Item {
      id = 1;
    })(),
  },
  own_text: { structured: { toJSON: () => ({ other: true }) } },
  proto: { structured: JSON.parse('{"__proto__": {"a": 1}, "b": 2}') },
};
