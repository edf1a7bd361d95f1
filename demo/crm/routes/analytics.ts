// Figures over all of a tenant's leads. The forecast's categories are cumulative, as sales teams use them:
// committed = won + negotiation, best case = committed + proposal, pipeline = best case + every other open deal.
import { Hono } from 'hono';
import { z } from 'zod';
import type { CrmHono } from '../env.ts';
import { emailAddress, readQuery } from '../input.ts';
import { allowed } from '../roles.ts';
import { industries, quarterOf, regions, stages } from '../vocabulary.ts';

const forecastShape = z.object({
  region: z.enum(regions).optional(),
  quarter: z
    .string()
    .regex(/^\d{4}-Q[1-4]$/, 'must look like 2026-Q4')
    .optional(),
});

const pipelineShape = z.object({ owner: emailAddress.optional(), industry: z.enum(industries).optional() });

interface RegionRow {
  region: string;
  committed_usd: number;
  best_case_usd: number;
  pipeline_usd: number;
  deals: number;
}

export const analytics = new Hono<CrmHono>()
  .get('/forecast', async (c) => {
    const { tenantId } = allowed(c, 'analytics:read');
    const { region = null, quarter = quarterOf(c.env.now()) } = readQuery(c, forecastShape);
    const { results } = await c.env.CRM_DB.prepare(
      `SELECT region, ${sumOf(['won', 'negotiation'])} AS committed_usd,
         ${sumOf(['won', 'negotiation', 'proposal'])} AS best_case_usd, sum(value_usd) AS pipeline_usd, count(*) AS deals
       FROM leads
       WHERE tenant_id = ?1 AND close_quarter = ?2 AND stage <> 'lost' AND (?3 IS NULL OR region = ?3)
       GROUP BY region ORDER BY region`,
    )
      .bind(tenantId, quarter, region)
      .all<RegionRow>();
    const total = (column: 'committed_usd' | 'best_case_usd' | 'pipeline_usd') =>
      results.reduce((sum, row) => sum + row[column], 0);
    return c.json({
      quarter,
      region,
      currency: 'USD',
      committed_usd: total('committed_usd'),
      best_case_usd: total('best_case_usd'),
      pipeline_usd: total('pipeline_usd'),
      by_region: results,
    });
  })
  .get('/pipeline', async (c) => {
    const { tenantId } = allowed(c, 'analytics:read');
    const { owner = null, industry = null } = readQuery(c, pipelineShape);
    const { results } = await c.env.CRM_DB.prepare(
      `SELECT stage, count(*) AS leads, sum(value_usd) AS value_usd FROM leads
       WHERE tenant_id = ?1 AND (?2 IS NULL OR owner = ?2) AND (?3 IS NULL OR industry = ?3) GROUP BY stage`,
    )
      .bind(tenantId, owner, industry)
      .all<{ stage: string; leads: number; value_usd: number }>();
    const rows = stages.map((stage) => results.find((row) => row.stage === stage) ?? { stage, leads: 0, value_usd: 0 });
    const open = rows.filter((row) => row.stage !== 'won' && row.stage !== 'lost');
    return c.json({
      currency: 'USD',
      total_value_usd: open.reduce((sum, row) => sum + row.value_usd, 0),
      open_leads: open.reduce((sum, row) => sum + row.leads, 0),
      stages: rows,
    });
  });

const sumOf = (counted: readonly (typeof stages)[number][]): string =>
  `sum(CASE WHEN stage IN (${counted.map((stage) => `'${stage}'`).join(', ')}) THEN value_usd ELSE 0 END)`;
