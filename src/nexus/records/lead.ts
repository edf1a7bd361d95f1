import * as z from 'zod';
import { details, type Labels, quote, sections } from '../../define/markdown';
import { upstreamText } from '../../define/text';
import type { ToolOutput } from '../../define/tool';

export const lead = z.object({
  id: upstreamText(64),
  company: upstreamText(200),
  contact_name: upstreamText(200),
  contact_email: upstreamText(254),
  industry: upstreamText(40),
  stage: upstreamText(40),
  owner: upstreamText(254).describe("The owner's email"),
  value_usd: z.number(),
  region: upstreamText(40),
  created_at: upstreamText(40),
  updated_at: upstreamText(40),
  notes: upstreamText(8_000).nullish(),
});
export type Lead = z.output<typeof lead>;

/** A lead in a list: without its notes, which can be long. */
export const leadSummary = lead.omit({ notes: true });

export const leadLabels = {
  id: 'ID',
  company: 'Company',
  contact_name: 'Contact',
  contact_email: 'Email',
  stage: 'Stage',
  industry: 'Industry',
  region: 'Region',
  value_usd: 'Value (USD)',
  owner: 'Owner',
  updated_at: 'Updated',
} satisfies Labels<Lead>;

/** One lead in full, after a sentence that says what was done with it. */
export function showLead(structured: Lead, done?: string): ToolOutput<Lead> {
  const { notes } = structured;
  return { structured, markdown: sections(done, details(structured, leadLabels), quote('Notes', notes)) };
}
