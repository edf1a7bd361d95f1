// What a template takes for one of its URIs. Over HTTP: test/gateway/mcp/resources.test.ts.
import { describe, expect, test } from 'vitest';
import { parseUriTemplate } from '../../../src/define/uri-template';

describe('a template', () => {
  test.each([
    ['nexus://leads/{id}', 'nexus://leads/lead_1', { id: 'lead_1' }],
    ['nexus://leads/{id}', 'nexus://leads/a%20b', { id: 'a b' }],
    ['nexus://leads/{id}', 'nexus://leads/a:b@c;d=e', { id: 'a:b@c;d=e' }],
    ['nexus://{kind}/{id}', 'nexus://leads/1', { kind: 'leads', id: '1' }],
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
    expect(parseUriTemplate('nexus://{b}/{a}').variables).toEqual(['b', 'a']);
  });
});

test.each([
  ['leads/{id}', /begin with a scheme/],
  ['nexus://leads', /no variable/],
  ['nexus://leads/{}', /not a plain variable/],
  ['nexus://leads/{+id}', /not a plain variable/],
  ['nexus://leads/{id*}', /not a plain variable/],
  ['nexus://leads{?id}', /not a plain variable/],
  ['nexus://leads/{a,b}', /not a plain variable/],
  ['nexus://leads/{id', /no variable|braces/],
  ['nexus://{a}/{id', /braces/],
  ['nexus://{a}/id}', /braces/],
  ['nexus://{a}/{a}', /twice/],
  ['nexus://leads/x{id}', /whole path segment/],
  ['nexus://leads/{id}.json', /whole path segment/],
  ['nexus://leads/{a}{b}', /whole path segment/],
])('%s is no template that can be matched without doubt', (template, message) => {
  expect(() => parseUriTemplate(template)).toThrow(message);
});
