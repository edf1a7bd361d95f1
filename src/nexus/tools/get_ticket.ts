import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { reads } from '../hints';
import { id } from '../inputs';
import { showTicket, ticket } from '../records/ticket';

export const getTicket = defineTool({
  name: 'get_ticket',
  title: 'Get ticket',
  description: `Read one support ticket with its description and its newest comments. Use it after search_tickets.
Read it before you answer with add_ticket_comment.
Example: {"ticket_id": "tic_0001"}`,
  scopes: ['tickets:read'],
  upstream: 'default',
  input: z.strictObject({ ticket_id: id('Id of the ticket, like tic_0001') }),
  output: ticket,
  hints: reads,
  run: async (input, { api }) => showTicket(await api.get(path`/v1/tickets/${input.ticket_id}`, ticket)),
});
