// Customers: companies that pay, how much, and how they are doing.
import { Hono } from 'hono';
import { z } from 'zod';
import { requireColleague } from '../colleagues.ts';
import { type CrmHono, iso } from '../env.ts';
import { CrmError, invalidField } from '../errors.ts';
import { emailAddress, pageShape, readBody, readQuery, text } from '../input.ts';
import { listRows } from '../list.ts';
import { allowed } from '../roles.ts';
import { healths, industries, plans, regions } from '../vocabulary.ts';

const columns =
  'id, company, industry, region, plan, mrr_usd, health, owner, contact_name, contact_email, phone, since, updated_at';
const source = {
  table: 'customers',
  columns,
  key: 'id',
  searched: ['company', 'contact_name', 'contact_email', 'phone'],
};

const listShape = z.object({
  ...pageShape,
  industry: z.enum(industries).optional(),
  plan: z.enum(plans).optional(),
  health: z.enum(healths).optional(),
  owner: emailAddress.optional(),
  region: z.enum(regions).optional(),
});
const changeShape = z.strictObject({
  contact_name: text(200).optional(),
  contact_email: emailAddress.optional(),
  phone: z
    .string()
    .regex(/^\+?[\d ()./-]{5,30}$/, 'must be a phone number')
    .optional(),
  health: z.enum(healths).optional(),
  owner: emailAddress.optional(),
  plan: z.enum(plans).optional(),
});

interface Customer {
  id: string;
  updated_at: string;
}

export const customers = new Hono<CrmHono>()
  .get('/', async (c) => {
    const { tenantId } = allowed(c, 'customers:read');
    const { query, starts_with, limit, cursor, ...filters } = readQuery(c, listShape);
    return c.json(
      await listRows<Customer>(c.env.CRM_DB, tenantId, source, { query, starts_with, limit, cursor }, filters),
    );
  })
  .get('/:id', async (c) => {
    const { tenantId } = allowed(c, 'customers:read');
    const customer = await c.env.CRM_DB.prepare(`SELECT ${columns} FROM customers WHERE tenant_id = ? AND id = ?`)
      .bind(tenantId, c.req.param('id'))
      .first();
    if (!customer) throw noSuchCustomer();
    return c.json(customer);
  })
  .patch('/:id', async (c) => {
    const { tenantId } = allowed(c, 'customers:write');
    const changes = Object.entries(await readBody(c, changeShape)).filter(([, value]) => value !== undefined);
    if (changes.length === 0) throw invalidField('body', 'must change at least one field');
    await requireColleague(c.env.CRM_DB, tenantId, 'owner', changes.find(([name]) => name === 'owner')?.[1]);
    // Column names are the shape's keys: a strict object lets no others through.
    const assignments = changes.map(([name]) => `${name} = ?`).join(', ');
    const customer = await c.env.CRM_DB.prepare(
      `UPDATE customers SET ${assignments}, updated_at = ? WHERE tenant_id = ? AND id = ? RETURNING ${columns}`,
    )
      .bind(...changes.map(([, value]) => value), iso(c.env.now()), tenantId, c.req.param('id'))
      .first();
    if (!customer) throw noSuchCustomer();
    return c.json(customer);
  });

const noSuchCustomer = () => new CrmError('not_found', 'There is no such customer.');
