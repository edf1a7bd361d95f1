// Keeps a session's upstream credential fresh. It guarantees:
// - single flight: however many callers ask at once, one renewal runs and all get its result;
// - a refresh token is sent at most once, even across an eviction in mid-refresh: that it is about to be sent is
//   durable first (output gates hold the request back until then), and whoever finds that mark left over asks
//   /auth/verify for a new family instead, so reuse detection upstream is never triggered by us;
// - the plaintext is in memory only.
// Renewal that fails for now is repeated with bounded pauses, then callers are told when to come back.
import type { Keyring, SealContext } from '../crypto/seal';
import { messageOf } from '../shared/errors';
import { SerialQueue } from '../shared/serial-queue';
import type { CredentialRow } from '../storage/sessions';
import type { Credential, RefreshResult, VerifyResult } from '../upstream/credential';
import type { CredentialAnswer } from './stub';
import { KvEntry } from './kv-entry';

interface StoredCredential {
  readonly envelope: string;
  readonly version: number;
  readonly expiresAt: number;
  readonly lifetimeMs: number;
  /** A refresh token was about to be sent, and no answer has been stored since. */
  readonly refreshTokenSpent: boolean;
}

export interface CredentialSource {
  readonly refresh: (refreshToken: string) => Promise<RefreshResult>;
  /** Asks the backend anew, with pauses; see {@link persistently}. */
  readonly verify: () => Promise<VerifyResult>;
}

export interface KeeperEvents {
  /** A new credential is stored. */
  renewed(how: 'refresh' | 'verify', durationMs: number, credential: Credential): void;
  /** Renewal failed for now. */
  failed(reason: string, durationMs: number): void;
  /** The backend's final no; the session has to end. */
  denied(reason: string): void;
  /** The stored envelope doesn't open: its key was removed, or it isn't ours. */
  unopenable(problem: string): void;
}

export interface KeeperOptions {
  readonly kv: SyncKvStorage;
  readonly keyring: Keyring;
  /** What the envelope is bound to; the tenant is known by the time anything is sealed. */
  readonly context: () => SealContext;
  readonly source: CredentialSource;
  readonly events: KeeperEvents;
  readonly now: () => number;
}

const CREDENTIAL = 'credential';
const ENDED = { kind: 'ended', reason: 'session_ended' } as const;
/** Renew this long before expiry, but never in more than the last quarter of a short life. */
const MARGIN_MS = 60_000;
/** After a failed renewal, callers are turned away for 2 s, then 4 s, up to 30 s, rather than piling up upstream. */
const COOL_DOWN_MS = [2_000, 4_000, 8_000, 16_000, 30_000];

export class CredentialKeeper {
  readonly #options: KeeperOptions;
  readonly #stored: KvEntry<StoredCredential>;
  readonly #file = new SerialQueue();
  #opened: { version: number; credential: Credential } | undefined;
  #renewal: Promise<CredentialAnswer> | undefined;
  #failures = 0;
  #coolDownUntil = 0;
  /** Set by {@link clear}: what is under way then comes to nothing. */
  #cleared = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#stored = new KvEntry(options.kv, CREDENTIAL);
  }

  /** The sealed credential as D1 keeps it. */
  row(upstream: string): CredentialRow[] {
    const stored = this.#stored.get();
    return stored
      ? [{ upstream, envelope: stored.envelope, version: stored.version, expiresAt: stored.expiresAt }]
      : [];
  }

  /** A usable credential. `staleVersion` names one that the upstream has just refused. */
  async current(staleVersion = -1): Promise<CredentialAnswer> {
    const stored = this.#stored.get();
    const now = this.#options.now();
    if (stored && stored.version !== staleVersion && stored.expiresAt > now) {
      // In the margin the old one still works, so nobody waits for its successor.
      const inMargin = stored.expiresAt - now <= Math.min(MARGIN_MS, stored.lifetimeMs / 4);
      if (inMargin && now >= this.#coolDownUntil)
        this.#renew(stored.version).catch(() => this.#fail('internal_error', now));
      const credential = await this.#open(stored);
      if (credential) return ready(credential, stored.version);
    }
    if (now < this.#coolDownUntil)
      return { kind: 'unavailable', retryAfterSeconds: Math.ceil((this.#coolDownUntil - now) / 1000) };
    return this.#renew(stored?.version ?? 0);
  }

  /** Runs a task that will {@link store} a credential obtained otherwise (the token endpoint), apart from renewals. */
  exclusive<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#file.run(task);
  }

  /**
   * Seals and stores a credential; it is the current one from then on. Call it within {@link exclusive}.
   * @returns its version; undefined when the session was ended meanwhile
   */
  async store(credential: Credential): Promise<number | undefined> {
    const { accessToken, refreshToken, expiresAt, lifetimeMs, scopes } = credential;
    const envelope = await this.#options.keyring.seal(
      JSON.stringify({ accessToken, refreshToken, scopes }),
      this.#options.context(),
    );
    if (this.#cleared) return undefined;
    const version = (this.#stored.get()?.version ?? 0) + 1;
    this.#stored.put({ envelope, version, expiresAt, lifetimeMs, refreshTokenSpent: false });
    this.#opened = { version, credential };
    this.#failures = 0;
    this.#coolDownUntil = 0;
    return version;
  }

  /** Forgets everything, for good: the session has ended. */
  clear(): void {
    this.#cleared = true;
    this.#stored.delete();
    this.#opened = undefined;
  }

  #renew(version: number): Promise<CredentialAnswer> {
    this.#renewal ??= this.#file.run(() => this.#renewOnce(version)).finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  async #renewOnce(version: number): Promise<CredentialAnswer> {
    const stored = this.#stored.get();
    const opened = stored && (await this.#open(stored));
    if (opened && stored.version > version && stored.expiresAt > this.#options.now())
      return ready(opened, stored.version);
    const started = this.#options.now();
    const refreshed = stored && opened && (await this.#refresh(stored, opened));
    if (this.#cleared) return ENDED;
    if (refreshed) return this.#succeed(refreshed, 'refresh', started);
    const verified = await this.#options.source.verify();
    if (this.#cleared) return ENDED;
    switch (verified.kind) {
      case 'granted':
        return this.#succeed(verified.credential, 'verify', started);
      case 'denied':
        this.#options.events.denied(verified.reason);
        return { kind: 'ended', reason: verified.reason };
      case 'unavailable':
        return this.#fail(verified.reason, started);
    }
  }

  /** The refreshed credential, or undefined when the refresh token can't be used, or has been to no avail. */
  async #refresh(stored: StoredCredential, { refreshToken }: Credential): Promise<Credential | undefined> {
    if (this.#cleared || stored.refreshTokenSpent || refreshToken === null) return undefined;
    this.#stored.put({ ...stored, refreshTokenSpent: true });
    const result = await this.#options.source.refresh(refreshToken);
    return result.kind === 'granted' ? result.credential : undefined;
  }

  async #succeed(credential: Credential, how: 'refresh' | 'verify', started: number): Promise<CredentialAnswer> {
    const version = await this.store(credential);
    if (version === undefined) return ENDED;
    this.#options.events.renewed(how, this.#options.now() - started, credential);
    return ready(credential, version);
  }

  #fail(reason: string, started: number): CredentialAnswer {
    const now = this.#options.now();
    const coolDown = COOL_DOWN_MS[Math.min(this.#failures, COOL_DOWN_MS.length - 1)] ?? 0;
    this.#failures += 1;
    this.#coolDownUntil = now + coolDown;
    this.#options.events.failed(reason, now - started);
    return { kind: 'unavailable', retryAfterSeconds: Math.ceil(coolDown / 1000) };
  }

  /** The credential, or undefined when no key opens it any more: it is then obtained anew, without the user. */
  async #open(stored: StoredCredential): Promise<Credential | undefined> {
    if (this.#opened?.version === stored.version) return this.#opened.credential;
    const { keyring, context } = this.#options;
    try {
      const text = await keyring.open(stored.envelope, context());
      const { accessToken, refreshToken, scopes } = JSON.parse(text) as Credential;
      const credential = {
        accessToken,
        refreshToken,
        scopes,
        expiresAt: stored.expiresAt,
        lifetimeMs: stored.lifetimeMs,
      };
      this.#opened = { version: stored.version, credential };
      return credential;
    } catch (error) {
      this.#options.events.unopenable(messageOf(error));
      return undefined;
    }
  }
}

function ready(credential: Credential, version: number): CredentialAnswer {
  return { kind: 'ready', accessToken: credential.accessToken, version, expiresAt: credential.expiresAt };
}

/** Pauses between attempts, and how long after the first one a further attempt may still begin. */
const PAUSES_MS = [200, 800];
const PATIENCE_MS = 4_000;

/** Repeats a question that is safe to repeat, until it is answered or patience (about 9 s with the last try) is over. */
export async function persistently(
  ask: () => Promise<VerifyResult>,
  now: () => number,
  sleep: (ms: number) => Promise<void>,
): Promise<VerifyResult> {
  const started = now();
  let result = await ask();
  for (const wait of PAUSES_MS) {
    if (result.kind !== 'unavailable' || now() - started > PATIENCE_MS) break;
    await sleep(wait);
    result = await ask();
  }
  return result;
}
