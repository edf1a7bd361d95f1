import { path } from '../../define/api';
import { defineResourceTemplate } from '../../define/resource';
import { customerIds } from '../completions';
import { idIn } from '../inputs';
import { customer, showCustomer } from '../records/customer';
import { RECORD_TYPE, recordBody, uriTemplates } from '../uris';

export const customerResource = defineResourceTemplate({
  name: 'customer',
  title: 'Customer',
  description: 'A customer: plan, revenue, health, owner and contact, as you may see it.',
  uriTemplate: uriTemplates.customer,
  mimeType: RECORD_TYPE,
  scopes: ['customers:read'],
  upstream: 'default',
  complete: { id: customerIds },
  async read(variables, { api }) {
    const id = idIn(variables, 'id');
    return [recordBody('customer', id, showCustomer(await api.get(path`/v1/customers/${id}`, customer)).markdown)];
  },
});
