// The audit event of a sign-in that led to no session: it has no object to keep it, so it goes to D1 beside the answer, if
// somebody was identified. Before that it is a log line: rows in D1 stay for ever, and anybody can say Deny all day long.
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
