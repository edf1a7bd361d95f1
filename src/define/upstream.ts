// An upstream as an adopter declares it: where the API is, and how the gateway obtains a user's credential there.

/**
 * An API behind the gateway whose backend vouches for users (`POST {base}{verifyPath}`, see docs/backend-contract.md).
 */
export interface UpstreamDefinition {
  /** Stable id: part of the sealed credential's additional data and of audit events. */
  readonly name: string;
  /** For people: "Nexus CRM". */
  readonly title: string;
  /** Names of the variable with the API's base URL, and of the secret that authenticates the gateway to it. */
  readonly env: { readonly baseUrl: string; readonly adminToken: string };
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

/** Identity function, for inference and for a place to read the contract. */
export function defineUpstream<const Definition extends UpstreamDefinition>(definition: Definition): Definition {
  return definition;
}
