import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { ticketPriorities, ticketStatuses } from '../enums';
import { overwrites } from '../hints';
import { email, id, requireChange } from '../inputs';
import { showTicket, ticket, ticketLabels, ticketSummary } from '../records/ticket';
import { changedRecord } from '../uris';
import { changeLines, quoted } from '../words';

const changes = {
  status: z.enum(ticketStatuses).optional().describe('New status; "open" opens a closed ticket again'),
  priority: z.enum(ticketPriorities).optional().describe('New priority'),
  assignee: email('Email of the new assignee, a colleague in the same workspace').optional(),
};

export const updateTicket = defineTool({
  name: 'update_ticket',
  title: 'Update ticket',
  description: `Change a support ticket's status, priority or assignee; give at least one. Close a ticket only when the user asks for
it, and say what solved it with add_ticket_comment before: a closed ticket takes no comments.
Example: {"ticket_id": "tic_0001", "priority": "high", "assignee": "ada@acme.example"}`,
  scopes: ['tickets:write'],
  upstream: 'default',
  input: z.strictObject({ ticket_id: id('Id of the ticket, like tic_0001'), ...changes }),
  output: ticket,
  hints: overwrites,
  confirm: {
    async message({ ticket_id, ...change }, { api }) {
      if (change.status !== 'closed') return undefined;
      const now = await api.get(path`/v1/tickets/${ticket_id}`, ticketSummary);
      const whose = now.customer_name ? ` of ${quoted(now.customer_name)}` : '';
      return [
        `Close the ticket ${quoted(now.subject)} (${ticket_id})${whose}? It then takes no more comments.`,
        changeLines(now, change, ticketLabels),
      ].join('\n\n');
    },
    // A closed ticket can be opened again, and the destructive hint makes clients ask their user by themselves.
    otherwise: 'proceed',
  },
  async run({ ticket_id, ...change }, { api }) {
    requireChange(change, changes);
    const updated = await api.patch(path`/v1/tickets/${ticket_id}`, ticket, change);
    return { ...showTicket(updated, 'The ticket was updated.'), changed: changedRecord('ticket', ticket_id) };
  },
});
