// Access tokens of one session that were validated lately, in its object's memory. The object sees every change to
// its grant, and clears this with each, so an entry is as good as looking again; it saves six Web Crypto operations.
import type { ValidatedAccessToken } from '@cloudflare/workers-oauth-provider';

const MAX_ENTRIES = 8;

export class TokenCache {
  readonly #valid = new Map<string, ValidatedAccessToken>();
  #cleared = 0;

  /** @param look validates a token that isn't known; null when it isn't valid. @param now milliseconds */
  async validate(
    token: string,
    resource: string,
    now: number,
    look: () => Promise<ValidatedAccessToken | null>,
  ): Promise<ValidatedAccessToken | null> {
    const known = this.#valid.get(token);
    if (known?.audience === resource && known.expiresAt * 1000 > now) return known;
    const before = this.#cleared;
    const validated = await look();
    if (!validated) return null;
    // Revoked while we looked: this answer may be from before, and must not be remembered past it.
    if (before !== this.#cleared) return validated;
    if (this.#valid.size >= MAX_ENTRIES) this.#valid.clear();
    this.#valid.set(token, validated);
    return validated;
  }

  clear(): void {
    this.#cleared += 1;
    this.#valid.clear();
  }
}
