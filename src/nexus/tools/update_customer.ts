import * as z from 'zod';
import { path } from '../../define/api';
import { ToolInputError } from '../../define/errors';
import { defineTool } from '../../define/tool';
import { healths, plans } from '../enums';
import { overwrites } from '../hints';
import { email, id, line } from '../inputs';
import { customer, showCustomer } from '../records/customer';

const changes = {
  contact_name: line(200).optional().describe('New name of the contact'),
  contact_email: email('New email of the contact').optional(),
  phone: line(40).optional().describe('New phone number of the contact'),
  health: z.enum(healths).optional().describe('New state of health'),
  owner: email('Email of the new owner, a colleague in the same workspace').optional(),
  plan: z.enum(plans).optional().describe('New plan'),
};

export const updateCustomer = defineTool({
  name: 'update_customer',
  title: 'Update customer',
  description: `Change a customer's contact, health, owner or plan. Only the fields given are changed, and their old values are
overwritten; give at least one.
Example: {"customer_id": "cus_0001", "health": "watch", "owner": "ada@acme.example"}`,
  scopes: ['customers:write'],
  upstream: 'default',
  input: z.strictObject({ customer_id: id('Id of the customer, like cus_0001'), ...changes }),
  output: customer,
  hints: overwrites,
  run: async ({ customer_id, ...change }, { api }) => {
    if (Object.values(change).every((value) => value === undefined)) {
      throw new ToolInputError('input', `Give at least one field to change: ${Object.keys(changes).join(', ')}.`);
    }
    return showCustomer(
      await api.patch(path`/v1/customers/${customer_id}`, customer, change),
      'The customer was updated.',
    );
  },
});
