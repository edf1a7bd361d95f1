// Records a sign-in that led to no session. No object keeps such an event, so it is written to D1 behind the answer, if
// somebody was identified. Otherwise it is only a log line: rows in D1 stay for ever, and anybody can press Deny all day.
import { auditEvent, type RequestIds } from '../../audit/event';
import { insertAuditEvents } from '../../audit/repository';
import { messageOf } from '../../shared/errors';
import type { Log } from '../../shared/log';

export interface SignInAudit {
  readonly bindings: { readonly DB: D1Database };
  readonly ids: RequestIds;
  readonly log: Log;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** @param userEmail whom the provider vouched for; their tenant is not known, or not theirs */
export function auditRefusedSignIn(scope: SignInAudit, reason: string, clientId: string, userEmail?: string): void {
  if (userEmail === undefined) scope.log.info('sign_in.refused', { reason, clientId });
  else scope.waitUntil(write(scope, reason, clientId, userEmail));
}

async function write(scope: SignInAudit, reason: string, clientId: string, userEmail: string): Promise<void> {
  const event = auditEvent({
    action: 'sign_in',
    outcome: 'refused',
    reason,
    clientId,
    userEmail,
    occurredAt: Date.now(),
    ...scope.ids,
  });
  try {
    await insertAuditEvents(scope.bindings.DB, [event], Date.now()).run();
  } catch (error) {
    scope.log.error('audit.write_failed', { auditEvent: event, problem: messageOf(error) });
  }
}
