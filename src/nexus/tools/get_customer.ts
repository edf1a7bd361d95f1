import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { reads } from '../hints';
import { id } from '../inputs';
import { customer, showCustomer } from '../records/customer';

export const getCustomer = defineTool({
  name: 'get_customer',
  title: 'Get customer',
  description: `Read one customer in full: plan, revenue, health, owner and contact. Use it after search_customers, or with the
customer_id of a ticket.
Example: {"customer_id": "cus_0001"}`,
  scopes: ['customers:read'],
  upstream: 'default',
  input: z.strictObject({ customer_id: id('Id of the customer, like cus_0001') }),
  output: customer,
  hints: reads,
  run: async (input, { api }) => showCustomer(await api.get(path`/v1/customers/${input.customer_id}`, customer)),
});
