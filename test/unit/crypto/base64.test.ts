// base64url as sessions, envelopes and keys are written, and what a configured key may look like.
import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64Url } from '../../../src/crypto/base64';

const bytes = (...values: number[]) => Uint8Array.from(values);

test.each([
  [bytes(), ''],
  [bytes(0xfb), '-w'],
  [bytes(0xff, 0xef), '_-8'],
  [bytes(0xff, 0xef, 0xbe), '_---'],
])('%s is %s', (plain, text) => {
  expect(toBase64Url(plain)).toBe(text);
  expect(fromBase64(text)).toEqual(plain);
});

describe('a key is read', () => {
  test.each([
    ['base64', '+/8='],
    ['base64 without padding', '+/8'],
    ['base64url', '-_8'],
    ['base64url with padding', '-_8='],
    ['with more padding than it needs', '-_8=='],
    ['with bits to spare that are set', '-_9'],
  ])('%s', (_what, text) => {
    expect(fromBase64(text)).toEqual(bytes(0xfb, 0xff));
  });

  test.each([
    ['a blank', '-_8 '],
    ['a line break', '-_8\n'],
    ['a character of no alphabet', '-_8!'],
    ['padding in the middle', '-_=8'],
    ['one character that is no byte', '-'],
    ['letters beyond ASCII', 'é_8'],
  ])('not with %s', (_what, text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});
