// A stream ends no later than it may: what a token opened doesn't outlive it.

/**
 * @param endsAt milliseconds since the epoch
 * @param end ends the stream in its own way, so that its reader is told that there is no more
 */
export function until(endsAt: number, response: Response, end?: () => void): Response {
  if (!response.body) return response;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const cut = (): void => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(end ?? cut, Math.max(0, endsAt - Date.now()));
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
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
