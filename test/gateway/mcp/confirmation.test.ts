// A tool that wants the user's yes before it runs: it never runs without, and a yes counts for one thing only.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { ask } from '../../../src/define/context';
import type { Confirmation } from '../../../src/define/tool';
import { serve, tool } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { legacyMcp, mcp, wires } from '../../support/mcp-client';
import { recordedEvent } from '../../support/records';
import { World } from '../../support/world';

const ran = vi.fn<(input: object) => void>();
let world: World;
let token: string;
let sessionId: string;
beforeEach(async () => {
  ran.mockReset();
  catchLogs();
  world = await World.begin();
  const signedIn = await world.signIn('ada@acme.example', { scope: 'items:read' });
  ({ sessionId } = signedIn);
  token = signedIn.tokens.access_token;
});

function serveTool(otherwise: Confirmation<never>['otherwise'] = 'refuse', asksItself = false): void {
  const input = z.strictObject({ to: z.string(), draft: z.boolean().default(false) });
  serve({
    tools: [
      tool({
        name: 'send',
        title: 'Send',
        interactive: true,
        input,
        confirm: {
          message: (given) => (given['draft'] === true ? undefined : `Send to ${String(given['to'])}?`),
          otherwise,
        },
        run: async (given, { round }) => {
          if (asksItself && !round.responses['more'])
            return ask({ more: { method: 'elicitation/create', params: { message: 'More?', requestedSchema: {} } } });
          ran(given);
          return { structured: { sent: true }, markdown: 'sent' };
        },
      }),
    ],
  });
}

const able = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
const send = (more: Record<string, unknown> = {}) =>
  mcp(token, 'tools/call', { name: 'send', arguments: { to: 'bob' }, _meta: able, ...more });
const yes = { confirmation: { action: 'accept', content: { confirm: true } } };

test('asks in a form of one box, and runs after the yes', async () => {
  serveTool();
  const first = await send();
  expect(first.body.result).toMatchObject({
    resultType: 'input_required',
    inputRequests: {
      confirmation: {
        method: 'elicitation/create',
        params: {
          mode: 'form',
          message: 'Send to bob?',
          requestedSchema: { type: 'object', properties: { confirm: { type: 'boolean' } }, required: ['confirm'] },
        },
      },
    },
  });
  expect(ran).not.toHaveBeenCalled();
  await recordedEvent(sessionId, { action: 'tool_call', outcome: 'refused', reason: 'confirmation_asked' });

  const { body } = await send({ inputResponses: yes, requestState: first.body.result.requestState });
  expect(body.result.structuredContent).toEqual({ sent: true });
  expect(ran.mock.calls).toEqual([[{ to: 'bob', draft: false }]]);
  await recordedEvent(sessionId, { action: 'tool_call', outcome: 'success', reason: null, tool: 'send' });
});

test.each([
  ['declined', { action: 'decline' }],
  ['cancelled', { action: 'cancel' }],
  ['left the box empty', { action: 'accept', content: { confirm: false } }],
])('the user %s: nothing is done, and the model hears that', async (_name, confirmation) => {
  serveTool();
  const { requestState } = (await send()).body.result;
  const { body } = await send({ inputResponses: { confirmation }, requestState });
  expect(body.result).toMatchObject({
    isError: true,
    content: [{ text: 'The user declined. Nothing was done. Do not call it again unless the user asks for it.' }],
  });
  expect(ran).not.toHaveBeenCalled();
  await recordedEvent(sessionId, { action: 'tool_call', outcome: 'refused', reason: 'declined' });
});

describe('a yes', () => {
  test('without the question’s own state is no yes', async () => {
    serveTool();
    const { body } = await send({ inputResponses: yes });
    expect(body.result.resultType).toBe('input_required');
    expect(ran).not.toHaveBeenCalled();
  });

  test('for other arguments is no yes: the user is asked about these', async () => {
    serveTool();
    const { requestState } = (await send()).body.result;
    const { body } = await send({ arguments: { to: 'mallory' }, inputResponses: yes, requestState });
    expect(body.result.inputRequests.confirmation.params.message).toBe('Send to mallory?');
    expect(ran).not.toHaveBeenCalled();
  });

  test.each([
    ['of another shape', { action: 'accept' }],
    ['that is a word', { action: 'accept', content: { confirm: 'true' } }],
    ['to something else', { action: 'accept', content: { ok: true } }],
    ['with no action', { content: { confirm: true } }],
  ])('%s is asked for again', async (_name, confirmation) => {
    serveTool();
    const { requestState } = (await send()).body.result;
    const { body } = await send({ inputResponses: { confirmation }, requestState });
    expect(body.result.resultType).toBe('input_required');
    expect(ran).not.toHaveBeenCalled();
  });

  test('from the state of the tool’s own question is not taken', async () => {
    serveTool('refuse', true);
    const draft = { to: 'bob', draft: true };
    // No confirmation needed: the tool's own question carries no yes.
    const own = (await send({ arguments: draft })).body.result;
    expect(Object.keys(own.inputRequests)).toEqual(['more']);
    const { body } = await send({ inputResponses: yes, requestState: own.requestState });
    expect(Object.keys(body.result.inputRequests)).toEqual(['confirmation']);
  });
});

test('is asked once, also where the tool has a question of its own', async () => {
  serveTool('refuse', true);
  const first = (await send()).body.result;
  const second = (await send({ inputResponses: yes, requestState: first.requestState })).body.result;
  expect(Object.keys(second.inputRequests)).toEqual(['more']);
  const more = { more: { action: 'accept', content: {} } };
  const third = await send({ inputResponses: more, requestState: second.requestState });
  expect(third.body.result.structuredContent).toEqual({ sent: true });
  expect(ran).toHaveBeenCalledTimes(1);
});

test('shows all of it, and asks nothing where it is too long to be shown whole, by the field’s name', async () => {
  serveTool();
  const long = 'x'.repeat(10_000);
  const shown = (await send({ arguments: { to: `bob\r\n${long}` } })).body.result.inputRequests.confirmation;
  expect(shown.params.message).toBe(`Send to bob\n${long}?`);
  const { result } = (await send({ arguments: { to: 'x'.repeat(20_000) } })).body;
  expect(result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/too long to be shown to them whole\. Nothing was done\. Shorten to\./) }],
  });
  expect(ran).not.toHaveBeenCalled();
});

test('shows nothing hidden of what others wrote in it, such as the name of a record', async () => {
  const message = () => 'Send to Bob\u202E\u{E0041}\u200B \u001B[2J?';
  serve({ tools: [tool({ name: 'send', input: z.looseObject({}), confirm: { message, otherwise: 'refuse' } })] });
  expect((await send()).body.result.inputRequests.confirmation.params.message).toBe('Send to Bob ?');
});

describe.each([
  ['can', able],
  ['can’t', {}],
])('where the client %s ask', (_name, _meta) => {
  test('what a person wouldn’t see in it is refused, though the tool’s own schema takes it', async () => {
    serveTool('proceed');
    const texts = {
      'bob\u001B]0;and mallory\u0007': 'U\\+001B at position 4',
      'bob\u{E0061}': 'U\\+E0061',
      'bob\u202E': 'U\\+202E',
      'mallory\rbob': 'U\\+000D',
    };
    for (const [to, said] of Object.entries(texts)) {
      const { body } = await send({ arguments: { to }, _meta });
      expect(body.result).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(new RegExp(`^Invalid arguments for send: to: .*${said}`)) }],
      });
    }
    expect(ran).not.toHaveBeenCalled();
  });

  test('so is one in a list, an object or a name that the caller chose', async () => {
    const input = z.strictObject({ list: z.array(z.looseObject({})) });
    const message = () => 'Send?';
    const run = async (given: object) => {
      ran(given);
      return { structured: {}, markdown: 'sent' };
    };
    serve({ tools: [tool({ name: 'send', input, confirm: { message, otherwise: 'proceed' }, run })] });
    for (const item of [{ a: 'b\u200B' }, { 'a\u200B': 'b' }]) {
      const { body } = await send({ arguments: { list: [{}, item] }, _meta });
      expect(body.result.content[0].text).toMatch(/^Invalid arguments for send: list\.1.*U\+200B/);
    }
    expect(ran).not.toHaveBeenCalled();
  });
});

describe.each(wires)('where the client can’t be asked, on the $revision wire', ({ send }) => {
  const params = { name: 'send', arguments: { to: 'bob' } };

  test('a tool that refuses then says why, and what to do', async () => {
    serveTool('refuse');
    const { body } = await send(token, 'tools/call', params);
    expect(body.result).toMatchObject({
      isError: true,
      content: [
        {
          text: "“Send” needs the user's confirmation, and this client cannot ask for it. Nothing was done. Tell the user: it can be done in Shelf itself, or from a client that supports MCP elicitation.",
        },
      ],
    });
    expect(ran).not.toHaveBeenCalled();
    await recordedEvent(sessionId, { action: 'tool_call', outcome: 'refused', reason: 'confirmation_unavailable' });
  });

  test('a tool that proceeds then runs', async () => {
    serveTool('proceed');
    expect((await send(token, 'tools/call', params)).body.result.structuredContent).toEqual({ sent: true });
  });

  test('a call that needs no confirmation runs', async () => {
    serveTool('refuse');
    const draft = { ...params, arguments: { to: 'bob', draft: true } };
    expect((await send(token, 'tools/call', draft)).body.result.structuredContent).toEqual({ sent: true });
  });
});

test('a 2025-era client without a session can’t say yes by a state that it found elsewhere', async () => {
  serveTool();
  const { requestState } = (await send()).body.result;
  const params = { name: 'send', arguments: { to: 'bob' }, inputResponses: yes, requestState };
  await legacyMcp(token, 'tools/call', params);
  expect(ran.mock.calls.length).toBeLessThanOrEqual(1);
});
