// When a session ends by itself, decided in one place. A session whose tokens this gateway issues ends with its OAuth
// grant. A session of somebody else's tokens (an external authorization server, a machine) has no grant here: it ends when
// nobody has used it for a while, or at a fixed time. Pure: the object says what it knows, and its alarm acts on the answer.

/** The rule that a session lives by. It is fixed when the session is opened. */
export type Lifetime =
  | { readonly kind: 'grant' }
  | {
      readonly kind: 'idle';
      /** How long it lives without a request, in milliseconds. */
      readonly idleMs: number;
      /** When it ends at the latest, in milliseconds since the epoch. */
      readonly endsAt: number;
    };

/** What a session's end depends on besides its rule. */
export interface LifeSigns {
  readonly status: 'pending' | 'active' | 'ended';
  /** When the grant ends, in milliseconds since the epoch; undefined when there is none, or none any more. */
  readonly grantEndsAt: number | undefined;
  /** When a request of the session was last granted; its opening, where none was. Milliseconds since the epoch. */
  readonly usedAt: number;
}

export interface SessionEnd {
  /** Milliseconds since the epoch; 0: it is over already. */
  readonly at: number;
  readonly reason: 'code_not_redeemed' | 'expired' | 'idle';
}

/** The alarm comes after the last moment in which the grant is good. */
const AFTER_GRANT_MS = 1_000;

export function endOf(lifetime: Lifetime, { status, grantEndsAt, usedAt }: LifeSigns): SessionEnd {
  switch (lifetime.kind) {
    case 'grant':
      return grantEndsAt === undefined
        ? { at: 0, reason: status === 'pending' ? 'code_not_redeemed' : 'expired' }
        : { at: grantEndsAt + AFTER_GRANT_MS, reason: 'expired' };
    case 'idle': {
      const idleAt = usedAt + lifetime.idleMs;
      return idleAt < lifetime.endsAt ? { at: idleAt, reason: 'idle' } : { at: lifetime.endsAt, reason: 'expired' };
    }
  }
}

/**
 * Whether the session still answers. A session with a grant does until its alarm ends it: its tokens expire with the grant,
 * and a call that was granted in the last moment may finish. Without a grant, nothing but this rule stops it.
 */
export function isAlive(lifetime: Lifetime, signs: () => LifeSigns, now: number): boolean {
  return lifetime.kind === 'grant' || now < endOf(lifetime, signs()).at;
}
