// How much one address may have of what costs the gateway something before anybody is known: pages of consent and the
// fetch of a client's document behind them (`/authorize`), answers to them, and registrations. One count for all of it,
// so that nobody has a second allowance at the next door.
import { networkOf } from '../audit/sender';
import type { Bindings } from '../config';
import { messageOf } from '../shared/errors';
import { createLog, currentLog } from '../shared/log';

/** The limit's period in wrangler.toml; a fixed window, so whoever waits for as long is heard again. */
export const RETRY_AFTER_SECONDS = 60;

/** Counts a request of an address, and says whether that was one too many. */
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
 * Whose requests are counted together: an IPv4 address, or the /64 of an IPv6 one, of which one host has as many as it
 * likes. None where no address was passed on, which happens only in front of no Cloudflare: on somebody's own machine.
 */
function limitKey(address: string | null): string | undefined {
  if (address === null) return undefined;
  return address.includes(':') ? (networkOf(address) ?? address) : address;
}

/**
 * Without a limiter, or with one that fails, nobody is turned away: what a stranger may store is bounded and swept, and
 * what is fetched is bounded, so that costs a little, while the contrary would lock everybody out.
 */
async function isWithin(limit: RateLimit | undefined, key: string): Promise<boolean> {
  try {
    return limit === undefined || (await limit.limit({ key })).success;
  } catch (error) {
    currentLog(createLog({})).warn('address.limit_failed', { problem: messageOf(error) });
    return true;
  }
}
