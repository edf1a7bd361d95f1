import { defineUpstream } from '../define/upstream';

export const nexusApi = defineUpstream({
  name: 'nexus',
  title: 'Nexus CRM',
  baseUrl: { variable: 'NEXUS_API_URL' },
  credential: {
    strategy: 'verify',
    owner: 'session',
    secrets: { adminToken: 'NEXUS_ADMIN_TOKEN' },
    verifyPath: '/auth/verify',
    refreshPath: '/auth/refresh',
    tenantsPath: '/auth/tenants',
  },
});
