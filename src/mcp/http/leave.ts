// The last check before an answer leaves the gateway. A call may take a minute, and its session may end or its token may be
// revoked meanwhile: then nothing of the answer leaves (session/standing.ts).
import type { Standing } from '../../session/standing';
import { isEventStream, JsonRpcCode, jsonRpcError, unauthorized } from '../protocol/responses';
import type { McpRequest } from '../calls/request';

/** @returns the answer; or a challenge, with nothing of the answer in it */
export async function leave(response: Response, { standing, challenge, log }: McpRequest): Promise<Response> {
  if (!standing.isFresh) {
    const stands = await standing.holds().catch((error: unknown) => {
      log.error('session.authorize_failed', { error });
      return undefined;
    });
    if (stands !== true) {
      await response.body?.cancel();
      log.warn('answer.withheld', { reason: stands === undefined ? 'not_decided' : 'session_ended' });
      return stands === undefined
        ? jsonRpcError(503, JsonRpcCode.refused, 'The session could not confirm this answer in time. Try again.', {
            'Retry-After': '5',
          })
        : unauthorized(
            jsonRpcError(401, JsonRpcCode.refused, 'Access was revoked meanwhile: sign in again.'),
            challenge,
          );
    }
  }
  if (!isEventStream(response) || !response.body) return response;
  return new Response(response.body.pipeThrough(gate(standing)), response);
}

/** Checks each message of a stream like an answer of its own. The stream ends at the first message that may not leave. */
function gate(standing: Standing): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    async transform(chunk, controller) {
      if (isComment(chunk) || standing.isFresh || (await standing.holds())) controller.enqueue(chunk);
      else controller.terminate();
    },
  });
}

/** A comment only keeps the connection open. It must not wake an object every few seconds. */
function isComment(chunk: Uint8Array): boolean {
  const text = chunk[0] === 0x3a ? new TextDecoder().decode(chunk) : '';
  return text.startsWith(':') && text.split('\n').every((line) => line === '' || line.startsWith(':'));
}
