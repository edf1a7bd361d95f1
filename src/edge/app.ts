// The gateway's HTTP interface: which address is served by what. Every answer carries the request's id. Every failure
// becomes a status here, and an exception shows the visitor nothing but that id.
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { TENANT_PATH } from '../oauth/sign-in/step';
import { serveAuthorizationServer } from '../oauth/routes';
import {
  AUTHORIZATION_SERVER_METADATA_PATH,
  AUTHORIZE_PATH,
  CALLBACK_PATH,
  REGISTER_PATH,
  TOKEN_PATH,
} from '../oauth/server';
import type { Bindings, Config } from '../config';
import type { GatewayDefinition } from '../define/gateway';
import { JsonRpcCode, jsonRpcError } from '../mcp/protocol/responses';
import { ConfigError } from '../shared/errors';
import { createLog, withLog } from '../shared/log';
import { withPercentBlanks } from '../shared/parameters';
import { continueTrace } from '../shared/trace';
import {
  RESOURCE_METADATA_ROUTE,
  RESOURCE_ROUTES,
  resourceAt,
  resourceMeantBy,
  resourceOf,
  TENANT_PAGE_ROUTE,
  tenantOfPage,
} from '../shared/resources';
import { addressLimit } from './address-limit';
import { idsOf, type EdgeEnv } from './context';
import { headGuard, hostGuard, originGuard } from './guards';
import { mcpRoute, type McpRouteParts } from './mcp/route';
import { brandOf, type Brand } from './pages/brand';
import { COPY_SCRIPT_PATH, copyScriptResponse } from './pages/copy-script';
import { messagePage } from './pages/error';
import { FAVICON_PATH, faviconResponse } from './pages/favicon';
import { tenantPagePattern } from './pages/install';
import { landingPage } from './pages/landing';
import { demandHttps, warnOfMissingLimits } from './public-origin';
import { signInRoutes, type SignInRouteParts } from './sign-in-routes';

/** The callback of an identity provider beside the one of the configuration. */
const PROVIDER_CALLBACK = `${CALLBACK_PATH}/:provider`;

interface EdgeParts extends McpRouteParts, SignInRouteParts {
  /** @throws ConfigError */
  readonly config: (env: object) => Config;
  readonly placement: PlacementCheck;
}

/** Checks that the data of this deployment may be stored (storage/jurisdiction.ts). @throws ConfigError */
interface PlacementCheck {
  confirm(bindings: Bindings, config: Config): Promise<void>;
  check(config: Config): void;
}

export function createApp(parts: EdgeParts): Hono<EdgeEnv> {
  const { definition, authorizationServer, placement } = parts;
  const app = new Hono<EdgeEnv>();

  app.use(async (c, next) => {
    const requestId = crypto.randomUUID();
    const trace = continueTrace(c.req.raw.headers.get('traceparent'));
    c.set('requestId', requestId);
    c.set('trace', trace);
    c.set('log', createLog({}, { requestId, traceId: trace.traceId }));
    const config = parts.config(c.env);
    c.set('config', config);
    c.set('log', createLog(config.log, { requestId, traceId: trace.traceId, method: c.req.method, path: c.req.path }));
    warnOfMissingLimits(config, c.get('log'));
    placement.check(config);
    await next();
    c.res.headers.set('X-Request-Id', requestId);
    const location = c.res.headers.get('Location');
    if (location !== null) c.res.headers.set('Location', withPercentBlanks(location));
    demandHttps(c.res.headers, c.req.url);
  });

  const confirmPlacement: MiddlewareHandler<EdgeEnv> = async (c, next) => {
    await placement.confirm(c.env, c.get('config'));
    return next();
  };
  /**
   * A call doesn't wait for the check. It is made before a 401, because a client that gets a 401 forgets its tokens.
   */
  const confirmPlacementBefore401: MiddlewareHandler<EdgeEnv> = async (c, next) => {
    await next();
    if (c.res.status !== 401) return;
    const refusal = c.res;
    c.res = undefined;
    await placement.confirm(c.env, c.get('config'));
    c.res = refusal;
  };

  app.get('/healthz', confirmPlacement, (c) => c.json({ status: 'ok', version: definition.version }));
  app.use(hostGuard);

  // Without links when the configuration doesn't parse.
  const brand = (config: Config | undefined): Brand => brandOf(definition, config?.links);
  const landing = (config: Config, tenant: string | null): Response => {
    const { issuer } = config;
    const { tenantsPath } = definition.upstream.credential;
    return landingPage({
      product: definition.title,
      connectorUrl: resourceOf(issuer, tenant).url,
      authorizationServerHost: new URL(issuer).host,
      ...(tenant !== null && { tenant }),
      ...(tenant === null &&
        tenantsPath !== undefined && { tenantPage: tenantPagePattern(issuer, brand(config).tenant) }),
      ...(definition.examples && { examples: definition.examples }),
      brand: brand(config),
    });
  };
  app.get('/', (c) => landing(c.var.config, null));
  // The page is the same for every possible name, so it doesn't tell which tenants exist.
  app.get(TENANT_PAGE_ROUTE, (c) => {
    const tenant = tenantOfPage(c.req.url);
    return tenant === undefined ? c.notFound() : landing(c.var.config, tenant);
  });
  app.get(COPY_SCRIPT_PATH, () => copyScriptResponse());
  app.get(FAVICON_PATH, () => faviconResponse(brand(undefined)));

  // The library logs from these routes without a request; MCP calls skip the cost of AsyncLocalStorage.
  for (const path of [AUTHORIZE_PATH, CALLBACK_PATH, PROVIDER_CALLBACK, TENANT_PATH, TOKEN_PATH, REGISTER_PATH])
    app.use(path, confirmPlacement, (c, next) => withLog(c.get('log'), next));

  for (const path of [AUTHORIZE_PATH, CALLBACK_PATH, PROVIDER_CALLBACK, TENANT_PATH]) app.use(path, headGuard);

  app.use(AUTHORIZE_PATH, addressLimit(definition));
  const signIn = signInRoutes(parts);
  app.get(AUTHORIZE_PATH, signIn.begin);
  app.post(AUTHORIZE_PATH, signIn.answer);
  app.get(CALLBACK_PATH, signIn.finish);
  app.get(PROVIDER_CALLBACK, signIn.finish);
  app.get(TENANT_PATH, signIn.retry);
  app.post(TENANT_PATH, signIn.choose);

  const authority = (c: Context<EdgeEnv>): Promise<Response> =>
    serveAuthorizationServer(c.req.raw, {
      bindings: c.env,
      config: c.var.config,
      servers: authorizationServer,
      ids: idsOf(c.var),
      ctx: c.executionCtx as ExecutionContext,
    });
  app.all(TOKEN_PATH, originGuard, authority);
  app.all(REGISTER_PATH, originGuard, authority);
  app.all(AUTHORIZATION_SERVER_METADATA_PATH, authority);

  const mcp = mcpRoute(parts);
  app.all(RESOURCE_METADATA_ROUTE, mcp);
  const mcpEndpoint = async (c: Context<EdgeEnv>): Promise<Response> => {
    const resource = resourceAt(c.var.config.issuer, c.req.url);
    if (!resource) return c.notFound();
    const answer = await mcp(c);
    if (answer.status !== 401 || !wantsPage(c)) return answer;
    // A person has opened the connector URL. For a 401 without a page, Chrome shows an error of its own.
    const { body, headers } = landing(c.var.config, resource.tenant);
    headers.set('WWW-Authenticate', answer.headers.get('WWW-Authenticate') ?? 'Bearer');
    return new Response(body, { status: 401, headers });
  };
  for (const route of RESOURCE_ROUTES) app.all(route, originGuard, confirmPlacementBefore401, mcpEndpoint);

  app.notFound((c) =>
    wantsPage(c)
      ? messagePage('not_found', {
          requestId: c.var.requestId,
          product: definition.title,
          brand: brand(c.var.config),
          homeHref: '/',
        })
      : nothingHere(c),
  );
  app.onError((error, c) => failed(error, c, definition));
  return app;
}

/** A client with a wrong connector URL is told the right one. Clients show these words to their users. */
function nothingHere(c: Context<EdgeEnv>): Response {
  const { url } = resourceMeantBy(c.var.config.issuer, c.req.url);
  const problem = `Nothing is served at this address. The MCP endpoint is ${url}: connect to exactly that URL.`;
  return c.req.method === 'POST'
    ? jsonRpcError(404, JsonRpcCode.refused, problem)
    : c.json({ error: 'not_found', error_description: problem }, 404);
}

/** The last boundary: the log gets the error, and the visitor gets a page or JSON with the id to find it by. */
function failed(error: Error, c: Context<EdgeEnv>, definition: GatewayDefinition): Response {
  const { requestId, log } = c.var;
  const misconfigured = error instanceof ConfigError;
  if (misconfigured) log.error('configuration.invalid', { variable: error.variable, problem: error.message });
  else log.error('request.failed', { error, stack: error.stack });
  const headers = new Headers({ 'X-Request-Id': requestId, 'Cache-Control': 'no-store' });
  demandHttps(headers, c.req.url);
  if (wantsPage(c)) {
    // Undefined when the configuration is what failed.
    const config = c.get('config') as Config | undefined;
    const code = misconfigured ? 'gateway_misconfigured' : 'internal_error';
    const brand = brandOf(definition, config?.links);
    return messagePage(code, { requestId, product: definition.title, brand, headers });
  }
  const description = misconfigured
    ? error.publicMessage
    : 'The gateway could not answer this request. Its operator can find it by its id.';
  return Response.json(
    { error: 'server_error', error_description: description, request_id: requestId },
    { status: 500, headers },
  );
}

function wantsPage(c: Context<EdgeEnv>): boolean {
  if (c.req.method !== 'GET') return c.req.path === AUTHORIZE_PATH || c.req.path === TENANT_PATH;
  return (c.req.header('Accept') ?? '').includes('text/html');
}
