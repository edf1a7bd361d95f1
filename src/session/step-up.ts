// The answer to a call that isn't allowed: a challenge (RFC 6750 §3.1, `insufficient_scope`), upon which the client asks
// its user for more access, or words for the model. Text that a model reads may talk it into asking. So its user is asked
// three times an hour at most, and not at all on the day after a refusal; both are counted in the session's storage.
// Nothing is challenged for that no consent can give, because a client would ask again and again.
import { createHash } from 'node:crypto';
import type { RequestIds } from '../audit/event';
import type { AccessRefusal } from '../policy/access';
import type { Withheld } from './stub';
import type { AuditTrail } from './audit-trail';
import { KvEntry } from './kv-entry';
import { CHALLENGES_PER_HOUR, DENIAL_MS, SAME_CALL_MS } from './limits';

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

export interface RefusedCall {
  readonly clientId: string;
  readonly token: string;
  readonly refusal: AccessRefusal;
}

export interface StepUpOptions {
  readonly kv: SyncKvStorage;
  readonly auditTrail: Pick<AuditTrail, 'note'>;
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

  /** The user has just refused to give more access. */
  denied(ids: RequestIds): void {
    this.#asked.put({ challenges: this.#challenges, deniedAt: this.#options.now() });
    this.#options.auditTrail.note('refusal', 'refused', ids, { reason: 'user_declined' });
  }

  /** Decides, and counts the challenges. @returns undefined for a challenge; otherwise why there is none */
  withhold({ clientId, token, refusal }: RefusedCall): Withheld | undefined {
    const { missing, needed } = refusal;
    if (refusal.kind === 'forbidden') return { why: `${refusal.by}_forbids`, scopes: missing, needed };
    const now = this.#options.now();
    const { deniedAt } = this.#asked.get() ?? {};
    if (deniedAt !== undefined && now - deniedAt < DENIAL_MS) return { why: 'user_declined', scopes: missing, needed };
    const challenge = { at: now, needed: needed.join(' '), token: digest(token) };
    const inWords = { why: 'in_words', scopes: missing, needed } as const;
    const challenges = this.#challenges;
    if (isAnsweredByRefresh(challenges.at(-1), challenge)) return inWords;
    if (challenges.length >= CHALLENGES_PER_HOUR) return { why: 'asked_too_often', scopes: missing, needed };
    this.#asked.put({ ...this.#asked.get(), challenges: [...challenges, challenge] });
    return this.#options.readsChallengeInResult(clientId) ? inWords : undefined;
  }

  /** The challenges of the last hour. */
  get #challenges(): readonly Challenge[] {
    const { challenges = [] } = this.#asked.get() ?? {};
    const now = this.#options.now();
    return challenges.filter(({ at }) => now - at < HOUR_MS);
  }
}

/**
 * Whether the client took the challenge for an expired token: it sends the same call again at once, with another token of
 * the same session. A refresh adds no scopes. Such a client (MCP SDK version 1) would then fail without showing our words.
 */
function isAnsweredByRefresh(before: Challenge | undefined, { at, needed, token }: Challenge): boolean {
  return before !== undefined && before.needed === needed && before.token !== token && at - before.at < SAME_CALL_MS;
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url').slice(0, 16);
}
