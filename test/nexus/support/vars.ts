// The environment of the reference product's gateway.
import { testVars } from '../../support/vars.ts';

const { PRODUCT_API_URL: _url, PRODUCT_ADMIN_TOKEN: _token, ...common } = testVars;

export const nexusVars = {
  ...common,
  NEXUS_API_URL: 'https://crm.example',
  NEXUS_ADMIN_TOKEN: 'admin-token-for-tests-only',
};
