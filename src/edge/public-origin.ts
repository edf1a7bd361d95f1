// What a gateway needs that strangers can reach: browsers that use https only, and a warning to its operator when a
// rate limit isn't bound in wrangler.toml.
import type { Config } from '../config';
import { isPublicOrigin } from '../config';
import type { Log } from '../shared/log';

/** One year. Subdomains are excluded, because they aren't the gateway's. So is preload, which can't be revoked. */
const STRICT_TRANSPORT = 'max-age=31536000';

/**
 * Sets Strict-Transport-Security (RFC 6797): without it, an attacker in the network could answer the first http request
 * in the gateway's name. The URL of the request decides, so it also works when the configuration is broken. Never over
 * http (§7.2), and never on localhost, where it would bind every other server of that machine.
 */
export function demandHttps(headers: Headers, requestUrl: string): void {
  if (isPublicOrigin(requestUrl)) headers.set('Strict-Transport-Security', STRICT_TRANSPORT);
}

const warned = new WeakSet<Config>();

/** Logs once per isolate which limits are missing. On localhost there are no strangers, so nothing is logged. */
export function warnOfMissingLimits(config: Config, log: Log): void {
  if (!config.isPublic || warned.has(config)) return;
  warned.add(config);
  for (const binding of config.missingLimits) log.warn('configuration.limit_missing', { binding });
}
