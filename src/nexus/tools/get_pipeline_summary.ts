import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { industries } from '../enums';
import { reads } from '../hints';
import { email } from '../inputs';
import { pipeline, showPipeline } from '../records/pipeline';

export const getPipelineSummary = defineTool({
  name: 'get_pipeline_summary',
  title: 'Get pipeline summary',
  description: `Read how many leads are in each stage of the pipeline and what they are worth: in all, of one owner or in one
industry. Use it for totals.
It is right where adding up search_leads is not.
Example: {"owner": "ada@acme.example"}`,
  scopes: ['analytics:read'],
  upstream: 'default',
  input: z.strictObject({
    owner: email("Only leads of this owner, by the owner's email").optional(),
    industry: z.enum(industries).optional().describe('Only leads in this industry'),
  }),
  output: pipeline,
  hints: reads,
  run: async (input, { api }) => showPipeline(await api.get(path`/v1/analytics/pipeline`, pipeline, input)),
});
