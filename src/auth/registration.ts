// Dynamic client registration (RFC 7591), as far as it isn't the library's: an operator may close it, an address may
// register only so many clients at once, and what a stranger may store is bounded.
import { MAX_CLIENT_NAME } from '../clients/metadata';
import type { Bindings, Config } from '../config';
import { messageOf } from '../shared/errors';
import { currentLog, createLog } from '../shared/log';
import { oauthError } from '../shared/oauth-error';

/** The limit's period in wrangler.toml; a fixed window, so whoever waits for as long is heard again. */
const RETRY_AFTER_SECONDS = 60;

/** Why a registration isn't even looked at. */
export async function refusedRegistration(
  request: Request,
  config: Config,
  { REGISTRATION_LIMIT }: Pick<Bindings, 'REGISTRATION_LIMIT'>,
): Promise<Response | undefined> {
  if (config.clientRegistration === 'closed') {
    const description =
      'This gateway registers no clients by themselves. Use a client id metadata document, or ask its operator for a client id.';
    return oauthError(403, 'access_denied', description);
  }
  const key = limitKey(request.headers.get('CF-Connecting-IP'));
  if (key === undefined || (await isWithin(REGISTRATION_LIMIT, key))) return undefined;
  currentLog(createLog({})).warn('registration.limited');
  const description = `Too many registrations from this address. Try again in ${RETRY_AFTER_SECONDS} seconds.`;
  return oauthError(429, 'temporarily_unavailable', description, { 'Retry-After': String(RETRY_AFTER_SECONDS) });
}

/**
 * Whose registrations are counted together: an IPv4 address, or the /64 of an IPv6 one, of which one host has as many as
 * it likes. None where no address was passed on, which happens only in front of no Cloudflare: on somebody's own machine.
 */
function limitKey(address: string | null): string | undefined {
  if (address === null || !address.includes(':')) return address ?? undefined;
  const [head = '', tail] = address.split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const whole = [...groups(head), ...Array.from({ length: Math.max(missing, 0) }, () => '0'), ...groups(tail)];
  return whole.slice(0, 4).join(':');
}

/**
 * Without a limiter, or with one that fails, registration stays open: what may be registered is bounded and swept, so
 * that costs some storage, while the contrary would turn every new client away.
 */
async function isWithin(limit: RateLimit | undefined, key: string): Promise<boolean> {
  try {
    return limit === undefined || (await limit.limit({ key })).success;
  } catch (error) {
    currentLog(createLog({})).warn('registration.limit_failed', { problem: messageOf(error) });
    return true;
  }
}

/** What a stranger may store here beside a name: a handful of addresses (Cursor registers three). */
const MAX_REDIRECT_URIS = 10;

/** What is too much in a registration, for the library's callback. */
export function excessive({
  client_name: name,
  redirect_uris: uris,
}: Record<string, unknown>): { description: string } | undefined {
  if (typeof name === 'string' && name.length > MAX_CLIENT_NAME)
    return { description: `client_name is longer than ${MAX_CLIENT_NAME} characters` };
  if (Array.isArray(uris) && uris.length > MAX_REDIRECT_URIS)
    return { description: `more than ${MAX_REDIRECT_URIS} redirect_uris` };
  return undefined;
}
