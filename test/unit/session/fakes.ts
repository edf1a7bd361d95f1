// A credential keeper with its surroundings in the test's hands: storage that outlives it, a backend that answers when
// told to, and a clock that stands still.
import { CredentialManager } from '../../../src/session/credential-manager';
import { createKeyring, type CredentialKey, type SealContext } from '../../../src/crypto/seal';
import type { Credential, RefreshResult, VerifyResult } from '../../../src/upstream/credential';
import type { CredentialSource } from '../../../src/upstream/credentials/strategies';

export const context: SealContext = {
  tenantId: 'acme',
  owner: { kind: 'session', id: 'session-1' },
  upstream: 'shelf',
};
export const key = (id: string): CredentialKey => ({
  id,
  bytes: new Uint8Array(32).fill(id.length + id.charCodeAt(1)),
});
export const MINUTE = 60_000;
/** Of the request that asks. */
export const ids = { requestId: 'request-1', traceId: 'trace-1' };

/** The synchronous key-value storage of a SQLite-backed object, which keeps copies. */
export class FakeKv implements SyncKvStorage {
  readonly #entries = new Map<string, unknown>();

  // The type parameters are the runtime's own.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- see above
  get<T = unknown>(name: string): T | undefined {
    return structuredClone(this.#entries.get(name)) as T | undefined;
  }

  list<T = unknown>(): Iterable<[string, T]> {
    return structuredClone(this.#entries) as Map<string, T>;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- see above
  put<T>(name: string, value: T): void {
    this.#entries.set(name, structuredClone(value));
  }

  delete(name: string): boolean {
    return this.#entries.delete(name);
  }
}

/** A question to the backend that the test answers later. */
export interface Asked<Result> {
  readonly refreshToken?: string;
  answer(result: Result): void;
}

export class Surroundings {
  now = 1_000_000;
  readonly kv = new FakeKv();
  readonly refreshes: Asked<RefreshResult>[] = [];
  readonly verifies: Asked<VerifyResult>[] = [];
  readonly events: string[] = [];
  keys: [CredentialKey, ...CredentialKey[]] = [key('k1')];

  /** A keeper over the same storage: another one is what an eviction leaves. */
  keeper(endsSession = true): CredentialManager {
    const source: CredentialSource = {
      refresh: (refreshToken) => new Promise((answer) => this.refreshes.push({ refreshToken, answer })),
      obtain: () => new Promise((answer) => this.verifies.push({ answer })),
    };
    return new CredentialManager({
      upstream: 'shelf',
      endsSession,
      kv: this.kv,
      keyring: createKeyring(this.keys),
      context: () => context,
      source,
      events: {
        renewed: ({ how }) => this.events.push(`renewed by ${how === 'obtain' ? 'verify' : how}`),
        failed: (reason) => this.events.push(`failed: ${reason}`),
        denied: (reason) => this.events.push(`denied: ${reason}`),
        unopenable: () => this.events.push('unopenable'),
      },
      now: () => this.now,
    });
  }

  credential(name: string, lifetimeMs = 10 * MINUTE, refreshToken: string | null = `refresh-${name}`): Credential {
    return { accessToken: name, refreshToken, expiresAt: this.now + lifetimeMs, lifetimeMs, scopes: ['items:read'] };
  }

  granted(name: string, lifetimeMs?: number): { kind: 'granted'; credential: Credential } {
    return { kind: 'granted', credential: this.credential(name, lifetimeMs) };
  }

  verified(name: string): VerifyResult {
    return { ...this.granted(name), user: { userId: 'u', tenantId: 'acme', tenantName: 'Acme' }, roleScopes: null };
  }
}

/** Lets everything run that waits for nothing but itself: microtasks, and the runtime's Web Crypto. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
