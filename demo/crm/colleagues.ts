// The people of a workspace, as the routes that name one need them.
import { invalidField } from './errors.ts';

/** @throws validation_failed for an email that nobody of this tenant has; nothing for none */
export async function requireColleague(
  db: D1Database,
  tenantId: string,
  field: string,
  email: string | undefined,
): Promise<void> {
  if (email === undefined) return;
  const user = await db.prepare('SELECT 1 FROM users WHERE tenant_id = ? AND email = ?').bind(tenantId, email).first();
  if (!user) throw invalidField(field, 'must be the email of somebody in your workspace');
}
