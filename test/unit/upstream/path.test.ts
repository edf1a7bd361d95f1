// path`…`: a value is one segment of a path, whatever is in it.
import { describe, expect, test } from 'vitest';
import { path } from '../../../src/define/api';

/** Where a client that resolves dot segments (RFC 3986 §5.2.4), as fetch does, would send it. */
const resolved = (value: string | number) => new URL(`https://api.example/base${path`/things/${value}/parts`}`);

describe('a value', () => {
  test.each([
    ['a slash', 'a/b', 'a%2Fb'],
    ['a backslash', 'a\\b', 'a%5Cb'],
    ['a query', 'a?b=c', 'a%3Fb%3Dc'],
    ['a fragment', 'a#b', 'a%23b'],
    ['dots that are encoded', '%2e%2e', '%252e%252e'],
    ['a way up', '../users', '..%2Fusers'],
    ['an encoded way up', '%2e%2e%2fusers', '%252e%252e%252fusers'],
    ['a host', '//evil.example', '%2F%2Fevil.example'],
    ['a line break', 'a\r\nHost: evil.example', 'a%0D%0AHost%3A%20evil.example'],
    ['a NUL', 'a\0b', 'a%00b'],
    ['other scripts', 'münchen 東京', 'm%C3%BCnchen%20%E6%9D%B1%E4%BA%AC'],
    ['a parameter', 'a;b=c', 'a%3Bb%3Dc'],
    ['three dots', '...', '...'],
    ['a number', 7, '7'],
  ])('with %s stays one segment', (_name, value, segment) => {
    expect(path`/things/${value}`).toBe(`/things/${segment}`);
    expect(resolved(value).pathname).toBe(`/base/things/${segment}/parts`);
    expect(resolved(value).host).toBe('api.example');
  });

  test.each(['', '.', '..'])('that is %j is refused', (value) => {
    expect(() => path`/things/${value}`).toThrow(RangeError);
    expect(() => path`/things/${'x'}/${value}/parts`).toThrow(RangeError);
  });

  test('that is half a character is refused, not sent as another', () => {
    expect(() => path`/things/${'\uD800'}`).toThrow();
  });
});

test.each(['evil.example', '@evil.example', ':8080', '.evil.example'])(
  'a path that does not begin with a slash could reach another host, so %j is refused',
  (value) => {
    expect(() => path`${value}`).toThrow(RangeError);
    expect(() => path`${value}/things`).toThrow(RangeError);
  },
);

test('two values in one segment can not make a dot segment together', () => {
  expect(() => path`/things/.${'.'}/users`).toThrow(RangeError);
  expect(() => path`/things/${'.'}${'.'}/users`).toThrow(RangeError);
});
