// What a gateway owes that strangers can reach: browsers that come back by https alone, and a word to its operator where
// it runs without a limit that wrangler.toml should bind.
import type { Config } from '../config';
import { isPublicOrigin } from '../config';
import type { Log } from '../shared/log';

/** A year. Not for subdomains, which aren't the gateway's, and without preload, which can't be taken back. */
const STRICT_TRANSPORT = 'max-age=31536000';

/**
 * Strict Transport Security (RFC 6797): without it a network between could answer the first http request in the
 * gateway's name. By the address of the request, so that it holds for a gateway that is misconfigured, too; never over
 * http (§7.2), nor on localhost, where it would bind every other server of that machine.
 */
export function demandHttps(headers: Headers, requestUrl: string): void {
  if (isPublicOrigin(requestUrl)) headers.set('Strict-Transport-Security', STRICT_TRANSPORT);
}

const said = new WeakSet<Config>();

/** Says once per isolate which limits are missing. Locally nobody is kept out, so nothing is said. */
export function warnOfMissingLimits(config: Config, log: Log): void {
  if (!config.isPublic || said.has(config)) return;
  said.add(config);
  for (const binding of config.missingLimits) log.warn('configuration.limit_missing', { binding });
}
