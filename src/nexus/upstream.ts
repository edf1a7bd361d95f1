import { defineUpstream } from '../define/upstream';

export const nexusApi = defineUpstream({
  name: 'nexus',
  title: 'Nexus CRM',
  env: { baseUrl: 'NEXUS_API_URL', adminToken: 'NEXUS_ADMIN_TOKEN' },
  verifyPath: '/auth/verify',
  refreshPath: '/auth/refresh',
  tenantsPath: '/auth/tenants',
});
