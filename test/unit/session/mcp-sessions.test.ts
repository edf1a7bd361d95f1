// Which MCP session makes room: the one that was used least lately, also after the object was evicted.
import { beforeEach, expect, test } from 'vitest';
import { MAX_MCP_SESSIONS } from '../../../src/session/limits';
import { McpSessions } from '../../../src/session/mcp-sessions';
import { FakeKv } from './fakes';

let kv: FakeKv;
let now: number;
let sessions: McpSessions;
const evict = (): void => void (sessions = new McpSessions(kv, () => now));
const add = (id: string, ...listening: string[]): string[] => sessions.add(id, new Set(listening));
beforeEach(() => {
  [kv, now] = [new FakeKv(), 1_000];
  evict();
  for (let count = 0; count < MAX_MCP_SESSIONS; count += 1) add(`s${count}`);
});

test('in the order of their use', () => {
  sessions.used('s0');
  expect(add('new')).toEqual(['s1']);
  sessions.used('s2');
  expect(add('newer')).toEqual(['s3']);
});

test('a use is remembered across evictions, to five minutes', () => {
  now += 299_999;
  sessions.used('s0');
  evict();
  expect(add('new')).toEqual(['s0']);
  now += 1;
  sessions.used('s1');
  evict();
  expect(add('newer')).toEqual(['s2']);
});

test('those that listen go last, and one of them when all do', () => {
  expect(add('new', 's0', 's1')).toEqual(['s2']);
  const all = Array.from({ length: MAX_MCP_SESSIONS }, (_, at) => `s${at}`);
  expect(add('newer', ...all, 'new')).toEqual(['s0']);
});

test('the same again, or in place of one that ended, pushes nobody out', () => {
  expect(add('s5')).toEqual([]);
  sessions.remove('s7');
  expect(add('new')).toEqual([]);
  expect(add('newer')).toEqual(['s0']);
});

test('an id that nobody began changes nothing', () => {
  for (let count = 0; count < 100; count += 1) sessions.used(`made-up-${count}`);
  expect(add('new')).toEqual(['s0']);
  expect([...kv.list<string[][]>()].flatMap(([, used]) => used)).toHaveLength(MAX_MCP_SESSIONS);
});
