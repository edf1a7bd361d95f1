// Caches the access tokens of one session that were validated lately, in its object's memory. The object sees every change
// of its grant and clears the cache with each, so an entry is as good as another look. It saves six Web Crypto operations.
import { digestOfToken } from '../crypto/token-digest';
import { BoundedMap } from '../shared/bounded-map';
import type { AccessToken } from './stub';

const MAX_ENTRIES = 8;
/** More than the tokens of one session that are good at the same time (token-requests.ts). */
const MAX_USES = 32;

interface Known {
  readonly validated: AccessToken;
  readonly digest: string;
}

export class AccessTokenCache {
  readonly #valid = new Map<string, Known>();
  /** When each token was last used, by its digest. */
  readonly #uses = new BoundedMap<string, number>(MAX_USES);
  #cleared = 0;

  /** @returns milliseconds since the epoch; 0 for a token that this object has not seen since it woke */
  usedAt(digest: string): number {
    return this.#uses.get(digest) ?? 0;
  }

  /**
   * @param look validates a token that isn't cached; null when it isn't valid
   * @param now milliseconds since the epoch
   */
  async validate(
    token: string,
    resource: string,
    now: number,
    look: () => Promise<AccessToken | null>,
  ): Promise<AccessToken | null> {
    const known = this.#valid.get(token);
    if (known && known.validated.audience === resource && known.validated.expiresAt > now) {
      this.#uses.set(known.digest, now);
      return known.validated;
    }
    const before = this.#cleared;
    const validated = await look();
    // The grant changed during the look, so the answer may be from before the change: a revoked token must not be cached.
    if (before !== this.#cleared) return this.validate(token, resource, now, look);
    if (!validated) return null;
    if (this.#valid.size >= MAX_ENTRIES) this.#valid.clear();
    const digest = digestOfToken(token);
    this.#valid.set(token, { validated, digest });
    this.#uses.set(digest, now);
    return validated;
  }

  clear(): void {
    this.#cleared += 1;
    this.#valid.clear();
  }
}
