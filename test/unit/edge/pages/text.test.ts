import { describe, expect, test } from 'vitest';
import { mixesAlphabets, plainText } from '../../../../src/edge/pages/text';
import { hostileNames } from './samples';

describe('plainText', () => {
  test.each([
    ['keeps a plain name', 'Claude', 'Claude'],
    ['keeps other scripts', 'クロード · كلود · קלוד', 'クロード · كلود · קלוד'],
    ['makes one line of many', 'a\r\nb\tc\u2028d\u00A0 e', 'a b c d e'],
    ['drops direction changes', 'Claude\u202Eevil\u2066\u200F', 'Claudeevil'],
    ['drops what shows nothing', 'C\u200Bl\u00ADa\uFEFFu\u3164d\u2800e\u0000', 'Claude'],
    ['drops lone surrogates', 'Claude\uD800', 'Claude'],
    ['trims what stripping left', ' \u200B Claude \u200B ', 'Claude'],
  ])('%s', (_, value, expected) => {
    expect(plainText(value, 100)).toBe(expected);
  });

  test('keeps three combining marks on a letter, not two hundred', () => {
    expect(plainText(hostileNames['stacked'] ?? '', 400).length).toBeLessThan(12);
  });

  test('is at most `limit` code points long and never cuts one in half', () => {
    expect(plainText('🟢'.repeat(50), 10)).toBe(`${'🟢'.repeat(9)}…`);
    expect(plainText('x'.repeat(10), 10)).toBe('x'.repeat(10));
  });
});

test('mixesAlphabets sees look-alikes beside Latin letters, and leaves honest names alone', () => {
  expect(mixesAlphabets('Сlаudе')).toBe(true);
  expect(mixesAlphabets('Claude')).toBe(false);
  expect(mixesAlphabets('Яндекс')).toBe(false);
  expect(mixesAlphabets('クロード AI')).toBe(false);
});
