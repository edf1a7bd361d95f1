// Leads: people who may become customers, and how far each deal has come.
import { Hono } from 'hono';
import { z } from 'zod';
import { type CrmHono, iso } from '../env.ts';
import { CrmError } from '../errors.ts';
import { nextId } from '../ids.ts';
import { emailAddress, pageShape, readBody, readQuery, text } from '../input.ts';
import { listRows } from '../list.ts';
import { allowed } from '../roles.ts';
import { industries, quarterOf, regions, stages } from '../vocabulary.ts';

const columns =
  'id, company, contact_name, contact_email, industry, stage, owner, value_usd, region, created_at, updated_at, notes';
const source = {
  table: 'leads',
  columns,
  key: 'id',
  searched: ['company', 'contact_name', 'contact_email', 'notes'],
};

const listShape = z.object({
  ...pageShape,
  industry: z.enum(industries).optional(),
  stage: z.enum(stages).optional(),
  owner: emailAddress.optional(),
  region: z.enum(regions).optional(),
  min_value: z.coerce.number().int().min(0).optional(),
});
const createShape = z.strictObject({
  company: text(200),
  contact_name: text(200),
  contact_email: emailAddress,
  industry: z.enum(industries),
  region: z.enum(regions),
  value_usd: z.number().int().min(0).max(1_000_000_000).default(0),
  notes: z.string().max(5000).default(''),
});
const moveShape = z.strictObject({ stage: z.enum(stages), note: text(2000).optional() });

/** A deal that is opened now is expected to close about a quarter later. */
const expectedToClose = (now: number): string => quarterOf(now + 75 * 24 * 3600_000);

interface Lead {
  id: string;
  updated_at: string;
}

export const leads = new Hono<CrmHono>()
  .get('/', async (c) => {
    const { tenantId } = allowed(c, 'leads:read');
    const { query, starts_with, limit, cursor, min_value, ...filters } = readQuery(c, listShape);
    const extra = min_value === undefined ? [] : [{ sql: 'value_usd >= ?', values: [min_value] }];
    return c.json(
      await listRows<Lead>(c.env.CRM_DB, tenantId, source, { query, starts_with, limit, cursor }, filters, extra),
    );
  })
  .get('/:id', async (c) => {
    const { tenantId } = allowed(c, 'leads:read');
    return c.json(await findLead(c.env.CRM_DB, tenantId, c.req.param('id')));
  })
  .post('/', async (c) => {
    const { tenantId, email } = allowed(c, 'leads:write');
    const lead = await readBody(c, createShape);
    const now = c.env.now();
    const id = await nextId(c.env.CRM_DB, 'lead');
    await c.env.CRM_DB.prepare(
      `INSERT INTO leads (tenant_id, close_quarter, ${columns})
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'new', ?8, ?9, ?10, ?11, ?11, ?12)`,
    )
      .bind(
        tenantId,
        expectedToClose(now),
        id,
        lead.company,
        lead.contact_name,
        lead.contact_email,
        lead.industry,
        email,
        lead.value_usd,
        lead.region,
        iso(now),
        lead.notes,
      )
      .run();
    return c.json(await findLead(c.env.CRM_DB, tenantId, id), 201);
  })
  .patch('/:id', async (c) => {
    const { tenantId, email } = allowed(c, 'leads:write');
    const { stage, note } = await readBody(c, moveShape);
    const now = iso(c.env.now());
    const line = note === undefined ? '' : `[${now.slice(0, 10)} ${email}] ${note}`;
    // won and lost are final; the condition is in the UPDATE, so that two moves at once cannot both pass a check.
    const moved = await c.env.CRM_DB.prepare(
      `UPDATE leads SET stage = ?1, updated_at = ?2,
         notes = CASE WHEN ?3 = '' THEN notes WHEN notes = '' THEN ?3 ELSE notes || char(10) || ?3 END
       WHERE tenant_id = ?4 AND id = ?5 AND stage NOT IN ('won', 'lost') RETURNING ${columns}`,
    )
      .bind(stage, now, line, tenantId, c.req.param('id'))
      .first();
    if (moved) return c.json(moved);
    await findLead(c.env.CRM_DB, tenantId, c.req.param('id'));
    throw new CrmError('conflict', 'This lead is won or lost, and stays so.');
  });

async function findLead(db: D1Database, tenantId: string, id: string): Promise<Record<string, unknown>> {
  const lead = await db
    .prepare(`SELECT ${columns} FROM leads WHERE tenant_id = ? AND id = ?`)
    .bind(tenantId, id)
    .first();
  if (!lead) throw new CrmError('not_found', 'There is no such lead.');
  return lead;
}
