import { path } from '../../define/api';
import { defineResourceTemplate } from '../../define/resource';
import { leadIds } from '../completions';
import { idIn } from '../inputs';
import { lead, showLead } from '../records/lead';
import { RECORD_TYPE, recordBody, uriTemplates } from '../uris';

export const leadResource = defineResourceTemplate({
  name: 'lead',
  title: 'Lead',
  description: 'A sales lead with its notes: company, contact, stage, value and owner, as you may see it.',
  uriTemplate: uriTemplates.lead,
  mimeType: RECORD_TYPE,
  scopes: ['leads:read'],
  upstream: 'default',
  complete: { id: leadIds },
  async read(variables, { api }) {
    const id = idIn(variables, 'id');
    return [recordBody('lead', id, showLead(await api.get(path`/v1/leads/${id}`, lead)).markdown)];
  },
});
