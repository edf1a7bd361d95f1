// What a request must pass before anything looks at what it holds: the host it names, and for the endpoints that
// programs call, the web page it comes from.
import { hostHeaderValidationResponse, originValidationResponse } from '@modelcontextprotocol/server';
import type { MiddlewareHandler } from 'hono';
import type { Config } from '../config';
import type { EdgeEnv } from './context';

/** Response headers that a browser client needs to read. */
const EXPOSED = 'WWW-Authenticate, Retry-After, Mcp-Session-Id, MCP-Protocol-Version, X-Request-Id';

/** Refuses a Host that isn't the gateway's own (DNS rebinding; a poisoned Host in links). */
export const hostGuard: MiddlewareHandler<EdgeEnv> = async (c, next) => {
  const refused = hostHeaderValidationResponse(c.req.raw, [new URL(c.var.config.issuer).hostname]);
  if (!refused) return next();
  c.var.log.warn('host.refused');
  return refused;
};

/**
 * Refuses a foreign Origin with 403 before the token is looked at, and lets the pages of allowed ones read the answer.
 * A client that is no browser sends no Origin and passes.
 */
export const originGuard: MiddlewareHandler<EdgeEnv> = async (c, next) => {
  const refused = originValidationResponse(c.req.raw, originHosts(c.var.config));
  if (refused) {
    c.var.log.warn('origin.refused');
    return refused;
  }
  await next();
  if (c.req.header('Origin') !== undefined) c.res.headers.set('Access-Control-Expose-Headers', EXPOSED);
};

function originHosts(config: Config): string[] {
  return [new URL(config.issuer).hostname, ...config.allowedOriginHosts];
}
