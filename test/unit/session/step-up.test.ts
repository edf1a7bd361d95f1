// Whether a call that lacks scopes becomes a challenge, and why not. Over HTTP: test/gateway/mcp/request-access.test.ts.
import { beforeEach, expect, test, vi } from 'vitest';
import { decide, type Access } from '../../../src/policy/access';
import { StepUps } from '../../../src/session/step-up';
import { FakeKv } from './fakes';

const CHATGPT = 'https://chatgpt.com/oauth/client.json';
const ids = { requestId: 'r', traceId: 't' };
const access: Access = {
  scopes: ['a:read'],
  attainable: ['a:read', 'b:write', 'c:read'],
  roleKnown: true,
  policy: [{ effect: 'deny', tool: 'denied' }],
};

let now: number;
let kv: FakeKv;
let stepUps: StepUps;
const note = vi.fn<() => void>();
const begin = () =>
  new StepUps({ kv, auditTrail: { note }, now: () => now, readsChallengeInResult: (clientId) => clientId === CHATGPT });
beforeEach(() => {
  now = 1_000_000;
  kv = new FakeKv();
  stepUps = begin();
});

function answerTo(scopes: readonly string[], { token = 'token-1', clientId = 'client-1', tool = 'tool' } = {}) {
  const refusal = decide(access, { kind: 'tool', name: tool, scopes });
  if (refusal.kind === 'allowed') throw new Error('nothing is refused');
  return stepUps.withhold({ clientId, token, refusal });
}

function want(scope: string, call: { token?: string; clientId?: string; tool?: string } = {}): string {
  return answerTo([scope], call)?.why ?? 'challenge';
}

test('three challenges within any hour, whatever they are for', () => {
  expect([want('b:write'), want('c:read')]).toEqual(['challenge', 'challenge']);
  now += 1_800_000;
  expect([want('b:write'), want('b:write'), want('c:read')]).toEqual([
    'challenge',
    'asked_too_often',
    'asked_too_often',
  ]);
  now += 1_799_999;
  expect(want('b:write')).toBe('asked_too_often');
  now += 1;
  expect([want('b:write'), want('b:write'), want('b:write')]).toEqual(['challenge', 'challenge', 'asked_too_often']);
});

test('what the role forbids is not counted, and not what else was asked with it', () => {
  for (let attempt = 0; attempt < 5; attempt += 1) expect(want('d:write')).toBe('role_forbids');
  expect(answerTo(['b:write', 'd:write'])).toEqual({
    why: 'role_forbids',
    scopes: ['d:write'],
    needed: ['a:read', 'b:write', 'd:write'],
  });
  expect([want('b:write'), want('b:write'), want('b:write')]).toEqual(['challenge', 'challenge', 'challenge']);
});

test('what the policy forbids is not counted, and nobody is asked for scopes that would not help', () => {
  for (const scope of ['a:read', 'b:write', 'd:write', 'b:write'])
    expect(want(scope, { tool: 'denied' })).toBe('policy_forbids');
  expect([want('b:write'), want('b:write'), want('b:write')]).toEqual(['challenge', 'challenge', 'challenge']);
});

test('none for a day after a no, which is on record and outlives the memory', () => {
  want('b:write');
  stepUps.denied(ids);
  expect(note).toHaveBeenCalledWith('refusal', 'refused', ids, { reason: 'user_declined' });
  stepUps = begin();
  now += 86_399_999;
  expect([want('b:write'), want('c:read'), want('d:write')]).toEqual([
    'user_declined',
    'user_declined',
    'role_forbids',
  ]);
  now += 1;
  expect(want('b:write')).toBe('challenge');
});

test('words for a client that comes back at once with another token', () => {
  expect(want('b:write')).toBe('challenge');
  expect(want('b:write', { token: 'token-2' })).toBe('in_words');
  // Its own wish, and the same later on, are asked for again.
  expect(want('c:read', { token: 'token-2' })).toBe('challenge');
  now += 60_000;
  expect(want('c:read', { token: 'token-3' })).toBe('challenge');
});

test('words for a client that looks for the challenge in the result, counted as challenges', () => {
  const chatgpt = { clientId: CHATGPT };
  expect(['b:write', 'c:read', 'b:write', 'b:write'].map((scope) => want(scope, chatgpt))).toEqual([
    'in_words',
    'in_words',
    'in_words',
    'asked_too_often',
  ]);
});

test('keeps no token', () => {
  want('b:write', { token: 'a-secret-token' });
  expect(JSON.stringify(kv.get('step-up'))).not.toContain('secret');
});
