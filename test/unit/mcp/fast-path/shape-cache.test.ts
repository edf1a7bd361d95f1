// What an isolate remembers of sessions is bounded, whatever their clients send. What it is good for is tested over HTTP
// (test/gateway/fast-path/session-reads.test.ts).
import { expect, test } from 'vitest';
import type { PlainCall } from '../../../../src/mcp/fast-path/request-shape';
import { LatelyServed } from '../../../../src/mcp/fast-path/shape-cache';
import { MAX_SERVED_LATELY, MAX_SHAPES_OF_SESSION } from '../../../../src/mcp/sessions/limits';

const call = (mcpSessionId: string | undefined, shape = 'usual'): PlainCall => ({
  method: 'tools/call',
  id: 1,
  mcpSessionId,
  name: 'work',
  arguments: {},
  wantsProgress: false,
  shape,
});
const client = { info: undefined, capabilities: {} };

test('so many sessions, of which the one goes that was used least lately', () => {
  const lately = new LatelyServed(() => 0);
  for (let count = 0; count <= MAX_SERVED_LATELY; count += 1) {
    lately.served(call(`s${count}`), 'oauth', client);
    lately.shapeOf(call('s0'), 'oauth');
  }
  expect(lately.size).toBe(MAX_SERVED_LATELY);
  expect(lately.shapeOf(call('s0'), 'oauth')).toMatchObject({ era: 'legacy' });
  expect(lately.shapeOf(call('s1'), 'oauth')).toBeUndefined();
});

test('so many shapes of each', () => {
  const lately = new LatelyServed(() => 0);
  for (let count = 0; count <= MAX_SHAPES_OF_SESSION; count += 1)
    lately.served(call('s', `shape ${count}`), 'oauth', client);
  const known = (count: number) => lately.shapeOf(call('s', `shape ${count}`), 'oauth') !== undefined;
  expect([known(0), known(MAX_SHAPES_OF_SESSION - 1), known(MAX_SHAPES_OF_SESSION)]).toEqual([true, true, false]);
});

test('nothing of a call that is in no session', async () => {
  const lately = new LatelyServed(() => 0);
  lately.served(call(undefined), 'oauth', client);
  expect(await lately.watch(call(undefined), Promise.resolve(undefined))).toBeUndefined();
  expect(lately.size).toBe(0);
});
