// The Nexus CRM of the demo: the REST API that the gateway stands in front of. For local use, never deployed.
// A data request knows its tenant and user from the access token's row only.
import { Hono } from 'hono';
import type { Clock, CrmEnv, CrmHono } from './env.ts';
import { CrmError } from './errors.ts';
import { withInstalled } from './install.ts';
import { analytics } from './routes/analytics.ts';
import { articles } from './routes/articles.ts';
import { auth } from './routes/auth.ts';
import { customers } from './routes/customers.ts';
import { leads } from './routes/leads.ts';
import { notifications } from './routes/notifications.ts';
import { switchboard } from './routes/switchboard.ts';
import { tickets } from './routes/tickets.ts';
import { users } from './routes/users.ts';
import { arrive } from './switches.ts';
import { authenticate, bearer, sameSecret } from './tokens.ts';

const app = new Hono<CrmHono>();

app.use('*', async (c, next) => {
  const db = c.env.CRM_DB;
  if (!/^\/(?:v1|auth)\//.test(c.req.path)) {
    await withInstalled(db, () => db.prepare('SELECT 1 FROM settings').first());
    return next();
  }
  const arrival = await withInstalled(db, () => arrive(db, c.req.method, c.req.path));
  if (arrival.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, arrival.delayMs));
  if (arrival.failure) return failAsTold(arrival.failure.status, arrival.failure.retry_after);
  c.set('tokenTtl', arrival.tokenTtl);
  return next();
});

for (const path of ['/auth/*', '/__demo/*']) {
  app.use(path, async (c, next) => {
    const given = bearer(c.req.header('Authorization'));
    if (given === null || !(await sameSecret(given, c.env.NEXUS_ADMIN_TOKEN))) {
      throw new CrmError('unauthorized', 'This call needs the admin token.');
    }
    await next();
  });
}

app.use('/v1/*', async (c, next) => {
  c.set('caller', await authenticate(c.env.CRM_DB, bearer(c.req.header('Authorization')), c.env.now));
  await next();
});

app.get('/healthz', (c) => c.json({ status: 'ok' }));
app.get('/v1/me', (c) => {
  const { userId, name, email, role, tenantId, tenantName } = c.get('caller');
  return c.json({ user_id: userId, name, email, role, tenant_id: tenantId, tenant_name: tenantName });
});
app.route('/auth', auth);
app.route('/v1/leads', leads);
app.route('/v1/customers', customers);
app.route('/v1/tickets', tickets);
app.route('/v1/articles', articles);
app.route('/v1/analytics', analytics);
app.route('/v1/notifications', notifications);
app.route('/v1/users', users);
app.route('/__demo', switchboard);

app.notFound(() => new CrmError('not_found', 'There is nothing here.').toResponse());
app.onError((error) => {
  if (error instanceof CrmError) return error.toResponse();
  console.error(error);
  return new CrmError('internal', 'Something went wrong in Nexus.').toResponse();
});

/** Answers one request; `now` is the clock that tokens and rows are dated by. */
export async function handleCrm(request: Request, env: CrmEnv, now: Clock = Date.now): Promise<Response> {
  return app.fetch(request, { ...env, now });
}

/** What a careless backend would say when it breaks: none of it may reach a model. */
export const internalDetail = 'nexus-db-3.internal: FATAL password authentication failed for user "nexus_rw"';

function failAsTold(status: number, retryAfter: number | null): Response {
  const codes: Record<number, string> = { 401: 'invalid_token', 403: 'forbidden', 404: 'not_found', 409: 'conflict' };
  const more: Record<number, string> = { 400: 'invalid_grant', 422: 'validation_failed', 429: 'rate_limited' };
  const headers = retryAfter === null ? {} : { 'Retry-After': String(retryAfter) };
  const error = codes[status] ?? more[status] ?? 'internal';
  return Response.json({ error, message: internalDetail }, { status, headers });
}
