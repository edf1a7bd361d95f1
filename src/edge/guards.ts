// Checks that come before anything reads a request: the host that it names and, for endpoints that programs call, the
// web page that it comes from.
import { originValidationResponse } from '@modelcontextprotocol/server';
import type { MiddlewareHandler } from 'hono';
import type { Config } from '../config';
import type { EdgeEnv } from './context';

/** Response headers that a client in a browser needs to read. */
const EXPOSED = 'WWW-Authenticate, Retry-After, Mcp-Session-Id, MCP-Protocol-Version, X-Request-Id';

/** Refuses a Host that isn't the gateway's own (DNS rebinding; a poisoned Host in links). */
export const hostGuard: MiddlewareHandler<EdgeEnv> = async (c, next) => {
  // The runtime builds the URL from the Host header, or from the route that the platform matched.
  if (c.req.url.startsWith(`${c.get('config').issuer}/`)) return next();
  // Compared with the port: another port is another origin, whose cookies, redirects and issuer aren't ours.
  const { host } = new URL(c.req.url);
  if (host === new URL(c.get('config').issuer).host) return next();
  c.get('log').warn('host.refused', { host });
  return c.json(
    { error: 'invalid_request', error_description: `This gateway serves ${c.get('config').issuer} only.` },
    421,
  );
};

/**
 * Refuses a foreign Origin with 403 before the token is read, and lets pages of allowed origins read the answer. A
 * client that is no browser sends no Origin and passes.
 */
export const originGuard: MiddlewareHandler<EdgeEnv> = async (c, next) => {
  if (c.req.header('Origin') === undefined) return next();
  const refused = originValidationResponse(c.req.raw, originHosts(c.get('config')));
  if (refused) {
    c.get('log').warn('origin.refused');
    return refused;
  }
  await next();
  c.res.headers.set('Access-Control-Expose-Headers', EXPOSED);
  // The libraries set this header themselves. A page has to be able to read our own refusals as well.
  if (!c.res.headers.has('Access-Control-Allow-Origin'))
    c.res.headers.set('Access-Control-Allow-Origin', c.req.header('Origin') ?? '');
};

function originHosts(config: Config): string[] {
  return [new URL(config.issuer).hostname, ...config.allowedOriginHosts];
}

/**
 * Answers HEAD where a GET would start something or use it up: link scanners and previews send HEAD, which must change
 * nothing (RFC 9110 §9.2.1).
 */
export const headGuard: MiddlewareHandler<EdgeEnv> = async (c, next) => {
  if (c.req.method !== 'HEAD') return next();
  return c.body(null, 200, { 'Content-Type': 'text/html; charset=UTF-8', 'Cache-Control': 'no-store' });
};
