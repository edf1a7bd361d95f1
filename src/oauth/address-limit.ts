// Limits what one address may request before its user is known, as far as it costs the gateway something: consent pages
// (`/authorize`, which may fetch a client's document), answers to them, and registrations. All share one counter, so
// nobody gets a second allowance at another endpoint.
import { networkOf } from '../audit/sender';
import type { Bindings } from '../config';
import { messageOf } from '../shared/errors';
import { createLog, currentLog } from '../shared/log';

/** The limit's period in wrangler.toml. It is a fixed window, so a client that waits this long is served again. */
export const RETRY_AFTER_SECONDS = 60;

/**
 * Counts a request of an address.
 * @returns whether the address is over its limit
 */
export async function isOverLimit(
  request: Request,
  { REGISTRATION_LIMIT }: Pick<Bindings, 'REGISTRATION_LIMIT'>,
): Promise<boolean> {
  const key = limitKey(request.headers.get('CF-Connecting-IP'));
  if (key === undefined || (await isWithin(REGISTRATION_LIMIT, key))) return false;
  currentLog(createLog({})).warn('address.limited');
  return true;
}

/**
 * The key that requests are counted by: an IPv4 address, or the /64 network of an IPv6 address, because one host has
 * all addresses of its /64. Undefined without `CF-Connecting-IP` (local development).
 */
function limitKey(address: string | null): string | undefined {
  if (address === null) return undefined;
  return address.includes(':') ? (networkOf(address) ?? address) : address;
}

/**
 * Without a limiter, or when it fails, nobody is refused. What strangers can cause stays small then, because stored
 * data is bounded and swept and fetches are bounded. A refusal would lock everybody out.
 */
async function isWithin(limit: RateLimit | undefined, key: string): Promise<boolean> {
  try {
    return limit === undefined || (await limit.limit({ key })).success;
  } catch (error) {
    currentLog(createLog({})).warn('address.limit_failed', { problem: messageOf(error) });
    return true;
  }
}
