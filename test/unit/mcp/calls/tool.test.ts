// One tool call: whatever happens in it, the model reads words that are meant for it, and the audit trail how it ended.
import type { CallToolResult } from '@modelcontextprotocol/server';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { path } from '../../../../src/define/api';
import { ToolInputError } from '../../../../src/define/errors';
import { defineGateway } from '../../../../src/define/gateway';
import { defineTool, type AnyTool, type NonInteractiveTool } from '../../../../src/define/tool';
import { callTool } from '../../../../src/mcp/calls/tool';
import { createCatalogue } from '../../../../src/mcp/calls/catalogue';
import type { McpRequest } from '../../../../src/mcp/calls/request';
import { product } from '../../../product/definition';
import { reads } from '../../../product/schemas';
import { UpstreamError, UpstreamUnauthorizedError } from '../../../../src/upstream/errors';
import { servingTo } from '../requests';

const hints = reads;

type Run = NonInteractiveTool<z.ZodObject, typeof output>['run'];

const output = z.object({ done: z.boolean() });

function toolThat(run: Run, input: z.ZodObject = z.strictObject({ id: z.string().optional() })): AnyTool {
  const description = 'A tool for tests.';
  const scopes = ['items:read'] as const;
  return defineTool({
    name: 'probe',
    title: 'Probe',
    description,
    scopes: [...scopes],
    upstream: 'default',
    input,
    output,
    hints,
    run,
  });
}

async function outcome(tool: AnyTool, args: Record<string, unknown> = {}, given: Partial<McpRequest> = {}) {
  const definition = defineGateway({ ...product, tools: [tool] });
  const { serving, lines, ends } = servingTo(definition, given);
  const result = (await callTool(serving, createCatalogue(definition), {
    name: 'probe',
    arguments: args,
  })) as CallToolResult;
  expect(ends).toHaveLength(1);
  const [content] = result.content;
  return { result, lines, end: ends[0], text: content?.type === 'text' ? content.text : '' };
}

const fails = (error: unknown): AnyTool => toolThat(() => Promise.reject(error));

test('a good call gives the data twice: structured, and as Markdown', async () => {
  const { result, end } = await outcome(toolThat(async () => ({ structured: { done: true }, markdown: '**done**' })));
  expect(result).toEqual({ structuredContent: { done: true }, content: [{ type: 'text', text: '**done**' }] });
  expect(end).toEqual({ outcome: 'success', reason: null });
});

test('what lacks scopes is not run; why is said, with the challenge where a client looks for it', async () => {
  const run = vi.fn<Run>();
  const lacking = { scopes: ['items:write'], needed: ['items:read', 'items:write'] };
  for (const why of ['role_forbids', 'user_declined', 'asked_too_often', 'in_words'] as const) {
    const given = { call: undefined, withheld: { ...lacking, why }, stepUp: 'Bearer error="insufficient_scope"' };
    const { result, text, end } = await outcome(toolThat(run), {}, given);
    expect(result.isError).toBe(true);
    expect(text).toContain('Nothing was done.');
    const { _meta: meta } = result;
    expect(meta).toEqual(why === 'in_words' ? { 'mcp/www_authenticate': [given.stepUp] } : undefined);
    expect(end?.outcome).toBe('refused');
  }
  expect(run).not.toHaveBeenCalled();
});

test('a tool gets its input as its schema makes it, and never sees a bad one', async () => {
  const run = vi.fn<Run>(async () => ({ structured: { done: true }, markdown: '' }));
  const tool = toolThat(run, z.strictObject({ limit: z.int().max(5).default(3), name: z.string().trim() }));
  await outcome(tool, { name: '  x ' });
  expect(run).toHaveBeenCalledWith({ limit: 3, name: 'x' }, expect.anything());
  run.mockClear();
  const { text, end } = await outcome(tool, { limit: 9, name: 7, other: true });
  expect(run).not.toHaveBeenCalled();
  expect(text).toMatch(/^Invalid arguments for probe: .*limit: .*name: .*"other".*Correct them/);
  expect(end).toEqual({ outcome: 'error', reason: 'invalid_arguments' });
});

describe('what a tool throws', () => {
  test('ToolInputError: field and message, as invalid arguments', async () => {
    const { text, end, lines } = await outcome(fails(new ToolInputError('quarter', 'Must not be in the past.')));
    expect(text).toBe('Invalid arguments for probe: quarter: Must not be in the past.');
    expect(end).toEqual({ outcome: 'error', reason: 'invalid_arguments' });
    expect(lines).toEqual([]);
  });

  test.each([
    ['upstream_forbidden', 'refused'],
    ['upstream_not_found', 'error'],
    ['upstream_timeout', 'error'],
  ] as const)('%s: its public message; recorded as %s', async (code, recorded) => {
    const { result, text, end, lines } = await outcome(
      fails(new UpstreamError(code, 'For the model.', 'For the log.')),
    );
    expect(result.isError).toBe(true);
    expect(text).toBe('For the model.');
    expect(end).toEqual({ outcome: recorded, reason: code });
    expect(lines).toMatchObject([
      { level: 'warn', event: 'tool.upstream_failed', fields: { reason: code, problem: 'For the log.' } },
    ]);
  });

  test('lost access: the client has to authorize again', async () => {
    const { result, end } = await outcome(fails(new UpstreamUnauthorizedError('401 twice')));
    expect(result.isError).toBe(true);
    expect(end).toEqual({ outcome: 'refused', reason: 'upstream_unauthorized', reauthorize: true });
  });

  test.each([new Error('secret at line 7'), new RangeError('secret path'), 'secret text', undefined, { secret: 1 }])(
    '%s: nothing of it but the request id, and all of it on the log',
    async (thrown) => {
      const { text, end, lines } = await outcome(fails(thrown));
      expect(text).not.toContain('secret');
      expect(text).toContain('request-1');
      expect(end).toEqual({ outcome: 'error', reason: 'internal_error' });
      expect(lines).toMatchObject([{ level: 'error', event: 'tool.failed', fields: { tool: 'probe' } }]);
    },
  );

  test('an id that is no segment of a path ends there, and asks nobody', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch');
    const tool = toolThat(async (_input, { api }) => ({
      structured: await api.get(path`/v1/things/${'..'}`, z.object({ done: z.boolean() })),
      markdown: '',
    }));
    expect((await outcome(tool)).end?.reason).toBe('internal_error');
    expect(fetch).not.toHaveBeenCalled();
    fetch.mockRestore();
  });
});

describe('the credential', () => {
  const asks = toolThat(async (_input, { api }) => ({
    structured: await api.get(path`/v1/things`, z.object({ done: z.boolean() })),
    markdown: 'x',
  }));

  test('that can not be had right now: the model is told when to come back, and the tool doesn’t run', async () => {
    const call = { eventId: 'e', credential: { kind: 'unavailable', retryAfterSeconds: 8 } } as const;
    const { text, end } = await outcome(asks, {}, { call });
    expect(text).toBe('Shelf API could not be reached to confirm your access. Try again in 8 seconds.');
    expect(end).toEqual({ outcome: 'error', reason: 'upstream_unavailable' });
  });

  test.each([
    [
      'ended',
      { kind: 'ended', reason: 'user_disabled' } as const,
      { reason: 'upstream_unauthorized', reauthorize: true },
    ],
    ['unavailable', { kind: 'unavailable', retryAfterSeconds: 2 } as const, { reason: 'upstream_unavailable' }],
  ])('that the upstream refused, and whose renewal is %s', async (_name, answer, expected) => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(null, { status: 401 }));
    const renew = vi.fn<McpRequest['renew']>(async () => answer);
    expect((await outcome(asks, {}, { renew })).end).toMatchObject(expected);
    expect(renew).toHaveBeenCalledExactlyOnceWith('shelf', 1);
    expect(fetch).toHaveBeenCalledTimes(1);
    fetch.mockRestore();
  });
});

test('a call without an intent on record is not made', async () => {
  const run = vi.fn<Run>();
  await expect(outcome(toolThat(run), {}, { call: undefined })).rejects.toMatchObject({ code: -32602 });
  expect(run).not.toHaveBeenCalled();
});

test('a tool’s time is bounded, and it hears of a client that goes away', async () => {
  const client = new AbortController();
  const definition = defineGateway({
    ...product,
    tools: [
      toolThat(async (_input, { signal }) => {
        expect(signal.aborted).toBe(false);
        client.abort();
        expect(signal.aborted).toBe(true);
        return { structured: { done: true }, markdown: '' };
      }),
    ],
  });
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  const { serving } = servingTo(definition);
  await callTool({ ...serving, signal: client.signal }, createCatalogue(definition), { name: 'probe' });
  expect(timeout.mock.calls[0]?.[0]).toBeLessThan(60_000);
  timeout.mockRestore();
});
