// What every part of the CRM works with: its bindings, its clock, and who is calling.

export interface CrmEnv {
  CRM_DB: D1Database;
  /** The token of backend-to-backend calls. Empty or absent: every such call is refused. */
  NEXUS_ADMIN_TOKEN?: string;
}

export type Role = 'admin' | 'rep' | 'viewer';

/** The user behind an access token, as its row says; no request parameter contributes to it. */
export interface Caller {
  readonly userId: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: ReadonlySet<string>;
}

/** Milliseconds since the epoch. */
export type Clock = () => number;

export type CrmHono = {
  Bindings: CrmEnv & { readonly now: Clock };
  Variables: { caller: Caller; tokenTtl: number };
};

export const iso = (time: number): string => new Date(time).toISOString();
