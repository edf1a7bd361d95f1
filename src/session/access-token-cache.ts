// Access tokens of one session that were validated lately, in its object's memory. The object sees every change to
// its grant, and clears this with each, so an entry is as good as looking again; it saves six Web Crypto operations.
import type { ValidatedAccessToken } from '@cloudflare/workers-oauth-provider';
import { digestOfToken } from '../crypto/token-digest';
import { BoundedMap } from '../shared/bounded-map';

const MAX_ENTRIES = 8;
/** More than a session's tokens that are good at a time (token-requests.ts). */
const MAX_USES = 32;

interface Known {
  readonly validated: ValidatedAccessToken;
  readonly digest: string;
}

export class TokenCache {
  readonly #valid = new Map<string, Known>();
  /** When tokens were last used, by their digests. */
  readonly #uses = new BoundedMap<string, number>(MAX_USES);
  #cleared = 0;

  /** @returns 0 for a token that wasn't used as far as memory goes back */
  usedAt(digest: string): number {
    return this.#uses.get(digest) ?? 0;
  }

  /** @param look validates a token that isn't known; null when it isn't valid. @param now milliseconds */
  async validate(
    token: string,
    resource: string,
    now: number,
    look: () => Promise<ValidatedAccessToken | null>,
  ): Promise<ValidatedAccessToken | null> {
    const known = this.#valid.get(token);
    if (known && known.validated.audience === resource && known.validated.expiresAt * 1000 > now) {
      this.#uses.set(known.digest, now);
      return known.validated;
    }
    const before = this.#cleared;
    const validated = await look();
    // Revoked while we looked: this answer may be from before.
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
