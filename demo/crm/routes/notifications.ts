// Notifications: messages to people of the sender's own workspace. The demo keeps them and sends nothing.
import { Hono } from 'hono';
import { z } from 'zod';
import { type CrmHono, iso } from '../env.ts';
import { invalidField } from '../errors.ts';
import { nextId } from '../ids.ts';
import { emailAddress, readBody, text } from '../input.ts';
import { allowed } from '../roles.ts';

const sendShape = z.strictObject({
  recipients: z.array(emailAddress).min(1).max(10),
  subject: text(200),
  message: text(5000),
});

export const notifications = new Hono<CrmHono>().post('/', async (c) => {
  const { tenantId, email } = allowed(c, 'notifications:send');
  const { recipients, subject, message } = await readBody(c, sendShape);
  const { results } = await c.env.CRM_DB.prepare(
    'SELECT email FROM users WHERE tenant_id = ? AND email IN (SELECT value FROM json_each(?))',
  )
    .bind(tenantId, JSON.stringify(recipients))
    .all<{ email: string }>();
  const known = new Set(results.map((row) => row.email));
  if (!recipients.every((recipient) => known.has(recipient))) {
    throw invalidField('recipients', 'must all be people in your workspace');
  }
  const id = await nextId(c.env.CRM_DB, 'ntf');
  const sentAt = iso(c.env.now());
  await c.env.CRM_DB.prepare(
    'INSERT INTO notifications (id, tenant_id, sender, recipients, subject, message, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
    .bind(id, tenantId, email, JSON.stringify(recipients), subject, message, sentAt)
    .run();
  return c.json({ id, recipients, sent_at: sentAt }, 202);
});
