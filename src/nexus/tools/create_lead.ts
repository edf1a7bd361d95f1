import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { industries, regions } from '../enums';
import { adds } from '../hints';
import { email, line, prose, usd } from '../inputs';
import { lead, showLead } from '../records/lead';

export const createLead = defineTool({
  name: 'create_lead',
  title: 'Create lead',
  description: `Add a new lead in stage "new", owned by the signed-in user. Each call adds one: look with search_leads first
whether the company is there already.
Example: {"company": "Hooli", "contact_name": "Gavin Belson", "contact_email": "gavin@hooli.example", "industry": "software", "region": "amer", "value_usd": 80000}`,
  scopes: ['leads:write'],
  upstream: 'default',
  input: z.strictObject({
    company: line(200).describe('Name of the company'),
    contact_name: line(200).describe('Name of the person to talk to'),
    contact_email: email('Email of the person to talk to'),
    industry: z.enum(industries).describe('Industry of the company'),
    region: z.enum(regions).describe('Sales region of the company'),
    value_usd: usd('Expected value in whole US dollars').optional(),
    notes: prose(4_000).optional().describe('Anything worth knowing about the lead'),
  }),
  output: lead,
  hints: adds,
  run: async (input, { api }) => showLead(await api.post(path`/v1/leads`, lead, input), 'The lead was created.'),
});
