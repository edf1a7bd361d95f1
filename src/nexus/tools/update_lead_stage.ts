import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { finalStages, leadStages } from '../enums';
import { overwrites } from '../hints';
import { id, prose } from '../inputs';
import { lead, showLead } from '../records/lead';
import { changedRecord } from '../uris';
import { quoted, quotedText } from '../words';

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
  confirm: {
    async message({ lead_id, stage, note }, { api }) {
      if (!finalStages.has(stage)) return undefined;
      const { company, stage: now, value_usd: value } = await api.get(path`/v1/leads/${lead_id}`, lead);
      return [
        `Move the lead ${quoted(company)} (${lead_id}, ${value} USD) from ${quoted(now)} to ${quoted(stage)}?`,
        `That is final: it can't be moved any more.`,
        ...(note === undefined ? [] : [quotedText(note)]),
      ].join('\n\n');
    },
    // The destructive hint makes clients ask their user by themselves, and nobody outside learns of it.
    otherwise: 'proceed',
  },
  async run({ lead_id, ...change }, { api }) {
    const moved = await api.patch(path`/v1/leads/${lead_id}`, lead, change);
    return {
      ...showLead(moved, `The lead is now in stage ${change.stage}.`),
      changed: changedRecord('lead', lead_id),
    };
  },
});
