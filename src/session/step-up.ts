// What becomes of a call that needs more than its token has: a challenge (RFC 6750 §3.1, `insufficient_scope`), by which
// the client asks its user for more, or words to the model. A model may have been talked into asking, by text that it
// read, so its user is asked a few times an hour at most, and not at all on the day after a no. Both counts are in the
// session's storage. What no consent could give is never asked for: a client would ask again and again.
import { createHash } from 'node:crypto';
import type { RequestIds } from '../audit/event';
import { missingScopes } from '../policy/scopes';
import type { Withheld } from './stub';
import type { Journal } from './audit-trail';
import { KvEntry } from './kv-entry';
import { CHALLENGES_PER_HOUR, DENIAL_MS, SAME_CALL_MS } from './limits';
import type { SessionRecord } from './record';

interface Challenge {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly needed: string;
  /** A digest of the access token that was challenged. */
  readonly token: string;
}

interface Asked {
  readonly challenges: readonly Challenge[];
  readonly deniedAt?: number;
}

export interface Wanted {
  /** What the call needs and the token lacks. */
  readonly missing: readonly string[];
  /** What the token has, and that: clients ask for exactly what a challenge names. */
  readonly needed: readonly string[];
  readonly token: string;
}

type Standing = Pick<SessionRecord, 'clientId' | 'scopes' | 'attainable'>;

export interface StepUpOptions {
  readonly kv: SyncKvStorage;
  readonly journal: Pick<Journal, 'note'>;
  readonly now: () => number;
  /** Whether this client looks for a challenge in a tool's result, and not in the HTTP answer. */
  readonly readsChallengeInResult: (clientId: string) => boolean;
}

const HOUR_MS = 3_600_000;

export class StepUps {
  readonly #asked: KvEntry<Asked>;
  readonly #options: StepUpOptions;

  constructor(options: StepUpOptions) {
    this.#asked = new KvEntry(options.kv, 'step-up');
    this.#options = options;
  }

  /** The user has just refused to give more. */
  denied(ids: RequestIds): void {
    this.#asked.put({ challenges: this.#challenges, deniedAt: this.#options.now() });
    this.#options.journal.note('refusal', 'refused', ids, { reason: 'user_declined' });
  }

  /** Decides, and counts. @returns undefined for a challenge; else why there is none */
  withhold(record: Standing, { missing, needed, token }: Wanted): Withheld | undefined {
    const forbidden = missingScopes([...record.scopes, ...(record.attainable ?? missing)], missing);
    if (forbidden.length > 0) return { why: 'role_forbids', scopes: forbidden, needed };
    const now = this.#options.now();
    const { deniedAt } = this.#asked.get() ?? {};
    if (deniedAt !== undefined && now - deniedAt < DENIAL_MS) return { why: 'user_declined', scopes: missing, needed };
    const challenge = { at: now, needed: needed.join(' '), token: digest(token) };
    const inWords = { why: 'in_words', scopes: missing, needed } as const;
    const challenges = this.#challenges;
    if (isAnsweredByRefresh(challenges.at(-1), challenge)) return inWords;
    if (challenges.length >= CHALLENGES_PER_HOUR) return { why: 'asked_too_often', scopes: missing, needed };
    this.#asked.put({ ...this.#asked.get(), challenges: [...challenges, challenge] });
    return this.#options.readsChallengeInResult(record.clientId) ? inWords : undefined;
  }

  /** Those of the last hour. */
  get #challenges(): readonly Challenge[] {
    const { challenges = [] } = this.#asked.get() ?? {};
    const now = this.#options.now();
    return challenges.filter(({ at }) => now - at < HOUR_MS);
  }
}

/**
 * Whether a client took a challenge for an expired token: the same call comes again at once, with another token of the
 * same session. A refresh brings no scopes, and such a client (MCP SDK version 1) then fails without a word of ours.
 */
function isAnsweredByRefresh(before: Challenge | undefined, { at, needed, token }: Challenge): boolean {
  return before !== undefined && before.needed === needed && before.token !== token && at - before.at < SAME_CALL_MS;
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url').slice(0, 16);
}
