// A fetch to another server, bounded in time and size, which never follows a redirect: a redirect would carry our
// Authorization header, or our trust, to a host that nobody configured.

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
const runtimeFetch: Fetch = (input, init) => fetch(input, init);

/**
 * Sends one request and reads the whole answer as text.
 * @throws FetchError when time, size, encoding or the network fails; an HTTP error status is not a failure here.
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
    return { status: response.status, headers: response.headers, text: await readText(response, bounds.maxBytes) };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    if (timeout.signal.aborted) throw new FetchError('timeout', { cause: error });
    throw new FetchError(bounds.signal?.aborted ? 'aborted' : 'network', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** An error's own text may be in whatever encoding: its status says what happened, and must not be lost for that. */
async function readText(response: Response, maxBytes: number): Promise<string> {
  try {
    return await readBounded(response, maxBytes);
  } catch (error) {
    if (error instanceof FetchError && error.reason === 'not_utf8' && !response.ok) return '';
    throw error;
  }
}

/** A message whose body is read: of a server that we asked, or of a client that asks us. */
type Message = Pick<Request, 'body'> | Pick<Response, 'body'>;

/**
 * Reads a body of at most `maxBytes` as UTF-8.
 * Bytes are counted as they come, whatever length is declared: where an answer is chunked as well, the runtime shows its
 * `Content-Length` and reads on past it (RFC 9112 §6.3), so a server that lies could fill our memory.
 * @throws FetchError `too_large`, or `not_utf8`: replaced by U+FFFD, other text than was sent would be stored and compared
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

/** The JSON value of a text, or undefined: an answer that isn't JSON is the same failure as one of the wrong shape. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
