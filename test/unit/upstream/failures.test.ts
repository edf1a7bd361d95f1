// The second hop when it goes wrong: every failure has its own words, bounds hold, and what the upstream says about
// its own failures is heard by nobody.
import { describe, expect, test } from 'vitest';
import { path } from '../../../src/define/api';
import { canary, everythingIn, failing, rejection, scripted, thing } from './api-client';

const limit = 2 * 1024 * 1024;

/** A body that is written piece by piece, and counts what was taken of it. */
function stream(pieces: number, size: number): { body: ReadableStream<Uint8Array>; taken: () => number } {
  let taken = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken === pieces) controller.close();
        else controller.enqueue(new Uint8Array(size).fill(0x20));
        taken += 1;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken: () => taken };
}

describe('each status has its own words', () => {
  test.each([
    [400, 'upstream_invalid', /did not accept the values given/],
    [403, 'upstream_forbidden', /does not allow you.*administrator/],
    [404, 'upstream_not_found', /no such record that you can see.*search/],
    [410, 'upstream_not_found', /no such record/],
    [409, 'upstream_conflict', /refused the change.*Read the record again/],
    [422, 'upstream_invalid', /did not accept the values given\. Correct them/],
    [429, 'upstream_rate_limited', /too many requests\. Try again in a moment/],
    [500, 'upstream_unavailable', /not available right now\./],
    [503, 'upstream_unavailable', /not available right now\./],
    [302, 'upstream_unavailable', /not available right now\./],
    [418, 'upstream_unavailable', /not available right now\./],
  ])('%i: %s', async (status, code, words) => {
    for (const method of ['get', 'post'] as const) {
      const { api } = scripted([failing(status)]);
      const call =
        method === 'get' ? api.get(path`/things/${'t_1'}`, thing) : api.post(path`/things/${'t_1'}`, thing, {});
      const error = await rejection(call);
      expect(error).toMatchObject({ name: 'UpstreamError', code });
      expect(error['publicMessage']).toMatch(words);
      expect(error['publicMessage']).toMatch(/^Thing API /);
      // For the log: what was asked and the status, and nothing of the answer.
      expect(error.message).toBe(`${method.toUpperCase()} /things/t_1 answered ${status}`);
      expect(everythingIn(error)).not.toContain('CANARY');
    }
  });

  test.each([500, 502, 503, 504, 302])(
    '%i: a read may be tried again, a write has to be checked first',
    async (status) => {
      const read = await rejection(scripted([failing(status)]).api.get(path`/things`, thing));
      expect(read['publicMessage']).toMatch(/Try again in a moment\.$/);
      const write = await rejection(scripted([failing(status)]).api.patch(path`/things`, thing, {}));
      expect(write['publicMessage']).toMatch(/The change may or may not have been made: check before you repeat it\.$/);
      expect(write['publicMessage']).not.toContain('Try again');
    },
  );

  test('422 names the fields, and says nothing else of what the upstream said', async () => {
    const fields = { phone: canary, contact_email: canary, [canary]: 'x', 'Ignore this': 'x', '<b>': 'x' };
    const { api } = scripted([Response.json({ error: 'validation_failed', message: canary, fields }, { status: 422 })]);
    const error = await rejection(api.patch(path`/things/1`, thing, {}));
    expect(error['publicMessage']).toBe(
      'Thing API did not accept these values: phone, contact_email. Correct them and try again.',
    );
    expect(everythingIn(error)).not.toContain('CANARY');
  });

  test.each([
    ['a list', ['phone']],
    ['a text', canary],
    ['null', null],
  ])('422 with %s for its fields is read as one without', async (_name, fields) => {
    const { api } = scripted([Response.json({ fields }, { status: 422 })]);
    const error = await rejection(api.patch(path`/things/1`, thing, {}));
    expect(error['publicMessage']).toContain('did not accept the values given');
  });

  test('422 with a thousand fields names a few', async () => {
    const fields = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field_${index}`, 'x']));
    const { api } = scripted([Response.json({ fields }, { status: 422 })]);
    expect(String((await rejection(api.get(path`/things`, thing)))['publicMessage']).length).toBeLessThan(400);
  });
});

describe('an answer that is no answer', () => {
  test.each([
    ['empty', ''],
    ['HTML', `<html>${canary}</html>`],
    ['half of JSON', `{"id": "${canary}`],
    ['null', 'null'],
    ['another shape', JSON.stringify({ id: 7, [canary]: canary })],
    ['a list', JSON.stringify([{ id: canary }])],
  ])('%s: malformed, and the upstream is not quoted', async (_name, text) => {
    const { api } = scripted([new Response(text)]);
    const error = await rejection(api.get(path`/things`, thing));
    expect(error).toMatchObject({ code: 'upstream_malformed' });
    expect(error['publicMessage']).toBe(
      'Thing API gave an answer that the gateway does not understand. Its operator has been told.',
    );
    expect(everythingIn(error)).not.toContain('CANARY');
  });

  test('after a write, that it may have been made all the same', async () => {
    const { api } = scripted([new Response('created')]);
    expect((await rejection(api.post(path`/things`, thing, {})))['publicMessage']).toMatch(
      /check before you repeat it/,
    );
  });

  test('the log says where it was of the wrong shape', async () => {
    const { api } = scripted([Response.json({ id: 7 })]);
    expect((await rejection(api.get(path`/things`, thing))).message).toBe('GET /things: unexpected answer at id');
  });

  test('no answer at all: it may be tried again, but a change may have been made', async () => {
    const lost = new TypeError(canary);
    const read = await rejection(scripted([lost]).api.get(path`/things`, thing));
    expect(read).toMatchObject({ code: 'upstream_unavailable' });
    expect(read['publicMessage']).toBe('Thing API could not be reached. Try again in a moment.');
    const write = await rejection(scripted([lost]).api.post(path`/things`, thing, {}));
    expect(write['publicMessage']).toMatch(/could not be reached\. The change may or may not have been made: check/);
    // The runtime's own words are kept as the cause, for a debugger; what is logged and shown is ours.
    expect([read.message, read['publicMessage'], write.message, write['publicMessage']].join()).not.toContain('CANARY');
  });
});

describe('bounds', () => {
  test('a streamed answer is cut off at the limit, not read to its end', async () => {
    const { body, taken } = stream(1_000, 64 * 1024);
    const { api } = scripted([() => new Response(body)]);
    const error = await rejection(api.get(path`/things`, thing));
    expect(error).toMatchObject({ code: 'upstream_too_large' });
    expect(error['publicMessage']).toContain('Narrow the request');
    expect(taken()).toBeLessThan(limit / (64 * 1024) + 5);
  });

  test('a declared length is not believed: neither a small one with a large body behind it', async () => {
    const { body } = stream(100, 64 * 1024);
    const { api } = scripted([() => new Response(body, { headers: { 'Content-Length': '12' } })]);
    expect(await rejection(api.get(path`/things`, thing))).toMatchObject({ code: 'upstream_too_large' });
  });

  test('nor is an error body read beyond the limit', async () => {
    const { body } = stream(100, 64 * 1024);
    const { api } = scripted([() => new Response(body, { status: 422 })]);
    expect(await rejection(api.get(path`/things`, thing))).toMatchObject({ code: 'upstream_too_large' });
  });

  test('an answer of exactly the limit passes', async () => {
    const text = JSON.stringify({ id: 'x'.repeat(limit - '{"id":""}'.length) });
    const { api } = scripted([new Response(text)]);
    expect((await api.get(path`/things`, thing)).id).toHaveLength(limit - 9);
    const { api: over } = scripted([new Response(`${text} `)]);
    expect(await rejection(over.get(path`/things`, thing))).toMatchObject({ code: 'upstream_too_large' });
  });

  test.each([
    ['get', 'The call was stopped before Thing API answered.'],
    ['post', 'The call was stopped before Thing API answered. The change may or may not have been made: check before'],
  ] as const)('a %s stops when its caller goes away', async (method, words) => {
    const caller = new AbortController();
    const hangs = (): Promise<Response> =>
      new Promise((_resolve, reject) => {
        caller.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        caller.abort();
      });
    const { api, sent } = scripted([hangs], { signal: caller.signal });
    const call = method === 'get' ? api.get(path`/things`, thing) : api.post(path`/things`, thing, {});
    const error = await rejection(call);
    expect(error).toMatchObject({ code: 'upstream_aborted' });
    expect(error['publicMessage']).toContain(words);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.signal.aborted).toBe(true);
  });
});
