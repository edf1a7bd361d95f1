// Suggestions while the user types: for a prompt's arguments and a template's variables.
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { path } from '../../../src/define/api';
import type { Completer } from '../../../src/define/context';
import { prompt, serve } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { wires } from '../../support/mcp-client';
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
});

const stages = ['new', 'negotiation', 'won'];
const byPrefix: Completer = (typed) => stages.filter((stage) => stage.startsWith(typed));

/** A prompt whose arguments `stage` (with `complete`) and `note` (without) can be filled in. */
function servePrompt(complete: Completer, scopes: [string] = ['items:read']): void {
  const args = [
    { name: 'stage', description: 'A stage', required: true, complete },
    { name: 'note', description: 'A note', required: false },
  ];
  serve({ prompts: [prompt({ name: 'review', arguments: args, upstream: 'default', scopes })] });
}

const asked = (value: string, argument = 'stage') => ({
  ref: { type: 'ref/prompt', name: 'review' },
  argument: { name: argument, value },
});

describe.each(wires)('completions, on the $revision wire', ({ send }) => {
  test('are what the completer says, put on record', async () => {
    servePrompt(byPrefix);
    const { body } = await send(token, 'completion/complete', asked('ne'));
    expect(body.result.completion).toEqual({ values: ['new', 'negotiation'], total: 2, hasMore: false });
    expect(await recordedEvent(sessionId, { action: 'completion', outcome: 'success' })).toMatchObject({
      tool: 'review',
    });
  });

  test('can ask the upstream as the caller, and know the other arguments', async () => {
    let others: unknown;
    servePrompt(async (_typed, { api, caller, arguments: given }) => {
      others = given;
      const { id } = await api.get(path`/v1/items/${'item_0001'}`, z.object({ id: z.string() }));
      return [id, caller.tenantId];
    });
    const context = { arguments: { note: 'urgent' } };
    const { body } = await send(token, 'completion/complete', { ...asked(''), context });
    expect(body.result.completion.values).toEqual(['item_0001', 'acme']);
    expect(others).toEqual({ note: 'urgent' });
  });

  test('are at most a hundred, and say how many there are', async () => {
    servePrompt(() => Array.from({ length: 250 }, (_, index) => `value ${index}`));
    const { completion } = (await send(token, 'completion/complete', asked(''))).body.result;
    expect(completion.values).toHaveLength(100);
    expect(completion).toMatchObject({ total: 250, hasMore: true });
  });

  test('leave out what is too long for a menu, and ask nothing for what is too long to be a beginning', async () => {
    servePrompt((typed) => (typed === '' ? ['short', 'x'.repeat(257)] : ['asked after all']));
    expect((await send(token, 'completion/complete', asked(''))).body.result.completion).toEqual({
      values: ['short'],
      total: 1,
      hasMore: false,
    });
    const { body } = await send(token, 'completion/complete', asked('x'.repeat(257)));
    expect(body.result.completion.values).toEqual([]);
  });

  test('are empty for an argument without suggestions', async () => {
    servePrompt(byPrefix);
    const { body } = await send(token, 'completion/complete', asked('', 'note'));
    expect(body.result.completion.values).toEqual([]);
  });

  test('of a template’s variables are found by the template', async () => {
    const ref = { type: 'ref/resource', uri: 'shelf://stages/{stage}/{day}' };
    serve({
      resourceTemplates: [
        {
          uriTemplate: ref.uri,
          name: 'stages',
          title: 'Stages',
          description: 'Stages.',
          mimeType: 'text/plain',
          scopes: ['items:read'],
          upstream: 'none',
          read: async () => [],
          complete: { stage: byPrefix },
        },
      ],
    });
    const complete = (name: string) => send(token, 'completion/complete', { ref, argument: { name, value: 'w' } });
    expect((await complete('stage')).body.result.completion.values).toEqual(['won']);
    expect((await complete('day')).body.result.completion.values).toEqual([]);
    expect((await complete('constructor')).body.error).toMatchObject({ code: -32602 });
  });

  test.each([
    ['another prompt', { ref: { type: 'ref/prompt', name: 'other' } }],
    ['a template that isn’t there', { ref: { type: 'ref/resource', uri: 'shelf://{x}' } }],
    ['an argument that isn’t there', { argument: { name: 'constructor', value: '' } }],
    ['arguments beyond measure', { context: { arguments: { note: 'x'.repeat(1_001) } } }],
  ])('for %s are refused', async (_name, changes) => {
    servePrompt(byPrefix);
    const { status, body } = await send(token, 'completion/complete', { ...asked('n'), ...changes });
    expect(status).toBe(200);
    expect(body.error).toMatchObject({ code: -32602 });
  });

  test('beyond the token’s scopes are a 403 step-up, and ask nothing', async () => {
    let called = false;
    servePrompt(() => {
      called = true;
      return [];
    }, ['items:write']);
    expect((await send(token, 'completion/complete', asked(''))).status).toBe(403);
    expect(called).toBe(false);
  });

  test('that break tell nothing but the request id', async () => {
    servePrompt(() => Promise.reject(new Error('secret detail')));
    const { headers, body } = await send(token, 'completion/complete', asked(''));
    expect(body.error).toMatchObject({ code: -32603, message: expect.stringContaining(headers.get('X-Request-Id')!) });
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});
