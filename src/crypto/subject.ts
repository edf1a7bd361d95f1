// The subject is the first part of every code and token of a session: `<session id>.<MAC>`. The session id is 128
// random bits and names the session's Durable Object. The MAC lets the edge refuse an invented id without waking an
// object. It doesn't authenticate anybody: the object decides by the hash of the whole token.
import { BoundedMap } from '../shared/bounded-map';
import { toBase64Url } from './base64';
import { isSameText, shortMac } from './mac';

const SESSION_ID = /^[\w-]{22}$/;
const MAC_BYTES = 8;

/** 128 random bits as 22 base64url characters. */
export function newSessionId(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}

/** The subject of a session's codes and tokens. It holds no `:`, which separates the parts of a token. */
export function subjectOf(sessionId: string, key: Uint8Array): string {
  return `${sessionId}.${macOf(sessionId, key)}`;
}

/** The session of a code or token; undefined when this gateway never issued a token with this subject. */
export function sessionIdOf(token: string, key: Uint8Array): string | undefined {
  const [subject, grantId, secret, ...rest] = token.split(':');
  if (!subject || !grantId || !secret || rest.length > 0) return undefined;
  const [sessionId, presented, ...more] = subject.split('.');
  if (!sessionId || !presented || more.length > 0 || !SESSION_ID.test(sessionId)) return undefined;
  const found = foundOf(key);
  if (found.get(sessionId) === presented) return sessionId;
  if (!isSameText(presented, macOf(sessionId, key))) return undefined;
  found.set(sessionId, presented);
  return sessionId;
}

/**
 * MACs that were right, by session id: a client sends the same one with every request, and to compute it takes some 4 % of
 * a call's CPU (`node bench/profile.ts`). A plain comparison is safe: the 128-bit id is the lookup key, so only a client
 * that has the subject gets to it.
 */
const found = new WeakMap<Uint8Array, BoundedMap<string, string>>();
const MAX_FOUND = 1_000;

function foundOf(key: Uint8Array): BoundedMap<string, string> {
  const known = found.get(key) ?? new BoundedMap<string, string>(MAX_FOUND);
  found.set(key, known);
  return known;
}

function macOf(sessionId: string, key: Uint8Array): string {
  return shortMac(`session-subject\0${sessionId}`, key, MAC_BYTES);
}
