// Prompts: what a user sees in the menu, and what comes of picking one.
import { beforeEach, describe, expect, test } from 'vitest';
import { NotFoundError, PublicError, ToolInputError } from '../../../src/define/errors';
import { ask } from '../../../src/define/context';
import { hints, prompt, serve, tool } from '../../support/definition';
import { catchLogs, type Logs } from '../../support/logs';
import { mcp, wires } from '../../support/mcp-client';
import { recordedEvent } from '../../support/records';
import { World } from '../../support/world';

const review = prompt({
  name: 'tidy_up',
  title: 'Tidy up',
  description: 'Goes through the open items.',
  icons: [{ src: 'https://shelf.example/review.svg', mimeType: 'image/svg+xml', sizes: ['any'], theme: 'light' }],
  arguments: [
    { name: 'stage', title: 'Stage', description: 'Which stage to look at', required: true, complete: () => ['won'] },
    { name: 'owner', description: 'Whose items', required: false },
  ],
});

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
});

describe.each(wires)('prompts, on the $revision wire', ({ send }) => {
  test('are listed whole, and those alone whose scopes were granted', async () => {
    serve({ prompts: [review, prompt({ name: 'write_something', scopes: ['items:write'] })] });
    const { body } = await send(token, 'prompts/list');
    expect(body.result.prompts).toEqual([
      {
        name: 'tidy_up',
        title: 'Tidy up',
        description: 'Goes through the open items.',
        icons: [{ src: 'https://shelf.example/review.svg', mimeType: 'image/svg+xml', sizes: ['any'], theme: 'light' }],
        arguments: [
          { name: 'stage', title: 'Stage', description: 'Which stage to look at', required: true },
          { name: 'owner', description: 'Whose items', required: false },
        ],
      },
    ]);
  });

  test('answer with messages of every kind of content', async () => {
    const content = [
      { type: 'text', text: 'Look at these.' },
      { type: 'image', data: 'aGk=', mimeType: 'image/png' },
      { type: 'resource', resource: { uri: 'shelf://items/1', mimeType: 'text/markdown', text: '# Item' } },
      { type: 'resource_link', uri: 'shelf://items/2', name: 'item', title: 'Item 2' },
    ] as const;
    serve({
      prompts: [
        prompt({ name: 'mixed', run: async () => content.map((block) => ({ role: 'user' as const, content: block })) }),
      ],
    });
    const { body } = await send(token, 'prompts/get', { name: 'mixed' });
    expect(body.result).toMatchObject({
      description: 'A prompt for tests.',
      messages: content.map((block) => ({ role: 'user', content: block })),
    });
  });

  test('get their arguments, and nothing else', async () => {
    serve({ prompts: [review] });
    const { body } = await send(token, 'prompts/get', { name: 'tidy_up', arguments: { stage: 'won' } });
    expect(body.result.messages[0].content.text).toBe('{"stage":"won"}');
  });

  test.each([
    ['none at all', {}, /^The argument stage is missing: Which stage to look at\. Correct/],
    ['an empty one', { stage: '' }, /^The argument stage is missing/],
    ['one too many', { stage: 'won', tenant: 'globex' }, /^There is no argument tenant; there are: stage, owner\./],
    ['one too long', { stage: 'x'.repeat(1_001) }, /^The argument stage has 1001 characters; at most 1000 are taken\./],
  ])('refuse arguments with words on what to do: %s', async (_name, args, words) => {
    serve({ prompts: [review] });
    const { status, body } = await send(token, 'prompts/get', { name: 'tidy_up', arguments: args });
    expect(status).toBe(200);
    expect(body.error).toMatchObject({ code: -32602, message: expect.stringMatching(words) });
    await recordedEvent(sessionId, { action: 'prompt_get', outcome: 'error', reason: 'invalid_arguments' });
  });

  test('that do not exist are named, cut short', async () => {
    serve({ prompts: [review] });
    const { body } = await send(token, 'prompts/get', { name: 'x'.repeat(5_000) });
    expect(body.error).toEqual({ code: -32602, message: `Unknown prompt: ${'x'.repeat(63)}…` });
    await recordedEvent(sessionId, { action: 'prompt_get', outcome: 'refused', reason: 'unknown_prompt' });
  });

  test('beyond the token’s scopes are a 403 step-up that names all that is needed, and do not run', async () => {
    let ran = false;
    const run = async () => {
      ran = true;
      return [];
    };
    serve({ prompts: [prompt({ name: 'write_something', scopes: ['items:write'], run })] });
    const { status, headers } = await send(token, 'prompts/get', { name: 'write_something' });
    expect(status).toBe(403);
    expect(headers.get('WWW-Authenticate')).toMatch(/error="insufficient_scope".*scope="[^"]*items:write/);
    expect(ran).toBe(false);
    await recordedEvent(sessionId, { action: 'refusal', reason: 'insufficient_scope' });
  });

  test.each([
    [new NotFoundError('No such item.'), 'No such item.', -32603],
    [new PublicError('quiet_hours', 'Not at night. Ask again at 8.'), 'Not at night. Ask again at 8.', -32603],
    [
      new ToolInputError('owner', 'must be a colleague.'),
      'Invalid arguments for broken: owner: must be a colleague.',
      -32602,
    ],
  ])('that throw %s tell its words', async (error, message, code) => {
    serve({ prompts: [prompt({ name: 'broken', run: () => Promise.reject(error) })] });
    const { body } = await send(token, 'prompts/get', { name: 'broken' });
    expect(body.error).toEqual({ code, message });
  });

  test('that break tell the request id, and the log the rest', async () => {
    const run = () => Promise.reject(Object.assign(new Error('secret detail'), { code: -32000, data: 'secret' }));
    serve({ prompts: [prompt({ name: 'broken', run })] });
    const { headers, body } = await send(token, 'prompts/get', { name: 'broken' });
    expect(body.error).toEqual({
      code: -32603,
      message: `The gateway could not finish this call. Its operator can find it by the request id ${headers.get('X-Request-Id')}.`,
    });
    expect(logs.of('prompt.failed')).toMatchObject([{ prompt: 'broken', problem: 'secret detail' }]);
  });

  test('are no capability of a gateway that has none', async () => {
    serve({ tools: [tool({ name: 'a_tool', hints })] });
    expect((await send(token, 'prompts/list')).body.error).toMatchObject({ code: -32601 });
    expect((await send(token, 'resources/list')).body.error).toMatchObject({ code: -32601 });
    expect((await send(token, 'completion/complete')).body.error).toMatchObject({ code: -32601 });
  });
});

test('a prompt may ask before it answers', async () => {
  const question = { method: 'elicitation/create', params: { message: 'About whom?', requestedSchema: {} } } as const;
  serve({
    prompts: [
      prompt({
        name: 'asks',
        run: async (_args, { round }) =>
          round.responses['who']
            ? [{ role: 'user', content: { type: 'text', text: JSON.stringify(round.responses['who']) } }]
            : ask({ who: question }),
      }),
    ],
  });
  const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
  const first = await mcp(token, 'prompts/get', { name: 'asks', _meta: meta });
  expect(first.body.result).toMatchObject({ resultType: 'input_required', inputRequests: { who: question } });
  const inputResponses = { who: { action: 'accept', content: { name: 'Ada' } } };
  const second = await mcp(token, 'prompts/get', { name: 'asks', inputResponses, _meta: meta });
  expect(second.body.result.messages[0].content.text).toContain('Ada');
  // One whose client can't be asked says so with the code that the revision has for it.
  const mute = await mcp(token, 'prompts/get', { name: 'asks' });
  expect(mute.status).toBe(400);
  expect(mute.body.error).toMatchObject({
    code: -32021,
    data: { requiredCapabilities: { elicitation: { form: {} } } },
  });
});
