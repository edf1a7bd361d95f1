// A MAC in a name that travels with clients (HMAC-SHA-256, cut short): by it the edge knows its own without asking anybody.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { toBase64Url } from './base64';

/** The first `bytes` of the MAC, as base64url. @param text begins with what it is for, so that no MAC serves for two */
export function shortMac(text: string, key: Uint8Array, bytes: number): string {
  return toBase64Url(new Uint8Array(createHmac('sha256', key).update(text).digest()).subarray(0, bytes));
}

/** Whether two texts are the same, in a time that says nothing about where they differ. */
export function isSameText(given: string, expected: string): boolean {
  const [a, b] = [new TextEncoder().encode(given), new TextEncoder().encode(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
