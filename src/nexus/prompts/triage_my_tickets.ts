import * as z from 'zod';
import { path } from '../../define/api';
import { definePrompt } from '../../define/prompt';
import { colleagues, oneOf } from '../completions';
import { ticketPriorities } from '../enums';
import { pageOf } from '../lists';
import { HANDS_OFF, checked, colleague, listing, mayReadKnowledge, says, tells, word } from '../messages';
import { ticketLabels, ticketSummary } from '../records/ticket';

/** A closed ticket needs no triage. */
const unsolved = ['open', 'pending'] as const;
/** More in one list is not triage but reporting; the heading says how many there are. */
const TICKETS_SHOWN = 50;

const shape = z.object({ status: word(unsolved), assignee: colleague });
const tickets = pageOf(ticketSummary);
type Ticket = z.output<typeof ticketSummary>;
const { assignee: _assignee, ...columns } = { ...ticketLabels, created_at: 'Opened' };

export const triageMyTickets = definePrompt({
  name: 'triage_my_tickets',
  title: 'Triage my tickets',
  description: `Sort the support tickets that are assigned to you: what to answer first, what belongs together, what can wait.
Brings your open and pending tickets, or those of a colleague whom you name.`,
  scopes: ['tickets:read'],
  upstream: 'default',
  arguments: [
    {
      name: 'status',
      title: 'Status',
      description: 'Only open or only pending tickets; both where left out',
      required: false,
      complete: oneOf(unsolved),
    },
    {
      name: 'assignee',
      title: 'Assignee',
      description: "Whose tickets, by the assignee's email; yours where left out",
      required: false,
      complete: colleagues,
    },
  ],
  async run(args, { api, caller }) {
    const { status, assignee = caller.email } = checked(shape, args);
    const statuses = status ? [status] : unsolved;
    const pages = await Promise.all(
      statuses.map((each) => api.get(path`/v1/tickets`, tickets, { assignee, status: each, limit: TICKETS_SHOWN })),
    );
    const whose = assignee === caller.email ? 'my' : `${assignee}'s`;
    return [
      says(
        `Triage ${whose} ${statuses.join(' and ')} support tickets.`,
        `1. Put them in the order in which to work on them, each with its id and half a sentence why: priority, customer, age, who waits for whom.
2. Name tickets that seem to have one cause, and which of them to answer first.
3. Suggest changes of priority, assignee or status where the list looks wrong.
4. Draft an answer to the first one.`,
        `Read a ticket with get_ticket before you judge or answer it${mayReadKnowledge(caller) ? ', and look for known solutions with search_knowledge' : ''}. ${HANDS_OFF}`,
      ),
      tells(
        ...pages.map(({ items, total }, index) =>
          listing(`Tickets in status ${statuses[index]}`, { items: items.toSorted(byUrgency), total }, columns),
        ),
      ),
    ];
  },
});

/** The most urgent first; among equals the one that has waited longest. */
function byUrgency(a: Ticket, b: Ticket): number {
  return urgency(b) - urgency(a) || Date.parse(a.updated_at) - Date.parse(b.updated_at);
}

/** -1 for a priority that Nexus may add tomorrow. */
function urgency({ priority }: Ticket): number {
  return ticketPriorities.findIndex((known) => known === priority);
}
