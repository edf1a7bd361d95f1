// Colleagues, for whoever has to name one: the people of the caller's own workspace, and of each no more than that.
import { Hono } from 'hono';
import { z } from 'zod';
import type { CrmHono } from '../env.ts';
import { pageShape, readQuery } from '../input.ts';
import { allowedAny } from '../roles.ts';

const listShape = z.object({ query: pageShape.query, limit: pageShape.limit });

/** Records of each of these name their owner or assignee, so none of them learns of a person by this route alone. */
const namesPeople = ['leads:read', 'customers:read', 'tickets:read'];

export const users = new Hono<CrmHono>().get('/', async (c) => {
  const { tenantId } = allowedAny(c, namesPeople);
  const { query = '', limit } = readQuery(c, listShape);
  const { results } = await c.env.CRM_DB.prepare(
    `SELECT email, name FROM users
     WHERE tenant_id = ?1 AND disabled = 0 AND (?2 = '' OR instr(lower(email || char(10) || name), lower(?2)) > 0)
     ORDER BY email LIMIT ?3`,
  )
    .bind(tenantId, query, limit)
    .all<{ email: string; name: string }>();
  return c.json({ items: results });
});
