// How a call ended whose intent is on record, reported to its OAuth session: when the run ends, which may be long after
// its answer began to stream.
import type { Outcome } from '../../audit/event';
import type { GrantedCall } from '../../session/stub';
import type { CallEnd, Exchange } from './request-context';

/**
 * @param deliver brings it to the session; undefined when others see to that
 * @param call whose intent is on record
 * @param leaves whether the answer to a call that has ended leaves whole, in this very turn
 * @returns what the request has to stay for, which never rejects; undefined for nothing
 */
export function reported(
  exchange: Exchange,
  deliver: (ended: Outcome) => Promise<void> | undefined,
  call: GrantedCall | undefined,
  leaves = false,
): Promise<void> | undefined {
  if (!call) return undefined;
  const { eventId } = call;
  const { end, over, startedAt, request } = exchange;
  const ended = ({ outcome, reason }: CallEnd): Outcome => ({
    eventId,
    result: { outcome, reason, durationMs: request.now() - startedAt },
  });
  return (
    end ? deliver({ ...ended(end), ...(leaves && { left: true }) }) : over.then((late) => deliver(ended(late)))
  )?.catch((error: unknown) => request.log.error('audit.outcome_lost', { error, eventId }));
}
