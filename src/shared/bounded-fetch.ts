// Fetches from other servers, bounded in time and size. A redirect is never followed: it would carry our Authorization
// header, or our trust, to a host that nobody configured.

type FetchFailure = 'timeout' | 'network' | 'too_large' | 'not_utf8' | 'aborted';

export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly reason: FetchFailure;

  constructor(reason: FetchFailure, options?: ErrorOptions) {
    super(`request failed: ${reason}`, options);
    this.reason = reason;
  }
}

export interface FetchBounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Another reason to stop, such as a client that disconnected. */
  readonly signal?: AbortSignal | undefined;
}

export interface BoundedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** The global fetch, read at each call: a stored reference would miss a replacement. */
const runtimeFetch: Fetch = (input, init) => fetch(input, init);

/**
 * Sends one request and reads the whole answer as text.
 * @throws FetchError when time, size, encoding or the network fails. An HTTP error status is no failure here.
 */
export async function boundedFetch(
  url: string,
  init: RequestInit,
  bounds: FetchBounds,
  send: Fetch = runtimeFetch,
): Promise<BoundedResponse> {
  // AbortSignal.timeout would keep its timer after the answer, and a Durable Object isn't evicted while a timer runs.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), bounds.timeoutMs);
  const signal = bounds.signal ? AbortSignal.any([timeout.signal, bounds.signal]) : timeout.signal;
  try {
    const response = await send(url, { ...init, redirect: 'manual', signal });
    return { status: response.status, headers: response.headers, text: await readText(response, bounds.maxBytes) };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    if (timeout.signal.aborted) throw new FetchError('timeout', { cause: error });
    throw new FetchError(bounds.signal?.aborted ? 'aborted' : 'network', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Keeps an error status whatever the body contains: an error's text that isn't UTF-8 is read as empty. */
async function readText(response: Response, maxBytes: number): Promise<string> {
  try {
    return await readBounded(response, maxBytes);
  } catch (error) {
    if (error instanceof FetchError && error.reason === 'not_utf8' && !response.ok) return '';
    throw error;
  }
}

/** A message with a body: the answer of a server, or the request of a client. */
type Message = Pick<Request, 'body'> | Pick<Response, 'body'>;

/**
 * Reads a body of at most `maxBytes` as UTF-8. It counts the bytes that arrive and ignores the declared length: for a
 * chunked answer the runtime shows `Content-Length` and reads past it (RFC 9112 §6.3), so a lying server could fill our
 * memory.
 * @throws FetchError `too_large`, or `not_utf8`: with U+FFFD in place of bad bytes, we would store and compare another
 * text than was sent
 */
export async function readBounded(message: Message, maxBytes: number): Promise<string> {
  if (!message.body) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let size = 0;
  let text = '';
  for await (const chunk of message.body as ReadableStream<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new FetchError('too_large');
    text += decoded(() => decoder.decode(chunk, { stream: true }));
  }
  return text + decoded(() => decoder.decode());
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch (error) {
    throw new FetchError('not_utf8', { cause: error });
  }
}

/** The JSON value of a text; undefined for malformed JSON, which callers treat like JSON of the wrong shape. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
