// Support tickets and their comments.
import { Hono } from 'hono';
import { z } from 'zod';
import { requireColleague } from '../colleagues.ts';
import { type CrmHono, iso } from '../env.ts';
import { CrmError, invalidField } from '../errors.ts';
import { nextId } from '../ids.ts';
import { emailAddress, pageShape, readBody, readQuery, text } from '../input.ts';
import { listRows } from '../list.ts';
import { allowed } from '../roles.ts';
import { priorities, statuses } from '../vocabulary.ts';

const columns = `id, subject, status, priority, customer_id,
  (SELECT company FROM customers c WHERE c.tenant_id = tickets.tenant_id AND c.id = tickets.customer_id) AS customer_name,
  assignee, created_at, updated_at,
  (SELECT count(*) FROM comments m WHERE m.tenant_id = tickets.tenant_id AND m.ticket_id = tickets.id) AS comment_count`;
const source = { table: 'tickets', columns, key: 'id', searched: ['subject', 'description'] };

const listShape = z.object({
  ...pageShape,
  status: z.enum(statuses).optional(),
  priority: z.enum(priorities).optional(),
  assignee: emailAddress.optional(),
  customer_id: z.string().max(50).optional(),
});
const createShape = z.strictObject({
  subject: text(200),
  description: text(10_000),
  priority: z.enum(priorities).default('normal'),
  customer_id: text(50).optional(),
});
const changeShape = z.strictObject({
  status: z.enum(statuses).optional(),
  priority: z.enum(priorities).optional(),
  assignee: emailAddress.optional(),
});
const commentShape = z.strictObject({ body: text(10_000) });

interface Ticket {
  id: string;
  updated_at: string;
}

export const tickets = new Hono<CrmHono>()
  .get('/', async (c) => {
    const { tenantId } = allowed(c, 'tickets:read');
    const { query, starts_with, limit, cursor, ...filters } = readQuery(c, listShape);
    return c.json(
      await listRows<Ticket>(c.env.CRM_DB, tenantId, source, { query, starts_with, limit, cursor }, filters),
    );
  })
  .get('/:id', async (c) => {
    const { tenantId } = allowed(c, 'tickets:read');
    return c.json(await findTicket(c.env.CRM_DB, tenantId, c.req.param('id')));
  })
  .post('/', async (c) => {
    const { tenantId, email } = allowed(c, 'tickets:write');
    const ticket = await readBody(c, createShape);
    await requireCustomer(c.env.CRM_DB, tenantId, ticket.customer_id);
    const id = await nextId(c.env.CRM_DB, 'tic');
    await c.env.CRM_DB.prepare(
      `INSERT INTO tickets (id, tenant_id, subject, description, status, priority, customer_id, assignee, created_at, updated_at)
       VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?6, ?7, ?8, ?8)`,
    )
      .bind(
        id,
        tenantId,
        ticket.subject,
        ticket.description,
        ticket.priority,
        ticket.customer_id ?? null,
        email,
        iso(c.env.now()),
      )
      .run();
    return c.json(await findTicket(c.env.CRM_DB, tenantId, id), 201);
  })
  .patch('/:id', async (c) => {
    const { tenantId } = allowed(c, 'tickets:write');
    const changes = Object.entries(await readBody(c, changeShape)).filter(([, value]) => value !== undefined);
    if (changes.length === 0) throw invalidField('body', 'must change at least one field');
    await requireColleague(c.env.CRM_DB, tenantId, 'assignee', changes.find(([name]) => name === 'assignee')?.[1]);
    const id = c.req.param('id');
    // Column names are the shape's keys: a strict object lets no others through.
    const assignments = changes.map(([name]) => `${name} = ?`).join(', ');
    await c.env.CRM_DB.prepare(`UPDATE tickets SET ${assignments}, updated_at = ? WHERE tenant_id = ? AND id = ?`)
      .bind(...changes.map(([, value]) => value), iso(c.env.now()), tenantId, id)
      .run();
    return c.json(await findTicket(c.env.CRM_DB, tenantId, id));
  })
  .post('/:id/comments', async (c) => {
    const { tenantId, email } = allowed(c, 'tickets:write');
    const { body } = await readBody(c, commentShape);
    const ticketId = c.req.param('id');
    const now = iso(c.env.now());
    const comment = { id: await nextId(c.env.CRM_DB, 'com'), author: email, body, created_at: now };
    // The condition is in the INSERT: a ticket that is closed meanwhile takes no comment.
    const [inserted] = await c.env.CRM_DB.batch([
      c.env.CRM_DB.prepare(
        `INSERT INTO comments (id, tenant_id, ticket_id, author, body, created_at)
         SELECT ?, tenant_id, id, ?, ?, ? FROM tickets WHERE tenant_id = ? AND id = ? AND status <> 'closed' RETURNING id`,
      ).bind(comment.id, comment.author, comment.body, now, tenantId, ticketId),
      c.env.CRM_DB.prepare(
        `UPDATE tickets SET updated_at = ? WHERE tenant_id = ? AND id = ? AND status <> 'closed'`,
      ).bind(now, tenantId, ticketId),
    ]);
    if (inserted?.results.length) return c.json(comment, 201);
    await findTicket(c.env.CRM_DB, tenantId, ticketId);
    throw new CrmError('conflict', 'This ticket is closed and takes no more comments.');
  });

async function findTicket(db: D1Database, tenantId: string, id: string): Promise<Record<string, unknown>> {
  const [found, thread] = await db.batch([
    db.prepare(`SELECT ${columns}, description FROM tickets WHERE tenant_id = ? AND id = ?`).bind(tenantId, id),
    db
      .prepare(
        `SELECT id, author, body, created_at FROM comments WHERE tenant_id = ? AND ticket_id = ? ORDER BY created_at, id`,
      )
      .bind(tenantId, id),
  ]);
  const ticket = found?.results[0] as Record<string, unknown> | undefined;
  if (!ticket) throw new CrmError('not_found', 'There is no such ticket.');
  return { ...ticket, comments: thread?.results ?? [] };
}

async function requireCustomer(db: D1Database, tenantId: string, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const customer = await db
    .prepare('SELECT 1 FROM customers WHERE tenant_id = ? AND id = ?')
    .bind(tenantId, id)
    .first();
  if (!customer) throw invalidField('customer_id', 'is not a customer of yours');
}
