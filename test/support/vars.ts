// The environment of the gateway under test, whole, so that nothing of a developer's .dev.vars shows through. None of
// these are secrets of anything.
export const testVars = {
  PUBLIC_URL: 'https://gateway.example',
  DATA_JURISDICTION: '',
  IDP_ISSUER: 'https://idp.example',
  IDP_CLIENT_ID: 'nexus-gateway',
  IDP_CLIENT_SECRET: 'idp-client-secret-for-tests',
  IDP_NAME: 'Example ID',
  ALLOWED_EMAIL_DOMAINS: '',
  NEXUS_API_URL: 'https://crm.example',
  NEXUS_ADMIN_TOKEN: 'admin-token-for-tests-only',
  CREDENTIAL_KEYS: JSON.stringify([{ id: 'k1', key: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' }]),
  SESSION_KEY: 'c2Vzc2lvbi1rZXktZm9yLXRlc3RzLTAxMjM0NTY3ODkwMTI',
  CONSENT_KEY: 'consent-key-for-tests-only-0123456789',
  ACCESS_TOKEN_TTL: '',
  REFRESH_TOKEN_TTL: '',
  OAUTH_CLIENTS: '',
  CLIENT_REGISTRATION: '',
  ALLOWED_ORIGINS: '',
  RESULT_LIMITS: '',
  LOG_EMAILS: '',
};
