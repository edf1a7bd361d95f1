// The table of methods (define/api.ts) and what a request may carry beside its path. All of it follows from the table, so
// that a method which is added there works, and is tested here, without another line.
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { apiMethods, path, type ApiMethod, type MethodRules } from '../../../src/define/api';
import { failing, ok, rejection, scripted, thing } from './api-client';

const methods = Object.entries(apiMethods) as [ApiMethod, MethodRules][];
const one = path`/things/${'thing_1'}`;

describe.each(methods)('%s', (method, rules) => {
  test('is sent under its name', async () => {
    const { api, sent } = scripted([ok()]);
    expect(await api.request(method, one, thing)).toEqual({ id: 'thing_1' });
    expect(sent).toMatchObject([{ method, url: 'https://api.example/base/things/thing_1', body: undefined }]);
  });

  test.each([429, 502, 503, 504])(`answered %i is ${rules.repeated ? '' : 'not '}repeated`, async (status) => {
    const { api, sent } = scripted([failing(status)]);
    await rejection(api.request(method, one, thing));
    expect(sent).toHaveLength(rules.repeated ? 3 : 1);
  });

  test(`without an answer ${rules.safe ? 'may be tried again' : 'has to be checked first'}`, async () => {
    const { api } = scripted([new TypeError('connection reset')]);
    const { publicMessage } = await rejection(api.request(method, one, thing));
    expect(String(publicMessage).includes('check before you repeat it')).toBe(!rules.safe);
  });

  test(`carries ${rules.idempotencyKey ? 'an' : 'no'} idempotency key, the same after a 401`, async () => {
    const { api, sent } = scripted([failing(401), ok()]);
    await api.request(method, one, thing);
    await api.request(method, one, thing);
    const [first, again, other] = sent.map(({ headers }) => headers.get('Idempotency-Key'));
    if (!rules.idempotencyKey) return expect([first, again, other]).toEqual([null, null, null]);
    expect(first).toMatch(/^"[\da-f-]{36}"$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('what no table may say', () => {
  test.each(methods)('%s: only what changes nothing is repeated, and only that needs no key', (_method, rules) => {
    expect(rules.safe || !rules.repeated).toBe(true);
    expect(rules.safe && rules.idempotencyKey).toBe(false);
  });
});

describe('the short forms', () => {
  test.each([
    ['get', 'GET', undefined],
    ['post', 'POST', '{"name":"x"}'],
    ['put', 'PUT', '{"name":"x"}'],
    ['patch', 'PATCH', '{"name":"x"}'],
  ] as const)('%s is %s', async (form, method, body) => {
    const { api, sent } = scripted([ok()]);
    await (form === 'get' ? api.get(one, thing) : api[form](one, thing, { name: 'x' }));
    expect(sent).toMatchObject([{ method, body }]);
  });

  test.each([
    ['no body', new Response(null, { status: 204 })],
    ['the record that is gone', Response.json({ id: 'thing_1' })],
    ['a word', new Response('deleted')],
  ])('delete takes %s for an answer', async (_name, answer) => {
    const { api, sent } = scripted([answer]);
    expect(await api.delete(one)).toBeUndefined();
    expect(sent).toMatchObject([{ method: 'DELETE', body: undefined }]);
  });

  test('delete fails where the upstream refuses', async () => {
    expect(await rejection(scripted([failing(404)]).api.delete(one))).toMatchObject({ code: 'upstream_not_found' });
  });
});

describe('an answer without a body', () => {
  const empty = () => new Response(null, { status: 204 });

  test('is undefined to the schema', async () => {
    expect(await scripted([empty()]).api.put(one, z.undefined(), {})).toBeUndefined();
    expect(await scripted([empty()]).api.put(one, thing.optional(), {})).toBeUndefined();
    expect(await scripted([new Response(null)]).api.request('HEAD', one, z.undefined())).toBeUndefined();
  });

  test('is not understood by a schema that wants one', async () => {
    expect(await rejection(scripted([empty()]).api.put(one, thing, {}))).toMatchObject({ code: 'upstream_malformed' });
  });

  test('is not the same as an answer that is no JSON', async () => {
    for (const schema of [z.undefined(), thing.optional(), z.unknown()]) {
      const error = await rejection(scripted([new Response('<html>')]).api.put(one, schema, {}));
      expect(error).toMatchObject({ code: 'upstream_malformed' });
    }
  });
});

describe('query parameters', () => {
  test('a list repeats its parameter, in its order', async () => {
    const { api, sent } = scripted([ok()]);
    await api.get(path`/things`, thing, { status: ['open', 'a&b'], limit: 5, owner: [], q: undefined });
    expect(sent[0]?.url).toBe('https://api.example/base/things?status=open&status=a%26b&limit=5');
  });

  test('go with every method', async () => {
    const { api, sent } = scripted([ok()]);
    await api.request('DELETE', one, thing, { query: { force: true } });
    expect(sent[0]?.url).toBe('https://api.example/base/things/thing_1?force=true');
  });
});

describe('headers', () => {
  const sentWith = async (headers: Record<string, string | undefined>): Promise<Headers | undefined> => {
    const { api, sent } = scripted([ok()]);
    await api.request('PATCH', one, thing, { body: {}, headers });
    return sent[0]?.headers;
  };

  test('are sent, and leave what is undefined out', async () => {
    const headers = await sentWith({ 'If-Match': '"7"', 'X-Api-Version': '2', Prefer: undefined });
    expect(headers?.get('If-Match')).toBe('"7"');
    expect(headers?.get('X-Api-Version')).toBe('2');
    expect(headers?.has('Prefer')).toBe(false);
  });

  test('may say what is accepted, what the body is, and which key makes it idempotent', async () => {
    const own = { ACCEPT: 'application/vnd.things+json', 'content-type': 'application/merge-patch+json' };
    const headers = await sentWith({ ...own, 'Idempotency-Key': '"order-1"' });
    expect(headers?.get('Accept')).toBe('application/vnd.things+json');
    expect(headers?.get('Content-Type')).toBe('application/merge-patch+json');
    expect(headers?.get('Idempotency-Key')).toBe('"order-1"');
  });

  test.each([
    'Authorization',
    'AUTHORIZATION',
    'Proxy-Authorization',
    'Cookie',
    'Host',
    'Connection',
    'Content-Length',
    'Transfer-Encoding',
    'TE',
    'Upgrade',
    'Forwarded',
    'X-Forwarded-For',
    'CF-Connecting-IP',
    'X-HTTP-Method-Override',
    'X-Request-Id',
    'traceparent',
    'a b',
    'a:b',
    '',
  ])('%j is refused, and nothing is sent', async (name) => {
    const { api, sent } = scripted([ok()]);
    expect(await rejection(api.request('GET', one, thing, { headers: { [name]: 'x' } }))).toBeInstanceOf(TypeError);
    expect(sent).toEqual([]);
  });

  test('none is made of a value', async () => {
    await expect(sentWith({ 'X-Note': 'a\r\nAuthorization: Bearer other' })).rejects.toBeInstanceOf(TypeError);
  });

  test('the user’s token stands beside them', async () => {
    expect((await sentWith({ 'X-Api-Key': 'k' }))?.get('Authorization')).toBe('Bearer upstream-token-1');
  });
});
