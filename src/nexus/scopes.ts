// What Nexus lets a client do, in the words of the person who grants it.
import { defineScopes } from '../define/scopes';

export const nexusScopes = defineScopes({
  'profile:read': { description: 'see who you are and which workspace you belong to', baseline: true },
  'leads:read': { description: 'read the leads you can see in Nexus' },
  'leads:write': {
    description: 'create leads and move them between stages',
    sensitive: true,
    irreversible: true,
  },
  'customers:read': { description: 'read the customers you can see in Nexus' },
  'customers:write': { description: 'change customer records', sensitive: true, irreversible: true },
  'tickets:read': { description: 'read support tickets and their comments' },
  'tickets:write': {
    description: 'open, change and close tickets, and comment on them in your name',
    sensitive: true,
    irreversible: true,
  },
  'knowledge:read': { description: 'search and read the knowledge base' },
  'analytics:read': { description: 'read sales forecasts and pipeline figures' },
  'notifications:send': {
    description: 'send notifications to people in your workspace in your name',
    sensitive: true,
    irreversible: true,
  },
});
