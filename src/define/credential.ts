// How a user's credential at an upstream is obtained, as an adopter declares it: a strategy as data, and whom the
// credential belongs to. The code of each strategy is in upstream/credentials/, one file each.

/** Whose a credential is. It is sealed to that owner, and opens for nobody else. */
export type CredentialOwner = 'session' | 'person' | 'tenant';

/**
 * The upstream's backend vouches for the user's email and hands out a token of that user (docs/backend-contract.md). The
 * first upstream of a definition has this strategy: its answer decides who the user is, and which tenant they are of.
 */
export interface VerifyCredential {
  readonly strategy: 'verify';
  readonly owner: 'session';
  /** Names of the variables that hold the secrets. `adminToken` authenticates the gateway to the backend. */
  readonly secrets: { readonly adminToken: string };
  /** Verifies a user's email and hands out the user's scoped token. */
  readonly verifyPath: string;
  /** Redeems a refresh token of a credential that `verifyPath` handed out. */
  readonly refreshPath: string;
  /**
   * Lists the tenants of a verified email. Leave it out if nobody belongs to two: verify then decides alone. With it, a
   * person of several picks one when signing in, and verify is told which.
   */
  readonly tenantsPath?: string;
}

/** A function of the adopter's own. */
export interface CustomCredential {
  readonly strategy: 'custom';
  readonly owner: CredentialOwner;
  /** Names of the variables that hold secrets, by the function's own names for them. */
  readonly secrets?: Readonly<Record<string, string>>;
  /**
   * Obtains an access token. It is called when a tool of the upstream is first called, and again before the token expires
   * or after the upstream has refused it. It may be called more than once for one token. After 5 seconds it is given up.
   */
  obtain(request: CredentialRequest): Promise<ObtainedCredential>;
}

export type CredentialDefinition = VerifyCredential | CustomCredential;

/** For whom and for what a credential is obtained. Everything here was verified by the gateway. */
export interface CredentialRequest {
  readonly user: {
    /** As the first upstream knows them. */
    readonly userId: string;
    readonly tenantId: string;
    readonly email: string;
    /** As the identity provider knows them. */
    readonly issuer: string;
    readonly subject: string;
  };
  /** What the user consented to, with what that implies. */
  readonly scopes: readonly string[];
  readonly baseUrl: string;
  /** By the names that the definition gives them. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
}

export type ObtainedCredential =
  | { readonly kind: 'granted'; readonly accessToken: string; readonly expiresInSeconds: number }
  /** This user has no access there, and asking again changes nothing. `reason`, in snake_case, is for the audit trail. */
  | { readonly kind: 'denied'; readonly reason: string }
  /** It can't be said now. */
  | { readonly kind: 'unavailable'; readonly reason: string };
