import * as z from 'zod';
import { path } from '../../define/api';
import { sections } from '../../define/markdown';
import { defineTool } from '../../define/tool';
import { sends } from '../hints';
import { id, prose } from '../inputs';
import { comment, quoteComment, ticketSummary } from '../records/ticket';
import { changedRecord } from '../uris';
import { quoted, quotedText } from '../words';

export const addTicketComment = defineTool({
  name: 'add_ticket_comment',
  title: 'Add ticket comment',
  description: `Add a comment to a support ticket in the name of the signed-in user. The customer can read it and it
can't be taken back: show the text to the user first. A closed ticket takes no comments.
Example: {"ticket_id": "tic_0001", "body": "A fix is on its way; we expect it tomorrow."}`,
  scopes: ['tickets:write'],
  upstream: 'default',
  input: z.strictObject({
    ticket_id: id('Id of the ticket, like tic_0001'),
    body: prose(2_000).describe('The text of the comment'),
  }),
  output: comment,
  hints: sends,
  confirm: {
    async message({ ticket_id, body }, { api }) {
      const { subject, customer_name: customer } = await api.get(path`/v1/tickets/${ticket_id}`, ticketSummary);
      const readers = customer ? `${quoted(customer)} and your colleagues` : 'Your colleagues';
      return [
        `Add this comment to the ticket ${quoted(subject)} (${ticket_id}) in your name?`,
        `${readers} can read it, and it can't be taken back.`,
        quotedText(body),
      ].join('\n\n');
    },
    // It may reach a customer, with whatever a hostile ticket talked a model into. But a client that can't be asked
    // shows the call to its user, since it is open-world and not read-only; to refuse would end support from there.
    otherwise: 'proceed',
  },
  run: async ({ ticket_id, body }, { api }) => {
    const added = await api.post(path`/v1/tickets/${ticket_id}/comments`, comment, { body });
    const markdown = sections('The comment was added.', quoteComment(added));
    return { structured: added, markdown, changed: changedRecord('ticket', ticket_id) };
  },
});
