// Remembers in this isolate what sessions granted a moment ago, so that a read may begin while its session is asked again.
// Nothing is allowed by it: the session's object is still asked about every request, and no answer leaves before its yes.
// It holds credentials, so it holds few of them, and uses none after half a minute or after its expiry. Expired entries are
// removed when the next grant is stored, because an isolate without requests runs no code.
import type { Caller } from '../../define/tool';
import { isAllowed, keyOf, type Access } from '../../policy/access';
import { entryOf, type AuthorizeResult, type CallInput, type ReadyCredential } from '../stub';

export type Granted = Extract<AuthorizeResult, { kind: 'granted' }>;

/** How long a credential is used from here at most. */
export const KEEP_MS = 30_000;
/** Anybody with a good token can fill this. The oldest entry is removed first. */
export const MAX_GRANTS = 512;

export interface RecentGrant {
  readonly caller: Caller;
  readonly access: Access;
  readonly credential: ReadyCredential;
}

interface Entry extends RecentGrant {
  /** The upstream that the credential is of. */
  readonly upstream: string;
  /** When it may no longer be used, in milliseconds since the epoch. */
  readonly until: number;
}

export class RecentGrants {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * What was granted to this token lately, if this call may begin by it. A credential of another upstream is never handed
   * out.
   */
  of(token: string, resource: string, call: CallInput): RecentGrant | undefined {
    const entry = this.#entries.get(key(token, resource));
    if (!entry || (call.upstream !== null && call.upstream !== entry.upstream)) return undefined;
    if (entry.until > this.#now()) return isAllowed(entry.access, entryOf(call)) ? entry : undefined;
    this.#entries.delete(key(token, resource));
    return undefined;
  }

  /**
   * What the session just granted to a call of this upstream. One without a credential that can be used leaves what is
   * known as it is.
   */
  note(token: string, resource: string, upstream: string | null, { caller, access, call, expiresAt }: Granted): void {
    const credential = call?.credential;
    if (upstream === null || credential?.kind !== 'ready') return;
    const own = key(token, resource);
    const now = this.#now();
    this.#entries.delete(own);
    // Entries are in the order in which they were stored, so expired ones come first.
    for (const [oldest, { until }] of this.#entries) {
      if (until > now && this.#entries.size < MAX_GRANTS) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(own, {
      caller,
      access,
      upstream,
      credential,
      until: Math.min(now + KEEP_MS, credential.expiresAt, expiresAt),
    });
  }

  forget(token: string, resource: string): void {
    this.#entries.delete(key(token, resource));
  }

  get size(): number {
    return this.#entries.size;
  }
}

function key(token: string, resource: string): string {
  return `${token} ${resource}`;
}

/** Whether both grants are to the same caller, with the same access and credential: what one began, the other would begin. */
export function isSameGrant({ caller, access, credential }: RecentGrant, now: Granted): boolean {
  const current = now.call?.credential;
  if (current !== null && (current?.kind !== 'ready' || current.version !== credential.version)) return false;
  // All members of a caller count. Both callers come from `toCaller`, so their members are in one order.
  return keyOf(access) === keyOf(now.access) && JSON.stringify(caller) === JSON.stringify(now.caller);
}
