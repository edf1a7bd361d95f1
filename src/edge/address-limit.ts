// Refuses an address that asks for too many consent pages at once. Each page may fetch a client's document from
// wherever its id points, and each answered form is stored (oauth/address-limit.ts).
import type { MiddlewareHandler } from 'hono';
import { isOverLimit, RETRY_AFTER_SECONDS } from '../oauth/address-limit';
import type { GatewayDefinition } from '../define/gateway';
import type { EdgeEnv } from './context';
import { brandOf } from './pages/brand';
import { messagePage } from './pages/error';

export function addressLimit(definition: GatewayDefinition): MiddlewareHandler<EdgeEnv> {
  return async (c, next) => {
    if (!(await isOverLimit(c.req.raw, c.env))) return next();
    const headers = new Headers({ 'Retry-After': String(RETRY_AFTER_SECONDS) });
    const brand = brandOf(definition, c.get('config').links);
    const { title: product } = definition;
    return messagePage('too_many_requests', { product, brand, requestId: c.var.requestId, headers });
  };
}
