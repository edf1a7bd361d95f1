// The second hop, as far as it goes well: what is sent, as whom, where it may not go, and what is sent again.
import { describe, expect, test } from 'vitest';
import { path } from '../../../src/define/api';
import { UpstreamUnauthorizedError } from '../../../src/upstream/errors';
import { everythingIn, failing, ok, rejection, scripted, thing } from './api-client';

describe('a request', () => {
  test('carries the user, the request id and the trace', async () => {
    const { api, sent } = scripted([ok()]);
    expect(await api.get(path`/things/${'thing_1'}`, thing)).toEqual({ id: 'thing_1' });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ url: 'https://api.example/base/things/thing_1', method: 'GET', body: undefined });
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({
      accept: 'application/json',
      authorization: 'Bearer upstream-token-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'request-1',
    });
  });

  test('encodes query values, and leaves out those that are undefined', async () => {
    const { api, sent } = scripted([ok()]);
    await api.get(path`/things`, thing, { q: 'a&b=c #?', min: 0, open: false, owner: undefined });
    expect(sent[0]?.url).toBe('https://api.example/base/things?q=a%26b%3Dc+%23%3F&min=0&open=false');
  });

  test.each(['post', 'patch'] as const)('%s sends its body as JSON', async (method) => {
    const { api, sent } = scripted([ok()]);
    await api[method](path`/things`, thing, { name: 'é' });
    expect(sent[0]).toMatchObject({ method: method.toUpperCase(), body: '{"name":"é"}' });
    expect(sent[0]?.headers.get('Content-Type')).toBe('application/json');
  });

  test('keeps only what the schema names', async () => {
    const { api } = scripted([Response.json({ id: 'thing_1', margin: 0.4 })]);
    expect(await api.get(path`/things/1`, thing)).toEqual({ id: 'thing_1' });
  });

  test('never follows a redirect, so the token goes nowhere else', async () => {
    const { api, sent } = scripted([failing(302, { Location: 'https://evil.example/' })]);
    const error = await rejection(api.get(path`/things`, thing));
    expect(error).toMatchObject({ code: 'upstream_unavailable' });
    expect(everythingIn(error)).not.toContain('evil.example');
    expect(sent).toHaveLength(1);
    expect(sent[0]?.redirect).toBe('manual');
  });
});

describe('a 401', () => {
  test('brings a newer credential from the session, and one more try with it', async () => {
    const { api, sent, renewals } = scripted([failing(401), ok()]);
    expect(await api.get(path`/things`, thing)).toEqual({ id: 'thing_1' });
    expect(renewals).toEqual([1]);
    expect(sent.map(({ headers }) => headers.get('Authorization'))).toEqual([
      'Bearer upstream-token-1',
      'Bearer upstream-token-2',
    ]);
  });

  test('a write is tried once more, too: what was refused as unauthorized has changed nothing', async () => {
    const { api, sent } = scripted([failing(401), ok()]);
    await api.post(path`/things`, thing, { name: 'x' });
    expect(sent.map(({ body }) => body)).toEqual(['{"name":"x"}', '{"name":"x"}']);
  });

  test('the newer credential serves the requests that follow', async () => {
    const { api, sent, renewals } = scripted([failing(401), ok()]);
    await api.get(path`/things`, thing);
    await api.get(path`/things`, thing);
    expect(renewals).toEqual([1]);
    expect(sent.at(-1)?.headers.get('Authorization')).toBe('Bearer upstream-token-2');
  });

  test('twice: the user has to connect again', async () => {
    const { api, sent, renewals } = scripted([failing(401)]);
    const error = await rejection(api.get(path`/things`, thing));
    expect(error).toBeInstanceOf(UpstreamUnauthorizedError);
    expect(error).toMatchObject({ code: 'upstream_unauthorized' });
    expect(renewals).toEqual([1]);
    expect(sent).toHaveLength(2);
  });

  test('with no newer credential to be had: the session says why, and nothing is sent again', async () => {
    const gone = new UpstreamUnauthorizedError('no credential: user_disabled');
    const { api, sent } = scripted([failing(401)], { renew: () => Promise.reject(gone) });
    expect(await rejection(api.get(path`/things`, thing))).toBe(gone);
    expect(sent).toHaveLength(1);
  });
});

describe('repeating', () => {
  test.each([429, 502, 503, 504])('a GET answered %i is repeated twice, with growing pauses', async (status) => {
    const { api, sent, pauses } = scripted([failing(status), failing(status), ok()]);
    expect(await api.get(path`/things`, thing)).toEqual({ id: 'thing_1' });
    expect(sent).toHaveLength(3);
    expect(pauses).toEqual([200, 800]);
  });

  test('and then no more', async () => {
    const { api, sent } = scripted([failing(503)]);
    expect(await rejection(api.get(path`/things`, thing))).toMatchObject({ code: 'upstream_unavailable' });
    expect(sent).toHaveLength(3);
  });

  test.each([400, 403, 404, 409, 410, 418, 422, 500, 501])('a GET answered %i is not', async (status) => {
    const { api, sent, pauses } = scripted([failing(status), ok()]);
    await rejection(api.get(path`/things`, thing));
    expect(sent).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  test('nor one that failed without an answer', async () => {
    const { api, sent } = scripted([new TypeError('connection reset'), ok()]);
    await rejection(api.get(path`/things`, thing));
    expect(sent).toHaveLength(1);
  });

  test.each(['post', 'patch'] as const)('a %s is never repeated, whatever the answer', async (method) => {
    for (const status of [429, 500, 502, 503, 504]) {
      const { api, sent, pauses } = scripted([failing(status, { 'Retry-After': '1' }), ok()]);
      await rejection(api[method](path`/things`, thing, {}));
      expect(sent, String(status)).toHaveLength(1);
      expect(pauses).toEqual([]);
    }
  });

  test('Retry-After in seconds is kept to', async () => {
    const { api, pauses } = scripted([failing(429, { 'Retry-After': '3' }), ok()]);
    await api.get(path`/things`, thing);
    expect(pauses).toEqual([3_000]);
  });

  test('Retry-After as a date is kept to', async () => {
    const date = new Date(Date.now() + 3_000).toUTCString();
    const { api, pauses } = scripted([failing(503, { 'Retry-After': date }), ok()]);
    await api.get(path`/things`, thing);
    expect(pauses).toHaveLength(1);
    expect(pauses[0]).toBeGreaterThanOrEqual(1_000);
    expect(pauses[0]).toBeLessThanOrEqual(3_000);
  });

  test.each([
    ['a date in the past', 'Wed, 21 Oct 2015 07:28:00 GMT'],
    ['not understood', 'soon'],
    ['negative', '-5'],
    ['too long to be meant', '99999999999999999999'],
  ])('Retry-After that is %s counts as absent', async (_name, header) => {
    const { api, pauses } = scripted([failing(503, { 'Retry-After': header }), ok()]);
    await api.get(path`/things`, thing);
    expect(pauses).toEqual([200]);
  });

  test.each([
    ['seconds', '6'],
    ['a date', new Date(Date.now() + 3_600_000).toUTCString()],
  ])('Retry-After beyond the bound, as %s, is not waited for, and the caller is told it', async (_name, header) => {
    const { api, sent, pauses } = scripted([failing(429, { 'Retry-After': header }), ok()]);
    const error = await rejection(api.get(path`/things`, thing));
    expect(error).toMatchObject({ code: 'upstream_rate_limited' });
    const seconds = Number(/Try again in (\d+) seconds\./.exec(String(error['publicMessage']))?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(6);
    expect(seconds).toBeLessThanOrEqual(3_600);
    expect(sent).toHaveLength(1);
    expect(pauses).toEqual([]);
  });
});
