import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { healths, plans } from '../enums';
import { overwrites } from '../hints';
import { changesSomething, email, id, line, requireChange } from '../inputs';
import { customer, customerLabels, showCustomer } from '../records/customer';
import { changedRecord } from '../uris';
import { changeLines, quoted } from '../words';

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
  confirm: {
    async message({ customer_id, ...change }, { api }) {
      if (!changesSomething(change)) return undefined;
      const now = await api.get(path`/v1/customers/${customer_id}`, customer);
      return [
        `Change the customer ${quoted(now.company)} (${customer_id})? What is there now is overwritten.`,
        changeLines(now, change, customerLabels),
      ].join('\n\n');
    },
    // A colleague can set a wrong record right, and the destructive hint makes clients ask their user by themselves.
    otherwise: 'proceed',
  },
  run: async ({ customer_id, ...change }, { api }) => {
    requireChange(change, changes);
    const updated = await api.patch(path`/v1/customers/${customer_id}`, customer, change);
    return {
      ...showCustomer(updated, 'The customer was updated.'),
      changed: changedRecord('customer', customer_id),
    };
  },
});
