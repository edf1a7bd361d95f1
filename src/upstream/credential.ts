// An upstream's token set in the clear, whom it is for, and what can come of asking for one. How it is asked for is in
// credentials/, one file each strategy.
import type { Unanswered } from './backend';

/** An upstream token set in the clear: in memory only, sealed wherever it is at rest. */
export interface Credential {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** How long it was good for when it was issued, in milliseconds. */
  readonly lifetimeMs: number;
  /** What the upstream lets this user do with it, in the gateway's scope names. */
  readonly scopes: readonly string[];
}

/** The user as the upstream knows them. */
export interface UpstreamUser {
  readonly userId: string;
  readonly tenantId: string;
  readonly tenantName: string;
}

/** `denied` may also be ours: the backend's user is not the one that the session is about. */
export type VerifyResult =
  | {
      readonly kind: 'granted';
      readonly user: UpstreamUser;
      readonly credential: Credential;
      /** All that the user's role allows, whatever was asked for; null where the backend doesn't say. */
      readonly roleScopes: readonly string[] | null;
    }
  | { readonly kind: 'denied'; readonly reason: 'identity_changed' | 'other_tenant' }
  | Unanswered;

export type RefreshResult =
  | { readonly kind: 'granted'; readonly credential: Credential }
  | { readonly kind: 'failed'; readonly reason: string };

/** What a strategy answers; `denied` is final. {@link VerifyResult} is the answer of one that also says who the user is. */
export type ObtainResult =
  | {
      readonly kind: 'granted';
      readonly credential: Credential;
      /** As in {@link VerifyResult}; absent where the strategy doesn't know. */
      readonly roleScopes?: readonly string[] | null;
    }
  | { readonly kind: 'denied' | 'unavailable'; readonly reason: string };
