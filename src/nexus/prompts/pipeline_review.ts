import * as z from 'zod';
import { path } from '../../define/api';
import { definePrompt } from '../../define/prompt';
import { colleagues, oneOf } from '../completions';
import { industries, leadStages } from '../enums';
import { pageOf } from '../lists';
import { checked, colleague, HANDS_OFF, listing, says, tells, word } from '../messages';
import { leadLabels, leadSummary } from '../records/lead';
import { pipeline, showPipeline } from '../records/pipeline';

/** Where a quarter is decided: what a review looks at when it isn't told otherwise. */
const LATE_STAGES = ['negotiation', 'proposal'] as const;
/** Of each stage, those that changed last. */
const LEADS_SHOWN = 25;

const shape = z.object({ stage: word(leadStages), owner: colleague, industry: word(industries) });
const leads = pageOf(leadSummary);
const { contact_name: _name, contact_email: _email, ...columns } = leadLabels;

export const pipelineReview = definePrompt({
  name: 'pipeline_review',
  title: 'Pipeline review',
  description: `Review the sales pipeline: where its value lies, which deals are at risk and what to do next. Brings the totals of
every stage, and the leads in the stage you name, or else those in negotiation and proposal.`,
  scopes: ['leads:read', 'analytics:read'],
  upstream: 'default',
  arguments: [
    {
      name: 'stage',
      title: 'Stage',
      description: 'Look at the leads in this stage, like negotiation',
      required: false,
      complete: oneOf(leadStages),
    },
    {
      name: 'owner',
      title: 'Owner',
      description: "Only this owner's leads, by the owner's email",
      required: false,
      complete: colleagues,
    },
    {
      name: 'industry',
      title: 'Industry',
      description: 'Only leads in this industry, like software',
      required: false,
      complete: oneOf(industries),
    },
  ],
  async run(args, { api }) {
    const { stage, ...filters } = checked(shape, args);
    const stages = stage ? [stage] : LATE_STAGES;
    const inStage = (each: string) => api.get(path`/v1/leads`, leads, { ...filters, stage: each, limit: LEADS_SHOWN });
    const [totals, pages] = await Promise.all([
      api.get(path`/v1/analytics/pipeline`, pipeline, filters),
      Promise.all(stages.map(inStage)),
    ]);
    const { owner, industry } = filters;
    const part = [owner && `owned by ${owner}`, industry && `in ${industry}`].filter(Boolean).join(' and ');
    return [
      says(
        `Review our sales pipeline${part && `, only the leads ${part}`}, above all stage ${stages.join(' and ')}.`,
        `Tell me, in this order and in few words:
1. Where the value lies: by stage, and in which few deals. Take the totals as they are; don't add up lists.
2. Which deals are at risk: large ones that have not changed for weeks, or late ones that hardly moved.
3. The three to five deals to work on this week, each with its id and a next step.`,
        `Read a lead with get_lead before you judge it, and find more with search_leads. ${HANDS_OFF}`,
      ),
      tells(
        `**Pipeline${part && `, leads ${part}`}**`,
        showPipeline(totals).markdown,
        ...pages.map((page, index) => listing(`Leads in stage ${stages[index]}`, page, columns)),
      ),
    ];
  },
});
