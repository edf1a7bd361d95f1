import { path } from '../../define/api';
import { defineResourceTemplate } from '../../define/resource';
import { ticketIds } from '../completions';
import { idIn } from '../inputs';
import { showTicket, ticket } from '../records/ticket';
import { RECORD_TYPE, recordBody, uriTemplates } from '../uris';

export const ticketResource = defineResourceTemplate({
  name: 'ticket',
  title: 'Support ticket',
  description: 'A support ticket with its description and its newest comments, as you may see it.',
  uriTemplate: uriTemplates.ticket,
  mimeType: RECORD_TYPE,
  scopes: ['tickets:read'],
  upstream: 'default',
  complete: { id: ticketIds },
  async read(variables, { api }) {
    const id = idIn(variables, 'id');
    return [recordBody('ticket', id, showTicket(await api.get(path`/v1/tickets/${id}`, ticket)).markdown)];
  },
});
