// The subject in each token: it names the session's object, and an invented or changed one names none.
import { expect, test } from 'vitest';
import { newSessionId, sessionIdOf, subjectOf } from '../../../src/crypto/subject';

const key = new Uint8Array(32).fill(7);
const sessionId = newSessionId();
const token = `${subjectOf(sessionId, key)}:grant:secret`;

test('a token of ours names its session', () => {
  expect(sessionId).toMatch(/^[\w-]{22}$/);
  expect(sessionIdOf(token, key)).toBe(sessionId);
});

test('session ids do not repeat', () => {
  expect(new Set(Array.from({ length: 10_000 }, newSessionId)).size).toBe(10_000);
});

test('a token made with another key names none', () => {
  expect(sessionIdOf(token, new Uint8Array(32).fill(8))).toBeUndefined();
});

test('no changed character of the subject goes unnoticed', () => {
  const subject = token.slice(0, token.indexOf(':'));
  for (let at = 0; at < subject.length; at += 1) {
    for (const other of ['A', 'B', '0', '-', '_', '.', ':', '+', '=', ' ', 'é']) {
      if (subject[at] === other) continue;
      const changed = `${subject.slice(0, at)}${other}${subject.slice(at + 1)}:grant:secret`;
      expect(sessionIdOf(changed, key), changed).toBeUndefined();
    }
  }
});

test('the MAC of one session does not vouch for another', () => {
  const mac = token.slice(23, token.indexOf(':'));
  expect(sessionIdOf(`${newSessionId()}.${mac}:grant:secret`, key)).toBeUndefined();
});

test.each([
  ['nothing', ''],
  ['no MAC', `${sessionId}:grant:secret`],
  ['an empty MAC', `${sessionId}.:grant:secret`],
  ['half a MAC', `${subjectOf(sessionId, key).slice(0, -4)}:grant:secret`],
  ['more than a MAC', `${subjectOf(sessionId, key)}A:grant:secret`],
  ['two MACs', `${subjectOf(sessionId, key)}.${subjectOf(sessionId, key).slice(23)}:grant:secret`],
  ['no grant', `${subjectOf(sessionId, key)}::secret`],
  ['no secret', `${subjectOf(sessionId, key)}:grant:`],
  ['a fourth part', `${token}:more`],
  ['a subject alone', subjectOf(sessionId, key)],
  ['a JSON Web Token', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'],
  ['a megabyte', 'a'.repeat(1_000_000)],
])('%s names no session', (_what, other) => {
  expect(sessionIdOf(other, key)).toBeUndefined();
});
