import * as z from 'zod';
import { path } from '../../define/api';
import { details, sections, table } from '../../define/markdown';
import { upstreamText } from '../../define/text';
import { defineTool } from '../../define/tool';
import { regions } from '../enums';
import { reads } from '../hints';

const sums = {
  committed_usd: z.number().describe('Deals that are as good as signed'),
  best_case_usd: z.number().describe('Committed and likely deals'),
  pipeline_usd: z.number().describe('Won deals and all open ones'),
};
const forecast = z.object({
  quarter: upstreamText(20),
  region: upstreamText(40).nullable().describe('null: all regions'),
  currency: upstreamText(10),
  ...sums,
  by_region: z.array(z.object({ region: upstreamText(40), ...sums, deals: z.int() })),
});
const labels = { committed_usd: 'Committed (USD)', best_case_usd: 'Best case (USD)', pipeline_usd: 'Pipeline (USD)' };

export const getSalesForecast = defineTool({
  name: 'get_sales_forecast',
  title: 'Get sales forecast',
  description: `Read the sales forecast of a quarter (committed, best case, pipeline), in all and by region. Use it for questions about
expected revenue; for what is in each stage use get_pipeline_summary.
For the leads behind the stages use search_leads.
Example: {"quarter": "2026-Q4", "region": "emea"}`,
  scopes: ['analytics:read'],
  upstream: 'default',
  input: z.strictObject({
    region: z.enum(regions).optional().describe('Only this region; all where left out'),
    quarter: z
      .string()
      .regex(/^20\d\d-Q[1-4]$/, 'Must look like 2026-Q4')
      .optional()
      .describe('The quarter, like 2026-Q4; the current one where left out'),
  }),
  output: forecast,
  hints: reads,
  run: async (input, { api }) => {
    const found = await api.get(path`/v1/analytics/forecast`, forecast, input);
    const head = details(
      { ...found, region: found.region ?? 'all' },
      { quarter: 'Quarter', region: 'Region', ...labels },
    );
    return {
      structured: found,
      markdown: sections(head, table(found.by_region, { region: 'Region', ...labels, deals: 'Deals' })),
    };
  },
});
