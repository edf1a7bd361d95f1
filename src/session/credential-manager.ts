// Keeps a session's credential at one upstream fresh; credentials.ts has one manager for each upstream. It guarantees:
// - Single flight. Any number of callers cause one renewal, and all of them get its result. The renewal is recorded under
//   the ids of the request that started it.
// - A refresh token is sent at most once, also when the object is evicted during the refresh. A mark is durable before the
//   token is sent (output gates hold the request back until then). Whoever finds a mark without an answer asks
//   /auth/verify for a new token family, so that the gateway never triggers the upstream's reuse detection.
// - The plaintext is in memory only.
// A renewal that fails for now is repeated with bounded pauses; then callers are told when to come back.
import type { RequestIds } from '../audit/event';
import type { Keyring, SealContext } from '../crypto/seal';
import { messageOf } from '../shared/errors';
import { SerialQueue } from '../shared/serial-queue';
import type { CredentialRow } from '../storage/sessions';
import type { Credential } from '../upstream/credential';
import type { CredentialSource } from '../upstream/credentials/strategies';
import type { CredentialAnswer } from './stub';
import { KvEntry } from './kv-entry';

interface StoredCredential {
  readonly envelope: string;
  readonly version: number;
  readonly expiresAt: number;
  readonly lifetimeMs: number;
  /** A refresh token was about to be sent, and no answer was stored after that. */
  readonly refreshTokenSpent: boolean;
}

export interface Renewal {
  readonly how: 'refresh' | 'obtain';
  readonly credential: Credential;
  /** What the upstream says of the role: undefined where it doesn't say, as after a refresh; null where it never says. */
  readonly roleScopes: readonly string[] | null | undefined;
  readonly durationMs: number;
}

/** Each event names the request that started the renewal. */
export interface CredentialEvents {
  /** A new credential is stored. */
  renewed(renewal: Renewal, ids: RequestIds): void;
  /** The renewal failed for now. */
  failed(reason: string, durationMs: number, ids: RequestIds): void;
  /** The upstream's final no. */
  denied(reason: string, ids: RequestIds): void;
  /** The stored envelope doesn't open: its key was removed, or it isn't ours. */
  unopenable(problem: string, ids: RequestIds): void;
}

export interface CredentialManagerOptions {
  /** Its name in the definition. */
  readonly upstream: string;
  /** Whether the upstream's final no ends the session. */
  readonly endsSession: boolean;
  readonly kv: SyncKvStorage;
  readonly keyring: Keyring;
  /** What the envelope is bound to. The tenant is known before anything is sealed. */
  readonly context: () => SealContext;
  /** `obtain` may pause between attempts; see persistently.ts. */
  readonly source: CredentialSource;
  readonly events: CredentialEvents;
  readonly now: () => number;
}

const ENDED = { kind: 'ended', reason: 'session_ended' } as const;
/** A renewal begins this long before expiry; for a credential of a short life, within its last quarter. */
const MARGIN_MS = 60_000;
/** After a failed renewal callers are turned away for 2 s, then 4 s, up to 30 s, so that they don't pile up upstream. */
const COOL_DOWN_MS = [2_000, 4_000, 8_000, 16_000, 30_000];

/** How long a further upstream's no holds before it is asked again: an administrator may give access meanwhile. */
const DENIED_MS = 60_000;

export class CredentialManager {
  readonly #options: CredentialManagerOptions;
  readonly #stored: KvEntry<StoredCredential>;
  readonly #file = new SerialQueue();
  #opened: { version: number; credential: Credential } | undefined;
  #renewal: Promise<CredentialAnswer> | undefined;
  #failures = 0;
  #coolDownUntil = 0;
  /** The final no of an upstream that is not the first one. */
  #denied: { readonly reason: string; readonly until: number } | undefined;
  /** Set by {@link clear}: a renewal under way then has no effect. */
  #cleared = false;

  constructor(options: CredentialManagerOptions) {
    this.#options = options;
    this.#stored = new KvEntry(options.kv, `credential:${options.upstream}`);
  }

  /** The sealed credential as D1 keeps it. */
  row(): CredentialRow[] {
    const { upstream } = this.#options;
    const stored = this.#stored.get();
    return stored
      ? [{ upstream, envelope: stored.envelope, version: stored.version, expiresAt: stored.expiresAt }]
      : [];
  }

  /**
   * A usable credential.
   * @param ids of the request that needs it; a renewal that it starts is recorded under them
   * @param staleVersion of a credential that the upstream has just refused
   */
  async current(ids: RequestIds, staleVersion = -1): Promise<CredentialAnswer> {
    const stored = this.#stored.get();
    const now = this.#options.now();
    if (this.#denied && now < this.#denied.until) return { kind: 'denied', reason: this.#denied.reason };
    if (stored && stored.version !== staleVersion && stored.expiresAt > now) {
      // Within the margin the old credential still works, so nobody waits for the new one.
      const inMargin = stored.expiresAt - now <= Math.min(MARGIN_MS, stored.lifetimeMs / 4);
      if (inMargin && now >= this.#coolDownUntil)
        this.#renew(stored.version, ids).catch(() => this.#fail('internal_error', now, ids));
      const credential = await this.#open(stored, ids);
      if (credential) return ready(credential, stored.version);
    }
    if (now < this.#coolDownUntil)
      return { kind: 'unavailable', retryAfterSeconds: Math.ceil((this.#coolDownUntil - now) / 1000) };
    return this.#renew(stored?.version ?? 0, ids);
  }

  /** Runs a task while no renewal runs; for the token endpoint, which will {@link store} a credential of its own. */
  exclusive<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#file.run(task);
  }

  /**
   * Seals and stores a credential, which is the current one from then on. Call it within {@link exclusive}.
   * @returns its version; undefined when the session ended in the meantime
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
    this.#denied = undefined;
    return version;
  }

  /** Forgets everything, for good: the session has ended. */
  clear(): void {
    this.#cleared = true;
    this.#stored.delete();
    this.#opened = undefined;
  }

  /** @param version of the credential to replace */
  #renew(version: number, ids: RequestIds): Promise<CredentialAnswer> {
    this.#renewal ??= this.#file.run(() => this.#renewOnce(version, ids)).finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  async #renewOnce(version: number, ids: RequestIds): Promise<CredentialAnswer> {
    const stored = this.#stored.get();
    const opened = stored && (await this.#open(stored, ids));
    if (opened && stored.version > version && stored.expiresAt > this.#options.now())
      return ready(opened, stored.version);
    const started = this.#options.now();
    const refreshed = stored && opened && (await this.#refresh(stored, opened, ids));
    if (this.#cleared) return ENDED;
    if (refreshed) return this.#succeed({ how: 'refresh', credential: refreshed, roleScopes: undefined }, started, ids);
    const obtained = await this.#options.source.obtain(ids);
    if (this.#cleared) return ENDED;
    switch (obtained.kind) {
      case 'granted': {
        const { credential, roleScopes } = obtained;
        return this.#succeed({ how: 'obtain', credential, roleScopes }, started, ids);
      }
      case 'denied':
        return this.#deny(obtained.reason, ids);
      case 'unavailable':
        return this.#fail(obtained.reason, started, ids);
    }
  }

  /** The refreshed credential; undefined when the refresh token can't be used, or was refused. */
  async #refresh(
    stored: StoredCredential,
    { refreshToken }: Credential,
    ids: RequestIds,
  ): Promise<Credential | undefined> {
    const { source } = this.#options;
    if (this.#cleared || stored.refreshTokenSpent || refreshToken === null || !source.refresh) return undefined;
    this.#stored.put({ ...stored, refreshTokenSpent: true });
    const result = await source.refresh(refreshToken, ids);
    return result.kind === 'granted' ? result.credential : undefined;
  }

  async #succeed(renewal: Omit<Renewal, 'durationMs'>, started: number, ids: RequestIds): Promise<CredentialAnswer> {
    const version = await this.store(renewal.credential);
    if (version === undefined) return ENDED;
    this.#options.events.renewed({ ...renewal, durationMs: this.#options.now() - started }, ids);
    return ready(renewal.credential, version);
  }

  #deny(reason: string, ids: RequestIds): CredentialAnswer {
    this.#options.events.denied(reason, ids);
    if (this.#options.endsSession) return { kind: 'ended', reason };
    this.#denied = { reason, until: this.#options.now() + DENIED_MS };
    return { kind: 'denied', reason };
  }

  #fail(reason: string, started: number, ids: RequestIds): CredentialAnswer {
    const now = this.#options.now();
    const coolDown = COOL_DOWN_MS[Math.min(this.#failures, COOL_DOWN_MS.length - 1)] ?? 0;
    this.#failures += 1;
    this.#coolDownUntil = now + coolDown;
    this.#options.events.failed(reason, now - started, ids);
    return { kind: 'unavailable', retryAfterSeconds: Math.ceil(coolDown / 1000) };
  }

  /** The credential; undefined when no key opens it any more. A new one is then obtained without the user. */
  async #open(stored: StoredCredential, ids: RequestIds): Promise<Credential | undefined> {
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
      this.#options.events.unopenable(messageOf(error), ids);
      return undefined;
    }
  }
}

function ready(credential: Credential, version: number): CredentialAnswer {
  return { kind: 'ready', accessToken: credential.accessToken, version, expiresAt: credential.expiresAt };
}
