import * as z from 'zod';
import { details, sections, table } from '../../define/markdown';
import { upstreamText } from '../../define/text';
import type { ToolOutput } from '../../define/tool';

export const pipeline = z.object({
  currency: upstreamText(10),
  total_value_usd: z.number().describe('Value of all open leads'),
  open_leads: z.int(),
  stages: z.array(z.object({ stage: upstreamText(40), leads: z.int(), value_usd: z.number() })),
});
type Pipeline = z.output<typeof pipeline>;

export function showPipeline(structured: Pipeline): ToolOutput<Pipeline> {
  const head = details(structured, { open_leads: 'Open leads', total_value_usd: 'Total value (USD)' });
  const stages = table(structured.stages, { stage: 'Stage', leads: 'Leads', value_usd: 'Value (USD)' });
  return { structured, markdown: sections(head, stages) };
}
