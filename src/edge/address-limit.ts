// Turns away an address that asks for too many pages of consent at once. Each may fetch a client's document from wherever
// its id points, and a form that is answered leaves its trace (auth/address-limit.ts).
import type { MiddlewareHandler } from 'hono';
import { isOverLimit, RETRY_AFTER_SECONDS } from '../auth/address-limit';
import type { EdgeEnv } from './context';
import { messagePage } from './pages/error';

/** @param product for the page's head */
export function addressLimit(product: string): MiddlewareHandler<EdgeEnv> {
  return async (c, next) => {
    if (!(await isOverLimit(c.req.raw, c.env))) return next();
    const headers = new Headers({ 'Retry-After': String(RETRY_AFTER_SECONDS) });
    return messagePage('too_many_requests', { product, requestId: c.var.requestId, headers });
  };
}
