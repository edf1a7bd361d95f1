// The knowledge base: what support and sales look up.
import { Hono } from 'hono';
import { z } from 'zod';
import type { CrmHono } from '../env.ts';
import { CrmError } from '../errors.ts';
import { pageShape, readQuery } from '../input.ts';
import { listRows } from '../list.ts';
import { allowed } from '../roles.ts';
import { categories } from '../vocabulary.ts';

const columns = 'slug, title, summary, category, updated_at';
const source = { table: 'articles', columns, key: 'slug', searched: ['title', 'summary', 'body'] };
const listShape = z.object({ ...pageShape, category: z.enum(categories).optional() });

interface Article {
  slug: string;
  updated_at: string;
}

export const articles = new Hono<CrmHono>()
  .get('/', async (c) => {
    const { tenantId } = allowed(c, 'knowledge:read');
    const { query, starts_with, limit, cursor, category } = readQuery(c, listShape);
    return c.json(
      await listRows<Article>(c.env.CRM_DB, tenantId, source, { query, starts_with, limit, cursor }, { category }),
    );
  })
  .get('/:slug', async (c) => {
    const { tenantId } = allowed(c, 'knowledge:read');
    const article = await c.env.CRM_DB.prepare(`SELECT ${columns}, body FROM articles WHERE tenant_id = ? AND slug = ?`)
      .bind(tenantId, c.req.param('slug'))
      .first();
    if (!article) throw new CrmError('not_found', 'There is no such article.');
    return c.json(article);
  });
