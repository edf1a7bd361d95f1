// What a template takes for one of its URIs. Over HTTP: test/gateway/mcp/resources.test.ts.
import { describe, expect, test } from 'vitest';
import { parseUriTemplate } from '../../../src/define/uri-template';

describe('a template', () => {
  test.each([
    ['shelf://items/{id}', 'shelf://items/item_1', { id: 'item_1' }],
    ['shelf://items/{id}', 'shelf://items/a%20b', { id: 'a b' }],
    ['shelf://items/{id}', 'shelf://items/a:b@c;d=e', { id: 'a:b@c;d=e' }],
    ['shelf://{kind}/{id}', 'shelf://items/1', { kind: 'items', id: '1' }],
    ['test://template/{id}/data', 'test://template/123/data', { id: '123' }],
    ['urn://a.b/{x}', 'urn://a.b/1', { x: '1' }],
  ])('%s takes %s', (template, uri, variables) => {
    expect(parseUriTemplate(template).match(uri)).toEqual(variables);
  });

  test.each([
    ['urn://a.b/{x}', 'urn://aXb/1'],
    ['test://{id}/data', 'test://1/data/'],
    ['test://{id}/data', 'xtest://1/data'],
    ['test://{id}/data', 'test:///data'],
    ['test://{id}/data', 'test://1/other/data'],
    ['test://{id}/data', 'test://1/data\n'],
  ])('%s doesn’t take %j', (template, uri) => {
    expect(parseUriTemplate(template).match(uri)).toBeUndefined();
  });

  test('says its variables in their order', () => {
    expect(parseUriTemplate('shelf://{b}/{a}').variables).toEqual(['b', 'a']);
  });
});

test.each([
  ['items/{id}', /begin with a scheme/],
  ['shelf://items', /no variable/],
  ['shelf://items/{}', /not a plain variable/],
  ['shelf://items/{+id}', /not a plain variable/],
  ['shelf://items/{id*}', /not a plain variable/],
  ['shelf://items{?id}', /not a plain variable/],
  ['shelf://items/{a,b}', /not a plain variable/],
  ['shelf://items/{id', /no variable|braces/],
  ['shelf://{a}/{id', /braces/],
  ['shelf://{a}/id}', /braces/],
  ['shelf://{a}/{a}', /twice/],
  ['shelf://items/x{id}', /whole path segment/],
  ['shelf://items/{id}.json', /whole path segment/],
  ['shelf://items/{a}{b}', /whole path segment/],
])('%s is no template that can be matched without doubt', (template, message) => {
  expect(() => parseUriTemplate(template)).toThrow(message);
});
