// The server of a 2025-era session, talked to by the SDK's own client over an in-memory pair: what takes a session on
// that wire. The session's object around it (ids, streams, eviction) has tests of its own.
import { Client, type ClientOptions } from '@modelcontextprotocol/client';
import { InMemoryTransport, type JSONRPCMessage, type TransportSendOptions } from '@modelcontextprotocol/server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { ask } from '../../../../src/define/context';
import type { GatewayDefinition } from '../../../../src/define/gateway';
import type { AnyTool, NonInteractiveTool } from '../../../../src/define/tool';
import type { GivenTool } from '../../../support/definition';
import { createCatalogue } from '../../../../src/mcp/calls/catalogue';
import { authInfoOf, Exchange } from '../../../../src/mcp/calls/request-context';
import { createServer } from '../../../../src/mcp/protocol/server';
import { product } from '../../../product/definition';
import { reads } from '../../../product/schemas';
import { requestTo } from '../requests';

const open: Client[] = [];
afterEach(() => Promise.all(open.splice(0).map((client) => client.close())));

function tool(given: GivenTool): AnyTool {
  return {
    name: 'work',
    title: 'Work',
    description: 'Works.',
    scopes: ['items:read'],
    upstream: 'none',
    input: z.strictObject({ to: z.string().optional() }),
    output: z.looseObject({}),
    hints: reads,
    run: async () => ({ structured: {}, markdown: 'done' }),
    ...given,
  };
}

/** A session of a client with these abilities; every message carries its exchange, as behind the edge. */
async function connect(parts: Partial<GatewayDefinition>, capabilities: ClientOptions['capabilities'] = {}) {
  const definition: GatewayDefinition = {
    ...product,
    tools: [],
    prompts: [],
    resources: [],
    resourceTemplates: [],
    ...parts,
  };
  const subscriptions = {
    subscribe: vi.fn<(uri: string) => Promise<void>>(),
    unsubscribe: vi.fn<(uri: string) => Promise<void>>(),
  };
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const { request } = requestTo(definition);
  const server = createServer(definition, createCatalogue(definition), 'session', request.access, subscriptions);
  const send = clientSide.send.bind(clientSide);
  const exchanges: Exchange[] = [];
  clientSide.send = (message: JSONRPCMessage, _options?: TransportSendOptions) => {
    const exchange = new Exchange(request, new AbortController().signal, { interactive: true });
    exchanges.push(exchange);
    return send(message, { authInfo: authInfoOf(exchange) });
  };
  await server.connect(serverSide);
  const client = new Client({ name: 'test', version: '1' }, { capabilities });
  open.push(client);
  return { client, server, subscriptions, exchanges, start: () => client.connect(clientSide) };
}

const form = {
  method: 'elicitation/create',
  params: {
    message: 'Who?',
    requestedSchema: { type: 'object', properties: { name: { type: 'string', default: 'Ada' } } },
  },
} as const;
const call = { name: 'work', arguments: { to: 'bob' } };

describe('a tool that asks', () => {
  test('is answered over the session’s stream, from the same code as in 2026-07-28', async () => {
    const asks = tool({
      interactive: true,
      run: async (_input, { round, client }) => {
        if (round.state === 'asked') return { structured: { answer: round.responses['who'] }, markdown: 'done' };
        return client.can('elicitation') ? ask({ who: form }, 'asked') : { structured: {}, markdown: 'cannot ask' };
      },
    });
    const { client, start, exchanges } = await connect({ tools: [asks] }, { elicitation: {} });
    const seen = vi.fn<(params: unknown) => void>();
    client.setRequestHandler('elicitation/create', ({ params }) => {
      seen(params);
      return { action: 'accept', content: { name: 'Bob' } };
    });
    await start();
    const result = await client.callTool(call);
    expect(result.structuredContent).toEqual({ answer: { action: 'accept', content: { name: 'Bob' } } });
    expect(seen.mock.calls[0]?.[0]).toMatchObject(form.params);
    // One call, one outcome.
    expect(exchanges.map(({ end }) => end).filter(Boolean)).toEqual([{ outcome: 'success', reason: null }]);
  });

  test('can ask for sampling and for roots', async () => {
    const sampling = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 9 } } as const;
    const asks = tool({
      interactive: true,
      run: async (_input, { round }) =>
        round.responses['text']
          ? { structured: { ...round.responses }, markdown: 'done' }
          : ask({ text: sampling, roots: { method: 'roots/list' } }),
    });
    const { client, start } = await connect({ tools: [asks] }, { sampling: {}, roots: {} });
    const content = { type: 'text', text: 'Paris' } as const;
    client.setRequestHandler('sampling/createMessage', () => ({ role: 'assistant', model: 'm', content }));
    client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///a' }] }));
    await start();
    expect((await client.callTool(call)).structuredContent).toMatchObject({
      text: { content },
      roots: { roots: [{ uri: 'file:///a' }] },
    });
  });

  test('of a client that can’t be asked is an error in words', async () => {
    const { client, start } = await connect({
      tools: [tool({ interactive: true, run: async () => ask({ who: form }) })],
    });
    await start();
    expect(await client.callTool(call)).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('which it does not offer here') }],
    });
  });
});

describe('a tool that wants a confirmation', () => {
  const run = vi.fn<NonInteractiveTool['run']>(async () => ({ structured: {}, markdown: 'done' }));
  const confirmed = tool({ run, confirm: { message: (input) => `To ${String(input['to'])}?`, otherwise: 'refuse' } });

  test.each([
    ['yes', { action: 'accept', content: { confirm: true } }, 1],
    ['no', { action: 'accept', content: { confirm: false } }, 0],
    ['nothing', { action: 'decline' }, 0],
  ] as const)('runs %#: the user said %s', async (_word, answer, times) => {
    run.mockClear();
    const { client, start, exchanges } = await connect({ tools: [confirmed] }, { elicitation: {} });
    const asked = vi.fn<() => typeof answer>(() => answer);
    client.setRequestHandler('elicitation/create', asked as never);
    await start();
    const result = await client.callTool(call);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(run).toHaveBeenCalledTimes(times);
    expect(result.isError ?? false).toBe(times === 0);
    expect(exchanges.map(({ end }) => end?.reason).filter((reason) => reason !== undefined)).toEqual([
      times === 1 ? null : 'declined',
    ]);
  });

  test('that fails on the way is not run', async () => {
    run.mockClear();
    const { client, start } = await connect({ tools: [confirmed] }, { elicitation: {} });
    client.setRequestHandler('elicitation/create', () => Promise.reject(new Error('the window was closed')));
    await start();
    expect((await client.callTool(call)).isError).toBe(true);
    expect(run).not.toHaveBeenCalled();
  });
});

test('progress and log messages reach the client, from the level that it set', async () => {
  const talks = tool({
    interactive: true,
    run: async (_input, { progress, log }) => {
      await progress(1, 2);
      await log('info', 'not this');
      await log('error', 'but this');
      await progress(2, 2);
      return { structured: {}, markdown: 'done' };
    },
  });
  const { client, start } = await connect({ tools: [talks] });
  const progress = vi.fn<(progress: unknown) => void>();
  const logged = vi.fn<(params: unknown) => void>();
  client.setNotificationHandler('notifications/message', ({ params }) => logged(params));
  await start();
  await client.setLoggingLevel('warning');
  await client.callTool(call, { onprogress: progress });
  expect(progress.mock.calls).toMatchObject([[{ progress: 1, total: 2 }], [{ progress: 2, total: 2 }]]);
  expect(logged.mock.calls).toEqual([[{ level: 'error', data: 'but this' }]]);
});

test('notifications/cancelled aborts the run, and with it its requests to the upstream', async () => {
  const aborted = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const waits = tool({
    run: async (_input, { signal }) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      aborted.resolve();
      return { structured: {}, markdown: 'too late' };
    },
  });
  const { client, start } = await connect({ tools: [waits] });
  await start();
  const user = new AbortController();
  const answer = client.callTool(call, { signal: user.signal });
  await begun.promise;
  user.abort();
  await expect(answer).rejects.toThrow();
  await aborted.promise;
});

describe('subscriptions', () => {
  const about = {
    uri: 'shelf://about',
    name: 'about',
    title: 'About',
    description: 'About.',
    mimeType: 'text/plain',
    scopes: ['items:read'],
    upstream: 'none',
    read: async () => [],
  } as const;

  test('are the session’s to keep', async () => {
    const { client, start, subscriptions } = await connect({ resources: [about] });
    await start();
    await client.subscribeResource({ uri: 'shelf://about' });
    expect(subscriptions.subscribe).toHaveBeenCalledWith('shelf://about');
    await client.unsubscribeResource({ uri: 'shelf://about' });
    expect(subscriptions.unsubscribe).toHaveBeenCalledWith('shelf://about');
  });

  test('that break tell nothing but the request id', async () => {
    const { client, start, subscriptions } = await connect({ resources: [about] });
    await start();
    subscriptions.unsubscribe.mockRejectedValue(new Error('secret detail'));
    await expect(client.unsubscribeResource({ uri: 'shelf://about' })).rejects.toMatchObject({
      code: -32603,
      message: expect.stringMatching(/^(?!.*secret).*request id request-1/s),
    });
  });

  test('take a resource that is there, and that the caller may read', async () => {
    const hidden = { ...about, uri: 'shelf://hidden', name: 'hidden', scopes: ['machines:write'] } as const;
    const { client, start, subscriptions } = await connect({ resources: [about, hidden] });
    await start();
    for (const uri of ['shelf://other', 'shelf://hidden'])
      await expect(client.subscribeResource({ uri })).rejects.toMatchObject({ code: -32602, data: { uri } });
    expect(subscriptions.subscribe).not.toHaveBeenCalled();
  });
});
