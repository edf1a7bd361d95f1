import * as z from 'zod';
import { path } from '../../define/api';
import { details, sections, table } from '../../define/markdown';
import { upstreamText } from '../../define/text';
import { defineTool } from '../../define/tool';
import { reads } from '../hints';

const pipeline = z.object({
  currency: upstreamText(10),
  total_value_usd: z.number().describe('Value of all open leads'),
  open_leads: z.int(),
  stages: z.array(z.object({ stage: upstreamText(40), leads: z.int(), value_usd: z.number() })),
});

export const getPipelineSummary = defineTool({
  name: 'get_pipeline_summary',
  title: 'Get pipeline summary',
  description: `Read how many leads are in each stage of the pipeline and what they are worth. Use it for totals instead of adding up
search_leads; it takes no input.
Example: {}`,
  scopes: ['analytics:read'],
  upstream: 'default',
  input: z.strictObject({}),
  output: pipeline,
  hints: reads,
  run: async (_input, { api }) => {
    const found = await api.get(path`/v1/analytics/pipeline`, pipeline);
    const head = details(found, { open_leads: 'Open leads', total_value_usd: 'Total value (USD)' });
    const stages = table(found.stages, { stage: 'Stage', leads: 'Leads', value_usd: 'Value (USD)' });
    return { structured: found, markdown: sections(head, stages) };
  },
});
