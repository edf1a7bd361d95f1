// Requests to other servers: bounded in time and size, and never redirected.
import { describe, expect, test } from 'vitest';
import { boundedFetch, FetchError, parseJson, readBounded, type Fetch } from '../../../src/shared/bounded-fetch';

const bounds = { timeoutMs: 50, maxBytes: 100 };
const url = 'https://upstream.example/';

async function reasonOf(send: Fetch, signal?: AbortSignal): Promise<string> {
  const error: unknown = await boundedFetch(url, {}, { ...bounds, ...(signal && { signal }) }, send).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FetchError)) throw new Error('it did not fail as a FetchError', { cause: error });
  return error.reason;
}

const forever: Fetch = (_url, init) =>
  new Promise((_resolve, reject) => {
    init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
  });

describe('boundedFetch', () => {
  test('gives status, headers and the whole text, and follows no redirect', async () => {
    let sent: RequestInit = {};
    const answer = await boundedFetch(url, { method: 'POST' }, bounds, async (_url, init) => {
      sent = init;
      return new Response('hello', { status: 302, headers: { Location: 'https://evil.example/' } });
    });
    expect(answer).toMatchObject({ status: 302, text: 'hello' });
    expect(sent).toMatchObject({ method: 'POST', redirect: 'manual' });
  });

  test('gives up after its time', async () => expect(await reasonOf(forever)).toBe('timeout'));

  test('gives up when its caller does', async () => {
    const controller = new AbortController();
    const reason = reasonOf(forever, controller.signal);
    controller.abort();
    expect(await reason).toBe('aborted');
  });

  test('says so when nothing is there', async () =>
    expect(await reasonOf(() => Promise.reject(new TypeError('no route')))).toBe('network'));

  test('stops reading a body that is too large, whatever its length claims', async () => {
    expect(await reasonOf(async () => new Response('x'.repeat(101)))).toBe('too_large');
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(40));
      },
    });
    // Chunked wins over a length, which is shown all the same.
    const lying = { headers: { 'Content-Length': '5', 'Content-Type': 'application/json' } };
    expect(await reasonOf(async () => new Response(endless, lying))).toBe('too_large');
    expect(pulled).toBeLessThan(10);
  });

  test('takes an answer that is no UTF-8 for a failure, but keeps the status of an error', async () => {
    const latin1 = (status: number) => async () => new Response(new Uint8Array([0x4d, 0xfc]), { status });
    expect(await reasonOf(latin1(200))).toBe('not_utf8');
    expect(await boundedFetch(url, {}, bounds, latin1(401))).toMatchObject({ status: 401, text: '' });
  });
});

describe('readBounded', () => {
  test('counts bytes, not characters, and allows exactly the bound', async () => {
    expect(await readBounded(new Response('ä'.repeat(50)), 100)).toBe('ä'.repeat(50));
    await expect(readBounded(new Response('ä'.repeat(51)), 100)).rejects.toThrow(FetchError);
  });

  test('puts a character together that was cut between two chunks', async () => {
    const bytes = new TextEncoder().encode('ä€😀');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    expect(await readBounded(new Response(stream), 100)).toBe('ä€😀');
  });

  test.each([
    ['a byte of Latin-1', [0x4d, 0xfc, 0x6c]],
    ['a character that is cut at the end', [0xe2, 0x82]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
  ])('refuses %s', async (_what, bytes) => {
    await expect(readBounded(new Response(new Uint8Array(bytes)), 100)).rejects.toThrow(/not_utf8/);
  });

  test('reads nothing as an empty text', async () => expect(await readBounded(new Response(null), 0)).toBe(''));
});

test('parseJson takes what is no JSON for nothing', () => {
  expect(parseJson('{"a":1}')).toEqual({ a: 1 });
  expect(parseJson('<html>')).toBeUndefined();
  expect(parseJson('')).toBeUndefined();
});
