// Reports to the OAuth session how a call ended, once its run ends: that may be long after its answer began to stream. A
// call without an intent on record has nothing to report.
import type { Ended } from '../../session/stub';
import type { CallEnd, Exchange } from './request-context';
import type { RunnableCall } from './request';

/**
 * @param deliver brings it to the session; undefined when others see to that
 * @param call whose intent is on record
 * @param leaves whether the answer to a call that has ended leaves whole, in this very turn
 * @returns what the request has to stay for, which never rejects; undefined for nothing
 */
export function reported(
  exchange: Pick<Exchange, 'end' | 'over' | 'startedAt' | 'request'>,
  deliver: (ended: Ended) => Promise<void> | undefined,
  call: RunnableCall | undefined,
  leaves = false,
): Promise<void> | undefined {
  const eventId = call?.eventId;
  if (eventId === undefined) return undefined;
  const { end, over, startedAt, request } = exchange;
  const ended = ({ outcome, reason }: CallEnd): Ended => ({
    eventId,
    result: { outcome, reason, durationMs: request.now() - startedAt },
  });
  return (
    end ? deliver({ ...ended(end), ...(leaves && { left: true }) }) : over.then((late) => deliver(ended(late)))
  )?.catch((error: unknown) => request.log.error('audit.outcome_lost', { error, eventId }));
}
