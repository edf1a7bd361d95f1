// The Worker of the demo CRM; everything is in app.ts.
import { handleCrm } from './app.ts';
import type { CrmEnv } from './env.ts';

export default {
  fetch: (request, env) => handleCrm(request, env),
} satisfies ExportedHandler<CrmEnv>;
