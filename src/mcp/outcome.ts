// How a call ended whose intent is on record, reported to its OAuth session: when the run ends, which may be long after
// its answer began to stream.
import type { SessionFace } from '../session/face';
import type { Exchange } from './exchange';

/** @returns undefined for a request that has no intent on record; else a promise that never rejects */
export function reported(exchange: Exchange, session: SessionFace, started: number): Promise<void> | undefined {
  const { call, log, now } = exchange.request;
  return (
    call &&
    exchange.over
      .then(({ outcome, reason }) => session.complete(call.eventId, { outcome, reason, durationMs: now() - started }))
      .catch((error: unknown) => log.error('audit.outcome_lost', { error, eventId: call.eventId }))
  );
}
