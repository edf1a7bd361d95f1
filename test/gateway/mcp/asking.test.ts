// A tool that asks in the middle of its work (MCP multi round-trip requests): what the client is asked, what comes back
// to the tool, and what no client can make of the state in between.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { ask, type Round } from '../../../src/define/context';
import type { InteractiveTool } from '../../../src/define/tool';
import { serve, tool } from '../../support/definition';
import { catchLogs, type Logs } from '../../support/logs';
import { legacyMcp, mcp } from '../../support/mcp-client';
import { recordedEvent } from '../../support/records';
import { World } from '../../support/world';

const form = {
  method: 'elicitation/create',
  params: { message: 'Your name?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } },
} as const;
const able = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {}, sampling: {}, roots: {} } };

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
afterEach(() => vi.useRealTimers());

/** A tool of three rounds that carries on what it heard; each round is kept. */
function serveRounds(): Round[] {
  const rounds: Round[] = [];
  const input = z.strictObject({ item: z.string().optional() });
  const twoQuestions = tool({
    name: 'two_questions',
    interactive: true,
    input,
    run: async (_input, { round }) => {
      rounds.push(structuredClone(round));
      const heard = (round.state as string[] | undefined) ?? [];
      if (heard.length < 2) return ask({ question: form }, [...heard, `round ${heard.length + 1}`]);
      return { structured: { heard }, markdown: 'done' };
    },
  });
  const run = async (_input: object, { round }: { round: Round }) => {
    rounds.push(structuredClone(round));
    return { structured: {}, markdown: 'done' };
  };
  serve({ tools: [twoQuestions, tool({ name: 'other', interactive: true, run })] });
  return rounds;
}

const call = (more: Record<string, unknown> = {}, as = token) =>
  mcp(as, 'tools/call', { name: 'two_questions', arguments: {}, _meta: able, ...more });
const answered = { question: { action: 'accept', content: { name: 'Ada' } } };
const refused = { code: -32602, message: 'Invalid or expired requestState', data: { reason: 'invalid_request_state' } };

test('goes on, round by round, with the responses and the state of the round before', async () => {
  const rounds = serveRounds();
  const first = await call();
  expect(first.body.result).toMatchObject({ resultType: 'input_required', inputRequests: { question: form } });
  const second = await call({ inputResponses: answered, requestState: first.body.result.requestState });
  expect(second.body.result).toMatchObject({ resultType: 'input_required' });
  expect(second.body.result.requestState).not.toBe(first.body.result.requestState);
  const third = await call({ inputResponses: answered, requestState: second.body.result.requestState });
  expect(third.body.result.structuredContent).toEqual({ heard: ['round 1', 'round 2'] });
  expect(rounds).toEqual([
    { responses: {}, state: undefined },
    { responses: answered, state: ['round 1'] },
    { responses: answered, state: ['round 1', 'round 2'] },
  ]);
  await recordedEvent(sessionId, { action: 'tool_call', outcome: 'success', reason: 'input_requested' });
});

describe('its state', () => {
  test('is refused with a bit changed, and the tool doesn’t run', async () => {
    const rounds = serveRounds();
    const state: string = (await call()).body.result.requestState;
    const [version = '', body = '', mac = ''] = state.split('.');
    const forged = btoa(atob(body.replaceAll('-', '+').replaceAll('_', '/')).replace('round 1', 'round 9'));
    const changed = [
      `${version}.${forged.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.${mac}`,
      `${state}-TAMPERED`,
      `${version}.${body}.`,
      body,
      '',
      'null',
    ];
    for (const requestState of changed)
      expect((await call({ inputResponses: answered, requestState })).body.error, requestState).toEqual(refused);
    expect((await call({ inputResponses: answered, requestState: { p: 1 } })).body.error).toMatchObject({
      code: -32602,
    });
    expect(rounds).toHaveLength(1);
  });

  test('is refused after five minutes', async () => {
    serveRounds();
    const { requestState } = (await call()).body.result;
    world.advance(299_000);
    expect((await call({ inputResponses: answered, requestState })).body.result).toBeDefined();
    world.advance(3_000);
    expect((await call({ inputResponses: answered, requestState })).body.error).toEqual(refused);
  });

  test('is refused in another session, of the same user and client or not', async () => {
    serveRounds();
    const { requestState } = (await call()).body.result;
    for (const email of ['ada@acme.example', 'grace@globex.example']) {
      const { tokens } = await world.signIn(email, { scope: 'items:read' });
      const { body } = await call({ inputResponses: answered, requestState }, tokens.access_token);
      expect(body.error, email).toEqual(refused);
    }
  });

  test('is refused for another tool', async () => {
    const rounds = serveRounds();
    const { requestState } = (await call()).body.result;
    const { body } = await call({ name: 'other', inputResponses: answered, requestState });
    expect(body.error).toEqual(refused);
    expect(rounds).toHaveLength(1);
  });

  test('counts for nothing with other arguments, and neither do the responses: it begins anew', async () => {
    const rounds = serveRounds();
    const { requestState } = (await call({ arguments: { item: 'a' } })).body.result;
    await call({ arguments: { item: 'b' }, inputResponses: answered, requestState });
    expect(rounds[1]).toEqual({ responses: {}, state: undefined });
    await call({ arguments: { item: 'a' }, inputResponses: answered, requestState });
    expect(rounds[2]).toEqual({ responses: answered, state: ['round 1'] });
  });

  test('too large to carry is the definition’s fault, and said to the operator', async () => {
    serve({
      tools: [
        tool({ name: 'two_questions', interactive: true, run: async () => ask({ question: form }, 'x'.repeat(9_000)) }),
      ],
    });
    expect((await call()).body.result).toMatchObject({ isError: true });
    expect(logs.of('tool.failed')).toMatchObject([{ problem: expect.stringContaining('at most 8192') }]);
  });
});

describe('without a state of its own', () => {
  test('gets the responses as they come, in the first round, too', async () => {
    const run = async (_input: object, { round }: { round: Round }) => {
      const { user } = round.responses as { user?: { content?: { name?: unknown } } };
      const name = user?.content?.name;
      return typeof name === 'string' ? { structured: { name }, markdown: name } : ask({ user: form });
    };
    serve({ tools: [tool({ name: 'two_questions', interactive: true, run })] });
    const first = await call();
    expect(first.body.result.requestState).toBeUndefined();
    const user = { action: 'accept', content: { name: 'Alice' } };
    const { body } = await call({ inputResponses: { user, unknown: { action: 'accept', content: {} } } });
    expect(body.result.structuredContent).toEqual({ name: 'Alice' });
    for (const inputResponses of [{ user: 12_345 }, null, { user: { method: 'x', result: {} } }])
      expect((await call({ inputResponses })).body.result.resultType).toBe('input_required');
  });
});

describe('what the client can’t be asked', () => {
  const url = {
    method: 'elicitation/create',
    params: { mode: 'url', url: 'https://x.example', message: 'Go' },
  } as const;
  const sample = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } } as const;
  const withTools = { ...sample, params: { ...sample.params, tools: [] } };
  test.each([
    ['a form, of one that declared nothing', form, {}, { elicitation: { form: {} } }],
    ['a form, of one for URLs only', form, { elicitation: { url: {} } }, { elicitation: { form: {} } }],
    ['a URL, of one for forms', url, { elicitation: {} }, { elicitation: { url: {} } }],
    ['sampling, of one for forms', sample, { elicitation: {} }, { sampling: {} }],
    ['sampling with tools, of one without', withTools, { sampling: {} }, { sampling: { tools: {} } }],
    ['roots, of one for forms', { method: 'roots/list' } as const, { elicitation: {} }, { roots: {} }],
  ])(
    '%s: the revision’s own error, naming what it takes',
    async (_name, request, capabilities, requiredCapabilities) => {
      serve({
        tools: [tool({ name: 'two_questions', interactive: true, run: async () => ask({ question: request }) })],
      });
      const meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities };
      const { status, body } = await call({ _meta: meta });
      expect(status).toBe(400);
      expect(body.error).toMatchObject({ code: -32021, data: { requiredCapabilities } });
      await recordedEvent(sessionId, { action: 'tool_call', reason: 'client_lacks_capability' });
    },
  );

  test('on the 2025 wire without a session: an error in words', async () => {
    serveRounds();
    const { status, body } = await legacyMcp(token, 'tools/call', { name: 'two_questions', arguments: {} });
    expect(status).toBe(200);
    expect(body.result).toEqual({
      isError: true,
      content: [
        {
          type: 'text',
          text: 'This needs elicitation/create of the client, which it does not offer here. Use a client that does.',
        },
      ],
    });
  });

  test('a tool can see it before it asks', async () => {
    let can: unknown;
    const run: InteractiveTool['run'] = async (_input, { client }) => {
      can = [client.name, client.can('elicitation'), client.can('sampling'), client.can('roots')];
      return { structured: {}, markdown: '' };
    };
    serve({ tools: [tool({ name: 'two_questions', interactive: true, run })] });
    await call({ _meta: { 'io.modelcontextprotocol/clientCapabilities': { sampling: {} } } });
    expect(can).toEqual(['test', false, true, false]);
    await legacyMcp(token, 'tools/call', { name: 'two_questions', arguments: {} });
    expect(can).toEqual([undefined, false, false, false]);
  });
});
