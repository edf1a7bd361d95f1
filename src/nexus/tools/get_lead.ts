import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { reads } from '../hints';
import { id } from '../inputs';
import { lead, showLead } from '../records/lead';

export const getLead = defineTool({
  name: 'get_lead',
  title: 'Get lead',
  description: `Read one lead in full, with its notes. Use it after search_leads, when the id is known.
Example: {"lead_id": "lead_0001"}`,
  scopes: ['leads:read'],
  upstream: 'default',
  input: z.strictObject({ lead_id: id('Id of the lead, like lead_0001') }),
  output: lead,
  hints: reads,
  run: async (input, { api }) => showLead(await api.get(path`/v1/leads/${input.lead_id}`, lead)),
});
