import * as z from 'zod';
import { details, type Labels, sections } from '../../define/markdown';
import { upstreamText } from '../../define/text';
import type { ToolOutput } from '../../define/tool';

export const customer = z.object({
  id: upstreamText(64),
  company: upstreamText(200),
  industry: upstreamText(40),
  region: upstreamText(40),
  plan: upstreamText(40),
  mrr_usd: z.number().describe('Monthly recurring revenue'),
  health: upstreamText(40),
  owner: upstreamText(254).describe("The owner's email"),
  contact_name: upstreamText(200),
  contact_email: upstreamText(254),
  phone: upstreamText(40).nullish(),
  since: upstreamText(40),
  updated_at: upstreamText(40),
});
export type Customer = z.output<typeof customer>;

export const customerLabels = {
  id: 'ID',
  company: 'Company',
  plan: 'Plan',
  mrr_usd: 'MRR (USD)',
  health: 'Health',
  industry: 'Industry',
  region: 'Region',
  contact_name: 'Contact',
  contact_email: 'Email',
  phone: 'Phone',
  owner: 'Owner',
  since: 'Customer since',
} satisfies Labels<Customer>;

/** One customer in full, after a sentence that says what was done with it. */
export function showCustomer(structured: Customer, done?: string): ToolOutput<Customer> {
  return { structured, markdown: sections(done, details(structured, customerLabels)) };
}
