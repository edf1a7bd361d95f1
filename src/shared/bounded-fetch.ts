// A fetch to another server, bounded in time and size, which never follows a redirect: a redirect would carry our
// Authorization header, or our trust, to a host that nobody configured.

export type FetchFailure = 'timeout' | 'network' | 'too_large' | 'aborted';

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
  /** The caller's own reason to stop, such as a client that went away. */
  readonly signal?: AbortSignal | undefined;
}

export interface BoundedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** The runtime's fetch, looked up at each call so that nothing holds an outdated one. */
export const runtimeFetch: Fetch = (input, init) => fetch(input, init);

/**
 * Sends one request and reads the whole answer as text.
 * @throws FetchError when time, size or the network fails; an HTTP error status is not a failure here.
 */
export async function boundedFetch(
  url: string,
  init: RequestInit,
  bounds: FetchBounds,
  send: Fetch = runtimeFetch,
): Promise<BoundedResponse> {
  // Not AbortSignal.timeout: its timer outlives the answer, and keeps a Durable Object from being evicted until it rings.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), bounds.timeoutMs);
  const signal = bounds.signal ? AbortSignal.any([timeout.signal, bounds.signal]) : timeout.signal;
  try {
    const response = await send(url, { ...init, redirect: 'manual', signal });
    return { status: response.status, headers: response.headers, text: await readBounded(response, bounds.maxBytes) };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    if (timeout.signal.aborted) throw new FetchError('timeout', { cause: error });
    throw new FetchError(bounds.signal?.aborted ? 'aborted' : 'network', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** A message whose body is read: of a server that we asked, or of a client that asks us. */
type Read = 'body' | 'headers' | 'arrayBuffer' | 'text';
type Message = Pick<Request, Read> | Pick<Response, Read>;

/**
 * Reads a body of at most `maxBytes` as UTF-8.
 * A length that is declared frames the message (RFC 9112 §6.2): the runtime reads no more of it, so a body that is short
 * by its own word, and is not compressed, is read at once. Any other is counted as it comes.
 * @throws FetchError `too_large`
 */
export async function readBounded(message: Message, maxBytes: number): Promise<string> {
  const declared = message.headers.get('Content-Length');
  if (declared !== null && Number(declared) <= maxBytes && !message.headers.has('Content-Encoding')) {
    // Its `body` isn't touched: that would make a stream which nobody needs. `text` takes less than a buffer to decode,
    // but warns of what doesn't call itself a text.
    if (message.headers.get('Content-Type')?.startsWith('application/json') === true) return message.text();
    const bytes = await message.arrayBuffer();
    if (bytes.byteLength > maxBytes) throw new FetchError('too_large');
    return utf8.decode(bytes);
  }
  return message.body ? readCounted(message.body as ReadableStream<Uint8Array>, maxBytes) : '';
}

/** Only for what is decoded at once: it then keeps nothing from one text to the next. */
const utf8 = new TextDecoder();

async function readCounted(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new FetchError('too_large');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The JSON value of a text, or undefined: an answer that isn't JSON is the same failure as one of the wrong shape. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
