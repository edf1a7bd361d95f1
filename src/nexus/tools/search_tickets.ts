import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { ticketPriorities, ticketStatuses } from '../enums';
import { reads } from '../hints';
import { email, id, query } from '../inputs';
import { listed, pageOf, paging } from '../lists';
import { ticketLabels, ticketSummary } from '../records/ticket';

const filters = {
  query,
  status: z.enum(ticketStatuses).optional().describe('Only tickets in this status'),
  priority: z.enum(ticketPriorities).optional().describe('Only tickets of this priority'),
  assignee: email("Only tickets of this assignee, by the assignee's email").optional(),
  customer_id: id('Only tickets of this customer, like cus_0001').optional(),
};
const tickets = pageOf(ticketSummary);

export const searchTickets = defineTool({
  name: 'search_tickets',
  title: 'Search tickets',
  description: `Find support tickets by text, status, priority, assignee or customer.
Use it to see what customers struggle with and to find a ticket's id; get_ticket reads description and comments.
Example: {"status": "open", "priority": "urgent"}`,
  scopes: ['tickets:read'],
  upstream: 'default',
  input: z.strictObject({ ...filters, ...paging }),
  output: tickets,
  hints: reads,
  run: async (input, { api }) => listed(await api.get(path`/v1/tickets`, tickets, input), ticketLabels, filters),
});
