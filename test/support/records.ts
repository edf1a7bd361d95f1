// What the gateway has on record: grants, session objects and audit events.
import { env } from 'cloudflare:workers';
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';
import { BATCH_DELAY_MS } from '../../src/audit/outbox';
import { objectsIn } from './objects';

export interface AuditRow {
  readonly action: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly tenant_id: string | null;
  readonly user_id: string | null;
  readonly user_email: string | null;
  readonly client_id: string | null;
  readonly session_id: string | null;
  readonly tool: string | null;
  readonly upstream: string | null;
  readonly request_id: string;
  readonly trace_id: string;
}

/** Whether any session was opened or any grant written. */
export async function anythingGranted(): Promise<boolean> {
  const grants = await env.OAUTH_KV.list({ prefix: 'grant:' });
  const objects = await objectsIn(env.SESSIONS);
  // Objects of earlier tests are listed still, though empty.
  const sessions = await Promise.all(
    objects.map((id) => runInDurableObject(env.SESSIONS.get(id), (_, state) => state.storage.kv.get('session'))),
  );
  return grants.keys.length > 0 || sessions.some((session) => session !== undefined);
}

/** Makes a session's object send what it holds to D1, as its alarm does some seconds later. */
export async function flushSession(sessionId: string): Promise<void> {
  if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + BATCH_DELAY_MS);
  await runDurableObjectAlarm(env.SESSIONS.get(env.SESSIONS.idFromName(sessionId)));
}

export async function auditEvents(where: Partial<AuditRow> = {}): Promise<AuditRow[]> {
  const { results } = await env.DB.prepare('SELECT * FROM audit_events ORDER BY occurred_at').all<AuditRow>();
  return results.filter((row) =>
    Object.entries(where).every(([column, value]) => row[column as keyof AuditRow] === value),
  );
}

/** A busy machine takes its time. */
const PATIENCE = { timeout: 10_000 };

/** Waits for an event that is written behind the answer. */
export function auditEvent(where: Partial<AuditRow>): Promise<AuditRow> {
  return vi.waitFor(async () => {
    const [event] = await auditEvents(where);
    if (!event) throw new Error(`no audit event ${JSON.stringify(where)}`);
    return event;
  }, PATIENCE);
}

/** The same for an event that the session's object holds back until its alarm. */
export function recordedEvent(sessionId: string, where: Partial<AuditRow>): Promise<AuditRow> {
  return vi.waitFor(async () => {
    await flushSession(sessionId);
    const [event] = await auditEvents(where);
    if (!event) throw new Error(`no audit event ${JSON.stringify(where)}`);
    return event;
  }, PATIENCE);
}

export async function sessionRow(sessionId: string): Promise<Record<string, unknown> | null> {
  await flushSession(sessionId);
  return env.DB.prepare('SELECT * FROM sessions WHERE session_id = ?').bind(sessionId).first();
}
