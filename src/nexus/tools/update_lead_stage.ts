import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { leadStages } from '../enums';
import { overwrites } from '../hints';
import { id, prose } from '../inputs';
import { lead, showLead } from '../records/lead';

export const updateLeadStage = defineTool({
  name: 'update_lead_stage',
  title: 'Update lead stage',
  description: `Move a lead to another stage of the pipeline, with a note on why. "won" and "lost" are final: a lead there can't be
moved any more, so be sure that the user means it.
Example: {"lead_id": "lead_0001", "stage": "negotiation", "note": "Budget approved on the call of Tuesday"}`,
  scopes: ['leads:write'],
  upstream: 'default',
  input: z.strictObject({
    lead_id: id('Id of the lead, like lead_0001'),
    stage: z.enum(leadStages).describe('The stage to move it to; won and lost are final'),
    note: prose(2_000).optional().describe('Why it moves; added to the notes of the lead'),
  }),
  output: lead,
  // A note is added again by every call.
  hints: { ...overwrites, idempotentHint: false },
  run: async ({ lead_id, ...change }, { api }) =>
    showLead(await api.patch(path`/v1/leads/${lead_id}`, lead, change), `The lead is now in stage ${change.stage}.`),
});
