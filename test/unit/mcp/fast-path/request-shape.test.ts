// What counts as a plain request, and which of them have the same shape: what the SDK found out about one holds for all
// of them. That answers are the same is tested over HTTP (test/integration/mcp-plain-*.test.ts).
import { modernMeta } from '../../../support/envelope';
import { describe, expect, test } from 'vitest';
import {
  KnownShapes,
  MAX_SHAPES,
  plainRequest,
  type PlainRequest,
  type Shape,
} from '../../../../src/mcp/fast-path/request-shape';

const headers = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  'MCP-Protocol-Version': '2026-07-28',
  'Mcp-Method': 'tools/call',
  'Mcp-Name': 'work',
};
const meta = modernMeta;
const found: Shape = { era: 'modern', info: { name: 'test', version: '1' }, capabilities: {} };

function plain(params: object = {}, message: object = {}, more: Record<string, string> = {}): PlainRequest | undefined {
  const http = new Request('https://gateway.example/mcp', { method: 'POST', headers: { ...headers, ...more } });
  const value = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'work', arguments: {}, _meta: meta, ...params },
    ...message,
  };
  return plainRequest(http, { kind: 'json', value: JSON.parse(JSON.stringify(value)) });
}
const shapeOf = (more: object): string | undefined => plain({ _meta: { ...meta, ...more } })?.shape;
const usual = plain()?.shape;

test('a call and a list are plain', () => {
  expect(plain({ arguments: { a: 1 } }, { id: 'x' })).toMatchObject({
    method: 'tools/call',
    id: 'x',
    name: 'work',
    arguments: { a: 1 },
    wantsProgress: false,
  });
  const list = { method: 'tools/list', params: { _meta: meta } };
  expect(plain({}, list, { 'Mcp-Method': 'tools/list' })).toMatchObject({ method: 'tools/list', id: 1 });
  expect(plain({}, { ...list, params: undefined })).toMatchObject({ method: 'tools/list' });
});

test('what the call is about is no part of its shape, and whom it comes from is', () => {
  const other = plain({ name: 'play', arguments: { a: 1 } }, { id: 2 }, { 'Mcp-Name': 'play' });
  expect(other?.shape).toBe(usual);
  expect(shapeOf({ 'io.modelcontextprotocol/clientInfo': { name: 'other', version: '1' } })).not.toBe(usual);
  expect(plain({}, {}, { Accept: 'application/json' })?.shape).not.toBe(usual);
  const list = { method: 'tools/list', params: {} };
  expect(plain({}, list, { 'Mcp-Name': 'x' })?.shape).not.toBe(plain({}, list)?.shape);
});

test.each([
  ['a list with a cursor', {}, { method: 'tools/list', params: { cursor: 'x', _meta: meta } }],
  ['another method', {}, { method: 'prompts/get' }],
  ['a task', { task: {} }, {}],
  ['an answer to a question', { inputResponses: {} }, {}],
  ['a fraction as id', {}, { id: 1.5 }],
  ['no id', {}, { id: undefined }],
  ['a member that the protocol has not', {}, { more: 1 }],
  ['a list as arguments', { arguments: [] }, {}],
  ['a list as _meta', { _meta: [] }, {}],
])('%s is not plain', (_what, params, message) => {
  expect(plain(params, message)).toBeUndefined();
});

test('a list in a session, a GET and what is no JSON are not plain', () => {
  expect(plain({}, {}, { 'Mcp-Session-Id': 'x' })).toMatchObject({ method: 'tools/call', mcpSessionId: 'x' });
  expect(plain({}, { method: 'tools/list', params: {} }, { 'Mcp-Session-Id': 'x' })).toBeUndefined();
  const get = new Request('https://gateway.example/mcp', { headers });
  expect(plainRequest(get, { kind: 'json', value: { jsonrpc: '2.0', id: 1, method: 'tools/list' } })).toBeUndefined();
  const post = new Request(get, { method: 'POST' });
  expect(plainRequest(post, { kind: 'malformed' })).toBeUndefined();
  expect(plainRequest(post, { kind: 'json', value: [] })).toBeUndefined();
});

test('a shape that is long is not plain, whatever makes it long', () => {
  const long = 'x'.repeat(2_048);
  expect(plain({}, {}, { Accept: long })).toBeUndefined();
  expect(shapeOf({ [long]: 1 })).toBeUndefined();
  expect(shapeOf({ own: { long } })).toBeUndefined();
  expect(shapeOf({ 'io.modelcontextprotocol/clientInfo': { name: long, version: '1' } })).toBeUndefined();
  expect(shapeOf({ own: long })).toBeDefined();
  expect(plain({ arguments: { long } })?.shape).toBe(usual);
});

describe('values of a client in _meta', () => {
  test('make no shape of their own, unless they are objects', () => {
    const first = shapeOf({ 'claudecode/toolUseId': 'toolu_1', attempt: 1, flag: true });
    expect(first).not.toBe(usual);
    expect(shapeOf({ 'claudecode/toolUseId': 'toolu_2', attempt: 2, flag: false })).toBe(first);
    expect(shapeOf({ own: { id: 1 } })).not.toBe(shapeOf({ own: { id: 2 } }));
  });

  test('are of one shape with those of their kind only', () => {
    const values = ['x', 1, 1.5, null, true, {}, []];
    expect(new Set(values.map((value) => shapeOf({ progressToken: value }))).size).toBe(values.length);
    expect(shapeOf({ progressToken: 'x' })).toBe(shapeOf({ progressToken: 'y' }));
    expect(shapeOf({ progressToken: 1 })).toBe(shapeOf({ progressToken: -7 }));
    expect(shapeOf({ progressToken: 2 ** 53 })).toBe(shapeOf({ progressToken: 1.5 }));
    expect(plain({ _meta: { progressToken: 0 } })).toMatchObject({ wantsProgress: true });
  });

  test('are not taken for those of the protocol', () => {
    const level = 'io.modelcontextprotocol/logLevel';
    expect(shapeOf({ [level]: 'info' })).not.toBe(shapeOf({ [level]: 'debug' }));
    // The kind of one is not the value of another.
    expect(shapeOf({ own: 'x' })).not.toBe(shapeOf({ own: ['string'] }));
  });
});

describe('shapes that the SDK has let through', () => {
  const asPlain = (shape: string): PlainRequest => ({ method: 'tools/list', id: 1, mcpSessionId: undefined, shape });

  test('are known again', () => {
    const shapes = new KnownShapes();
    shapes.add(asPlain('a'), found);
    expect(shapes.of(asPlain('a'))).toEqual(found);
    expect(shapes.of(asPlain('b'))).toBeUndefined();
  });

  test('are bounded: the one goes that was used least lately, and one that is known is not added again', () => {
    const shapes = new KnownShapes();
    for (let count = 0; count < MAX_SHAPES; count += 1) shapes.add(asPlain(String(count)), found);
    shapes.add(asPlain('1'), found);
    expect(shapes.size).toBe(MAX_SHAPES);
    expect(shapes.of(asPlain('0'))).toEqual(found);
    shapes.add(asPlain('new'), found);
    expect(shapes.size).toBe(MAX_SHAPES);
    expect(shapes.of(asPlain('1'))).toBeUndefined();
    expect(shapes.of(asPlain('0'))).toEqual(found);
    expect(shapes.of(asPlain('new'))).toEqual(found);
  });

  test('stay as long as they are used, whatever else is sent', () => {
    const shapes = new KnownShapes();
    shapes.add(asPlain('in use'), found);
    for (let count = 0; count < 3 * MAX_SHAPES; count += 1) {
      shapes.add(asPlain(String(count)), found);
      expect(shapes.of(asPlain('in use'))).toEqual(found);
    }
    expect(shapes.size).toBe(MAX_SHAPES);
  });
});
