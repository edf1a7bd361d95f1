// What counts as a plain request, and which of them have the same shape: what the SDK found out about one holds for all
// of them. That answers are the same is tested over HTTP (test/gateway/fast-path/).
import { modernMeta } from '../../../support/envelope';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../../../../src/mcp/calls/message';
import { plainRequest, type PlainRequest } from '../../../../src/mcp/fast-path/request-shape';

const headers = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  'MCP-Protocol-Version': '2026-07-28',
  'Mcp-Method': 'tools/call',
  'Mcp-Name': 'work',
};
const meta = modernMeta;

function plain(params: object = {}, message: object = {}, more: Record<string, string> = {}): PlainRequest | undefined {
  const http = new Request('https://gateway.example/mcp', { method: 'POST', headers: { ...headers, ...more } });
  const value = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'work', arguments: {}, _meta: meta, ...params },
    ...message,
  };
  return plainRequest({ http, message: messageOf(JSON.parse(JSON.stringify(value))) });
}
const shapeOf = (more: object): string | undefined => plain({ _meta: { ...meta, ...more } })?.shape;
const usual = plain()?.shape;

test('a call and a list are plain', () => {
  expect(plain({ arguments: { a: 1 } }, { id: 'x' })).toMatchObject({
    method: 'tools/call',
    id: 'x',
    name: 'work',
    arguments: { a: 1 },
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

test('a call and a list are plain in a session, too; a GET and what is no JSON are not', () => {
  expect(plain({}, {}, { 'Mcp-Session-Id': 'x' })).toMatchObject({ method: 'tools/call', mcpSessionId: 'x' });
  expect(plain({}, { method: 'tools/list', params: {} }, { 'Mcp-Session-Id': 'x' })).toMatchObject({
    method: 'tools/list',
    mcpSessionId: 'x',
  });
  const get = new Request('https://gateway.example/mcp', { headers });
  expect(plainRequest({ http: get, message: { kind: 'none' } })).toBeUndefined();
  const post = new Request(get, { method: 'POST' });
  expect(plainRequest({ http: post, message: { kind: 'refused', why: 'malformed' } })).toBeUndefined();
  for (const value of [[], 'x', null, {}])
    expect(plainRequest({ http: post, message: messageOf(value) })).toBeUndefined();
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
  });

  test('are not taken for those of the protocol', () => {
    const level = 'io.modelcontextprotocol/logLevel';
    expect(shapeOf({ [level]: 'info' })).not.toBe(shapeOf({ [level]: 'debug' }));
    // The kind of one is not the value of another.
    expect(shapeOf({ own: 'x' })).not.toBe(shapeOf({ own: ['string'] }));
  });
});
