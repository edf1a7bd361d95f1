import { describe, expect, it } from 'vitest';
import { isUtf8, parametersIn, repeatedIn, withPercentBlanks } from '../../../src/shared/parameters';

describe('parametersIn', () => {
  it('leaves out what has no value', () => {
    expect([...parametersIn('a=&b=1&c&d=%20')!]).toEqual([
      ['b', '1'],
      ['d', ' '],
    ]);
  });

  it.each(['a=%FF', 'a=%C3', 'a=%C3%28', 'a=%ED%A0%80', '%FF=a', 'a=\uFFFD'])('takes no %j', (text) => {
    expect(isUtf8(text)).toBe(false);
    expect(parametersIn(text)).toBeUndefined();
  });

  it.each(['a=%C3%BC', 'a=ü', 'a=100%', 'a=%zz', 'a=%EF%BF%BD', 'a=+'])('takes %j', (text) => {
    expect(parametersIn(text)).toEqual(new URLSearchParams(text));
  });
});

it('repeatedIn names each once, but for resources (RFC 8707 §2)', () => {
  expect(repeatedIn(new URLSearchParams('a=1&a=2&a=3&b=1&resource=x&resource=y&c=1&c=1'))).toEqual(['a', 'c']);
});

it.each([
  ['https://a.example/x+y?b=c+d%2B#e+f', 'https://a.example/x+y?b=c%20d%2B#e+f'],
  ['https://a.example/x+y', 'https://a.example/x+y'],
  ['app:/cb?error=a+b', 'app:/cb?error=a%20b'],
  ['/path?x=1', '/path?x=1'],
  ['https://a.example/#a?b+c', 'https://a.example/#a?b+c'],
])('withPercentBlanks(%j)', (url, expected) => {
  expect(withPercentBlanks(url)).toBe(expected);
});
