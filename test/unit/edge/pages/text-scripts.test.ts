// Names in scripts that need characters which show nothing by themselves: they stay where they change what is seen.
import { expect, test } from 'vitest';
import { plainText } from '../../../../src/edge/pages/text';

test.each([
  ['Persian', 'می\u200Cخواهم'],
  ['Sinhala', 'ශ්\u200Dරී ලංකා'],
  ['an emoji family', '👨\u200D👩\u200D👧 Families'],
])('%s stays as it is written', (_what, name) => {
  expect(plainText(name, 100)).toBe(name);
});

test.each([
  ['between Latin letters', 'Clau\u200Cde\u200D'],
  ['a selector behind a letter', 'Claude\uFE0F'],
  ['tags that spell words', `Claude${String.fromCodePoint(0xe0063, 0xe0064)}`],
  ['what colours a terminal', '\u001B[31mClaude\u001B[0m'],
  ['private use', 'Clau\uE000de'],
])('%s: nothing is left', (_what, name) => {
  expect(plainText(name, 100)).toBe('Claude');
});
