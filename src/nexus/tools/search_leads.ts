import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { industries, leadStages, regions } from '../enums';
import { reads } from '../hints';
import { email, query, usd } from '../inputs';
import { listed, pageOf, paging } from '../lists';
import { leadLabels, leadSummary } from '../records/lead';

const filters = {
  query,
  industry: z.enum(industries).optional().describe('Only leads in this industry'),
  stage: z.enum(leadStages).optional().describe('Only leads in this stage of the pipeline'),
  owner: email("Only leads of this owner, by the owner's email").optional(),
  region: z.enum(regions).optional().describe('Only leads in this region'),
  min_value: usd('Only leads worth at least this many US dollars').optional(),
};
const leads = pageOf(leadSummary);

export const searchLeads = defineTool({
  name: 'search_leads',
  title: 'Search leads',
  description: `Find sales leads (companies that are not customers yet) by text, industry, stage, owner, region or value.
Use it for questions about prospects and to find a lead's id.
For totals over the whole pipeline use get_pipeline_summary.
Example: {"industry": "manufacturing", "stage": "proposal", "min_value": 50000}`,
  scopes: ['leads:read'],
  upstream: 'default',
  input: z.strictObject({ ...filters, ...paging }),
  output: leads,
  hints: reads,
  run: async (input, { api }) => listed(await api.get(path`/v1/leads`, leads, input), leadLabels, filters),
});
