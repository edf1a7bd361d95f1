import * as z from 'zod';
import { path } from '../../define/api';
import { sections } from '../../define/markdown';
import { defineTool } from '../../define/tool';
import { adds } from '../hints';
import { id, prose } from '../inputs';
import { comment, quoteComment } from '../records/ticket';

export const addTicketComment = defineTool({
  name: 'add_ticket_comment',
  title: 'Add ticket comment',
  description: `Add a comment to a support ticket in the name of the signed-in user. Others can read it and it can't be taken
back: show the text to the user first. A closed ticket takes no comments.
Example: {"ticket_id": "tic_0001", "body": "A fix is on its way; we expect it tomorrow."}`,
  scopes: ['tickets:write'],
  upstream: 'default',
  input: z.strictObject({
    ticket_id: id('Id of the ticket, like tic_0001'),
    body: prose(2_000).describe('The text of the comment'),
  }),
  output: comment,
  hints: adds,
  run: async ({ ticket_id, body }, { api }) => {
    const added = await api.post(path`/v1/tickets/${ticket_id}/comments`, comment, { body });
    return { structured: added, markdown: sections('The comment was added.', quoteComment(added)) };
  },
});
