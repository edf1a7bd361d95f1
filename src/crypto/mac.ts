// MACs over a text (HMAC-SHA-256). Each text begins with what it is for, so that no MAC serves for two.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { toBase64Url } from './base64';

/**
 * The first `bytes` of the MAC, as base64url: for a name that travels with clients, by which the edge knows its own
 * without asking anybody.
 */
export function shortMac(text: string, key: Uint8Array, bytes: number): string {
  return toBase64Url(new Uint8Array(createHmac('sha256', key).update(text).digest()).subarray(0, bytes));
}

/** The whole MAC in hex. Every call takes one: by Web Crypto, with a key that is made once, it costs half of Node's. */
export async function macHex(text: string, key: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await imported(key), encoder.encode(text))).toHex();
}

async function imported(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const known = keys.get(key);
  if (known) return known;
  const made = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  keys.set(key, made);
  return made;
}

const encoder = new TextEncoder();
const keys = new WeakMap<Uint8Array, CryptoKey>();

/** Whether two texts are the same, in a time that says nothing about where they differ. */
export function isSameText(given: string, expected: string): boolean {
  const [a, b] = [encoder.encode(given), encoder.encode(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
