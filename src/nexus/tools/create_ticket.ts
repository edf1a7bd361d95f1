import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { ticketPriorities } from '../enums';
import { adds } from '../hints';
import { id, line, prose } from '../inputs';
import { showTicket, ticket } from '../records/ticket';

export const createTicket = defineTool({
  name: 'create_ticket',
  title: 'Create ticket',
  description: `Open a support ticket in the name of the signed-in user, for a customer or for the workspace itself. Each call opens
one: look with search_tickets first whether the problem is reported already.
Example: {"subject": "Export fails with a timeout", "description": "Since Monday, exports over 10,000 rows stop after 30 seconds.", "priority": "high", "customer_id": "cus_0001"}`,
  scopes: ['tickets:write'],
  upstream: 'default',
  input: z.strictObject({
    subject: line(200).describe('The problem in one line'),
    description: prose(8_000).describe('What happened, what was expected, how to repeat it'),
    priority: z.enum(ticketPriorities).optional().describe('How urgent it is; normal where left out'),
    customer_id: id('Id of the customer it concerns, like cus_0001').optional(),
  }),
  output: ticket,
  hints: adds,
  run: async (input, { api }) => showTicket(await api.post(path`/v1/tickets`, ticket, input), 'The ticket was opened.'),
});
