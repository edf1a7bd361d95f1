import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { healths, industries, plans, regions } from '../enums';
import { reads } from '../hints';
import { email, query } from '../inputs';
import { listed, pageOf, paging } from '../lists';
import { customer, customerLabels } from '../records/customer';

const filters = {
  query,
  industry: z.enum(industries).optional().describe('Only customers in this industry'),
  plan: z.enum(plans).optional().describe('Only customers on this plan'),
  health: z.enum(healths).optional().describe('Only customers in this state of health'),
  owner: email("Only customers of this owner, by the owner's email").optional(),
  region: z.enum(regions).optional().describe('Only customers in this region'),
};
const customers = pageOf(customer);

export const searchCustomers = defineTool({
  name: 'search_customers',
  title: 'Search customers',
  description: `Find customers by text, industry, plan, health, owner or region.
Use it for questions about existing accounts (who is at risk, who is on which plan) and to find a customer's id.
Example: {"health": "at_risk", "plan": "enterprise"}`,
  scopes: ['customers:read'],
  upstream: 'default',
  input: z.strictObject({ ...filters, ...paging }),
  output: customers,
  hints: reads,
  run: async (input, { api }) => listed(await api.get(path`/v1/customers`, customers, input), customerLabels, filters),
});
