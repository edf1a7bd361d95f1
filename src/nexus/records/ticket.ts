import * as z from 'zod';
import { details, type Labels, quote, sections } from '../../define/markdown';
import { upstreamText } from '../../define/text';
import type { ToolOutput } from '../../define/tool';

/** The newest comments are the ones a reader needs; with their texts at full length these are 40,000 characters. */
const COMMENTS_SHOWN = 20;

export const ticketSummary = z.object({
  id: upstreamText(64),
  subject: upstreamText(300),
  status: upstreamText(40),
  priority: upstreamText(40),
  customer_id: upstreamText(64).nullish(),
  customer_name: upstreamText(200).nullish(),
  assignee: upstreamText(254).nullish().describe("The assignee's email"),
  created_at: upstreamText(40),
  updated_at: upstreamText(40),
  comment_count: z.int().min(0).describe('How many comments there are in all'),
});

export const comment = z.object({
  id: upstreamText(64),
  author: upstreamText(254),
  body: upstreamText(2_000),
  created_at: upstreamText(40),
});
type Comment = z.output<typeof comment>;

export const ticket = ticketSummary.extend({
  description: upstreamText(8_000),
  comments: z.array(comment).describe(`The newest comments, newest first; at most ${COMMENTS_SHOWN}`),
});
export type Ticket = z.output<typeof ticket>;

export const ticketLabels = {
  id: 'ID',
  subject: 'Subject',
  status: 'Status',
  priority: 'Priority',
  customer_name: 'Customer',
  customer_id: 'Customer ID',
  assignee: 'Assignee',
  comment_count: 'Comments',
  updated_at: 'Updated',
} satisfies Labels<Ticket>;

export function quoteComment({ author, created_at: at, body }: Comment): string {
  return quote(`Comment by ${author}, ${at}`, body);
}

/** One ticket in full with its newest comments, after a sentence that says what was done with it. */
export function showTicket(whole: Ticket, done?: string): ToolOutput<Ticket> {
  const comments = whole.comments.toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
  const structured = { ...whole, comments: comments.slice(0, COMMENTS_SHOWN) };
  const older = comments.length - structured.comments.length;
  const markdown = sections(
    done,
    details(structured, ticketLabels),
    quote('Description', structured.description),
    ...structured.comments.map(quoteComment),
    older > 0 && `${older} older comments are not shown.`,
  );
  return { structured, markdown };
}
