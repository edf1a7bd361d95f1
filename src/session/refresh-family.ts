// What happens when a refresh token comes twice (OAuth 2.1 §4.3.1, RFC 9700 §4.14.2).
// - The very same request within a minute gets the very same answer: windows of one client that refresh at once, and a
//   client whose answer was lost, all end with the one token family. The answer is kept in memory only.
// - A token that was good once, and is neither the current one nor the one before, was used by two: the session ends.
// The library alone would let each of several concurrent refreshes push the one before out of the family.
import { createHash } from 'node:crypto';
import type { Presented } from './face';

const REPEAT_MS = 60_000;
const SPENT = 'spent-refresh-tokens';
/** A month of hourly refreshes; older ones are then as good as unknown. Digests only. */
const MAX_SPENT = 720;

export interface RefreshFamilyOptions {
  readonly kv: SyncKvStorage;
  /** Digests (SHA-256, hex) of the refresh tokens that are good now. */
  readonly live: () => readonly string[];
  readonly now: () => number;
}

interface Answered {
  readonly fingerprint: string;
  readonly at: number;
  readonly headers: Headers;
  readonly tokens: { readonly expires_in: number };
}

export class RefreshFamily {
  readonly #options: RefreshFamilyOptions;
  #last: Answered | undefined;

  constructor(options: RefreshFamilyOptions) {
    this.#options = options;
  }

  /** Serves a token request of this session, one at a time. `reused` is called when a spent refresh token came back. */
  async serve(presented: Presented, serve: () => Promise<Response>, reused: () => void): Promise<Response> {
    const repeated = this.#repeat(presented);
    if (repeated) return repeated;
    this.#last = undefined;
    const before = this.#options.live();
    const response = await serve();
    this.#remember(before);
    const { refreshToken, fingerprint } = presented;
    if (refreshToken === undefined) return response;
    if (!response.ok) {
      if (this.#spent().includes(digest(refreshToken))) reused();
      return response;
    }
    const { headers } = response;
    this.#last = { fingerprint, at: this.#options.now(), headers, tokens: await response.clone().json() };
    return response;
  }

  #repeat({ refreshToken, fingerprint }: Presented): Response | undefined {
    const last = this.#last;
    if (refreshToken === undefined || last?.fingerprint !== fingerprint) return undefined;
    const age = this.#options.now() - last.at;
    // Not once its successor was used or the grant is gone: then this token is no longer the one before.
    if (age >= REPEAT_MS || !this.#options.live().includes(digest(refreshToken))) return undefined;
    const expires_in = last.tokens.expires_in - Math.floor(age / 1000);
    return expires_in > 0 ? Response.json({ ...last.tokens, expires_in }, { headers: last.headers }) : undefined;
  }

  #remember(before: readonly string[]): void {
    const after = this.#options.live();
    const spent = before.filter((token) => !after.includes(token));
    // With the grant gone, so is the session.
    if (spent.length > 0 && after.length > 0)
      this.#options.kv.put(SPENT, [...this.#spent(), ...spent].slice(-MAX_SPENT));
  }

  #spent(): string[] {
    return this.#options.kv.get<string[]>(SPENT) ?? [];
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
