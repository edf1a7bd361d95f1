import * as z from 'zod';
import { path, type ApiClient } from '../../define/api';
import { ToolInputError } from '../../define/errors';
import { inline } from '../../define/markdown';
import { definePrompt } from '../../define/prompt';
import { customerNames, idOfSuggestion } from '../completions';
import { pageOf } from '../lists';
import { HANDS_OFF, checked, listing, mayReadKnowledge, says, tells } from '../messages';
import { customer, showCustomer, type Customer } from '../records/customer';
import { ticketLabels, ticketSummary } from '../records/ticket';
import { linkTo, recordBody } from '../uris';
import { plain, quoted } from '../words';

/** What is unsolved, and what was solved last: a caller asks after both. */
const TICKETS_SHOWN = { open: 20, pending: 20, closed: 5 } as const;
/** Links beside the table, for clients that offer records to open. */
const LINKS = 10;
/** Enough to tell namesakes apart. */
const NAMESAKES = 5;

const shape = z.object({ customer: z.string().trim().min(1).max(200) });
const tickets = pageOf(ticketSummary);
const customers = pageOf(customer);
const { customer_name: _name, customer_id: _id, ...columns } = ticketLabels;

export const prepareCustomerCall = definePrompt({
  name: 'prepare_customer_call',
  title: 'Prepare for a customer call',
  description: `Get ready for a call with a customer: who they are, how they are doing, what is open with support and what to talk
about. Brings the customer's record and their tickets.`,
  scopes: ['customers:read', 'tickets:read'],
  upstream: 'default',
  arguments: [
    {
      name: 'customer',
      title: 'Customer',
      description: 'Name of the company or id of the customer, like cus_0001',
      required: true,
      complete: customerNames,
    },
  ],
  async run(args, { api, caller }) {
    const whom = await findCustomer(checked(shape, args).customer, api);
    const [open, pending, closed] = await Promise.all([
      ticketsOf(whom, 'open', api),
      ticketsOf(whom, 'pending', api),
      ticketsOf(whom, 'closed', api),
    ]);
    const unsolved = [...open.items, ...pending.items].slice(0, LINKS);
    return [
      says(
        `I have a call with a customer, “${inline(whom.company)}” (${whom.id}). Prepare me for it, on one page.`,
        `1. Who they are: plan, revenue, since when, and how they are doing, in two sentences.
2. What is open: each ticket in one line, what they wait for, and what I can promise. Say which one could spoil the call.
3. What to talk about: three to five points, beginning with what matters to them, and a question for each.
4. What I should settle with colleagues before the call.`,
        `Read a ticket with get_ticket before you rely on its subject${mayReadKnowledge(caller) ? ', and look up our rules with search_knowledge' : ''}. ${HANDS_OFF}`,
      ),
      {
        role: 'user',
        content: { type: 'resource', resource: recordBody('customer', whom.id, showCustomer(whom).markdown) },
      },
      tells(
        listing('Open tickets', open, columns),
        listing('Tickets that wait for an answer', pending, columns),
        listing('Tickets closed lately', closed, columns),
      ),
      ...unsolved.map(({ id, subject }) => ({ role: 'user' as const, content: linkTo('ticket', id, plain(subject)) })),
    ];
  },
});

function ticketsOf({ id }: Customer, status: keyof typeof TICKETS_SHOWN, api: ApiClient) {
  return api.get(path`/v1/tickets`, tickets, { customer_id: id, status, limit: TICKETS_SHOWN[status] });
}

/** By id, or by a name that only one customer has: a person who types it knows no ids. */
async function findCustomer(given: string, api: ApiClient): Promise<Customer> {
  const id = idOfSuggestion(given);
  if (id) return api.get(path`/v1/customers/${id}`, customer);
  const { items, total } = await api.get(path`/v1/customers`, customers, { query: given, limit: NAMESAKES });
  const exact = items.filter(({ company }) => plain(company).toLowerCase() === given.toLowerCase());
  const [only, another] = exact.length > 0 ? exact : items;
  if (!only) throw new ToolInputError('customer', `No customer matches ${quoted(given)}. Try a part of the name.`);
  if (!another) return only;
  const some = items.map(({ company, id: each }) => `${plain(company, 80)} (${each})`).join(', ');
  throw new ToolInputError('customer', `${total} customers match ${quoted(given)}: ${some}. Give the id of one.`);
}
