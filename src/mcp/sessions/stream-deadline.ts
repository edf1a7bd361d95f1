// A stream ends no later than it may.
import { MAX_STREAM_MS } from '../../session/limits';

/** The token that opened a stream. */
export interface StreamToken {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Whether this gateway issued it: the end of its session then ends the stream (session/change-feed.ts). */
  readonly ours: boolean;
}

/** Nobody tells us of the end of a session elsewhere, so its stream ends with its token, give or take differing clocks. */
const FOREIGN_GRACE_MS = 60_000;

/**
 * When a stream of changes ends, if its session doesn't end before. Past the token's expiry it carries pings and
 * `list_changed` only.
 */
export function streamEndsAt(openedAt: number, { expiresAt, ours }: StreamToken): number {
  const latest = openedAt + MAX_STREAM_MS;
  return ours ? latest : Math.min(latest, expiresAt + FOREIGN_GRACE_MS);
}

/**
 * @param endsAt milliseconds since the epoch
 * @param end ends the stream in its own way, so that its reader is told that there is no more
 */
export function until(endsAt: number, response: Response, end?: () => void): Response {
  if (!response.body) return response;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    reader.cancel().catch(() => undefined);
  };
  const timer = setTimeout(end ?? cut, Math.max(0, endsAt - Date.now()));
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        if (isCut) return { done: true as const, value: undefined };
        throw error;
      });
      if (!done) return controller.enqueue(value);
      clearTimeout(timer);
      controller.close();
    },
    cancel(reason) {
      clearTimeout(timer);
      return reader.cancel(reason);
    },
  });
  return new Response(body, response);
}
