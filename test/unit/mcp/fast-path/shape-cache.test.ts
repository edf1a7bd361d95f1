// What an isolate remembers of requests is bounded, whatever clients send. That the answers are the same is tested over
// HTTP (test/gateway/fast-path/).
import { describe, expect, test } from 'vitest';
import type { Lists } from '../../../../src/mcp/calls/catalogue';
import type { Negotiated } from '../../../../src/mcp/calls/client';
import type { PlainCall } from '../../../../src/mcp/fast-path/request-shape';
import {
  MAX_SESSIONS,
  MAX_SHAPES,
  MAX_SHAPES_OF_SESSION,
  SESSION_MS,
  ShapeCache,
} from '../../../../src/mcp/fast-path/shape-cache';

const call = (mcpSessionId: string | undefined, shape = 'usual'): PlainCall => ({
  method: 'tools/call',
  id: 1,
  mcpSessionId,
  name: 'work',
  arguments: {},
  shape,
});
const lists: Lists = {
  instructions: '',
  ttlMs: 0,
  tools: [],
  prompts: [],
  resources: [],
  resourceTemplates: [],
};
const modern: Negotiated = { era: 'modern', info: { name: 'test', version: '1' }, capabilities: {} };
const legacy: Negotiated = { era: 'legacy', info: undefined, capabilities: {} };

describe('shapes without a session', () => {
  const plain = (shape: string) => call(undefined, shape);

  test('are known again, to everybody and for good', () => {
    let now = 0;
    const cache = new ShapeCache(() => now);
    cache.add(plain('a'), 'oauth', modern, lists);
    now = 100 * SESSION_MS;
    expect(cache.find(plain('a'), 'another')).toEqual(modern);
    expect(cache.find(plain('b'), 'oauth')).toBeUndefined();
  });

  test('are bounded: the one goes that was used least lately, and one that is known is not added again', () => {
    const cache = new ShapeCache(() => 0);
    for (let count = 0; count < MAX_SHAPES; count += 1) cache.add(plain(String(count)), 'oauth', modern, lists);
    cache.add(plain('1'), 'oauth', modern, lists);
    expect(cache.size).toBe(MAX_SHAPES);
    expect(cache.find(plain('0'), 'oauth')).toEqual(modern);
    cache.add(plain('new'), 'oauth', modern, lists);
    expect(cache.size).toBe(MAX_SHAPES);
    expect(cache.find(plain('1'), 'oauth')).toBeUndefined();
    expect(cache.find(plain('0'), 'oauth')).toEqual(modern);
    expect(cache.find(plain('new'), 'oauth')).toEqual(modern);
  });

  test('stay as long as they are used, whatever else is sent', () => {
    const cache = new ShapeCache(() => 0);
    cache.add(plain('in use'), 'oauth', modern, lists);
    for (let count = 0; count < 3 * MAX_SHAPES; count += 1) {
      cache.add(plain(String(count)), 'oauth', modern, lists);
      expect(cache.find(plain('in use'), 'oauth')).toEqual(modern);
    }
    expect(cache.size).toBe(MAX_SHAPES);
  });
});

describe('shapes within sessions', () => {
  test('are bounded: the session goes that was used least lately', () => {
    const cache = new ShapeCache(() => 0);
    for (let count = 0; count <= MAX_SESSIONS; count += 1) {
      cache.add(call(`s${count}`), 'oauth', legacy, lists);
      cache.find(call('s0'), 'oauth');
    }
    expect(cache.size).toBe(MAX_SESSIONS);
    expect(cache.find(call('s0'), 'oauth')).toEqual(legacy);
    expect(cache.find(call('s1'), 'oauth')).toBeUndefined();
  });

  test('are so many of each', () => {
    const cache = new ShapeCache(() => 0);
    for (let count = 0; count <= MAX_SHAPES_OF_SESSION; count += 1)
      cache.add(call('s', `shape ${count}`), 'oauth', legacy, lists);
    const known = (count: number) => cache.find(call('s', `shape ${count}`), 'oauth') !== undefined;
    expect([known(0), known(MAX_SHAPES_OF_SESSION - 1), known(MAX_SHAPES_OF_SESSION)]).toEqual([true, true, false]);
  });

  test('count for a minute, for one OAuth session, and until the session ends', () => {
    let now = 0;
    const cache = new ShapeCache(() => now);
    cache.add(call('s', 'one'), 'oauth', legacy, lists);
    cache.add(call('s', 'two'), 'oauth', legacy, lists);
    expect(cache.find(call('s', 'one'), 'another')).toBeUndefined();
    now = SESSION_MS - 1;
    expect(cache.find(call('s', 'one'), 'oauth')).toEqual(legacy);
    now = SESSION_MS;
    expect(cache.find(call('s', 'one'), 'oauth')).toBeUndefined();
    // What the object accepted from another one's OAuth session says nothing of the first.
    cache.add(call('s', 'one'), 'another', legacy, lists);
    expect(cache.find(call('s', 'one'), 'oauth')).toBeUndefined();
    expect(cache.find(call('s', 'two'), 'another')).toBeUndefined();
    cache.forget('s');
    expect(cache.find(call('s', 'one'), 'another')).toBeUndefined();
    // No other session of this name, and none of no name.
    expect(cache.find(call(undefined, 'one'), 'another')).toBeUndefined();
  });

  test('keep the lists that the client was given last, until another OAuth session comes', () => {
    const cache = new ShapeCache(() => 0);
    const list = { method: 'tools/list', id: 1, mcpSessionId: 's', shape: 'list' } as const;
    cache.add(call('s'), 'oauth', legacy, lists);
    expect(cache.listsOf('s')).toBeUndefined();
    cache.add(list, 'oauth', legacy, lists);
    cache.add(call('s'), 'oauth', legacy, { ...lists, ttlMs: 1 });
    expect(cache.listsOf('s')).toBe(lists);
    cache.add(call('s'), 'another', legacy, lists);
    expect(cache.listsOf('s')).toBeUndefined();
  });
});
