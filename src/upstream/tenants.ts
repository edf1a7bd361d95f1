// Which tenants a person belongs to, as a backend that can list them says (`tenantsPath`, docs/backend-contract.md). It is
// asked once the identity provider has vouched for the email, so nobody learns about another person's tenants.
import * as z from 'zod';
import type { Config } from '../config';
import { harmless } from '../define/text';
import type { VerifyCredential } from '../define/credential';
import type { UpstreamDefinition } from '../define/upstream';
import type { Fetch } from '../shared/bounded-fetch';
import { backendOf, postToBackend, readAnswer, type BackendConnection, type CallIds, type Unanswered } from './backend';

export interface Tenant {
  readonly id: string;
  /** For people. */
  readonly name: string;
}

export type TenantsResult = { readonly kind: 'listed'; readonly tenants: readonly Tenant[] } | Unanswered;

const listed = z.object({
  tenants: z.array(z.object({ tenant_id: z.string().min(1), tenant_name: z.string().min(1).overwrite(harmless) })),
});

/** Asks the backend for the tenants of a verified email, under the ids of a request. */
export type TenantDirectory = (config: Pick<Config, 'upstream'>, email: string, ids: CallIds) => Promise<TenantsResult>;

/** Asks for the tenants of a verified email. A list of none is the same word as no such user. */
export async function listTenants(
  connection: BackendConnection,
  tenantsPath: string,
  email: string,
  send?: Fetch,
): Promise<TenantsResult> {
  const answer = readAnswer(await postToBackend(connection, tenantsPath, { email }, send), listed);
  if (answer.kind !== 'read') return answer;
  const tenants = answer.value.tenants.map(({ tenant_id: id, tenant_name: name }) => ({ id, name }));
  return tenants.length === 0 ? { kind: 'denied', reason: 'unknown_user' } : { kind: 'listed', tenants };
}

/** How to ask an upstream's backend for a person's tenants; undefined where it can't list them. */
export function tenantDirectory({
  name,
  credential,
}: UpstreamDefinition<VerifyCredential>): TenantDirectory | undefined {
  const { tenantsPath } = credential;
  if (tenantsPath === undefined) return undefined;
  return ({ upstream }, email, ids) => listTenants(backendOf(upstream(name), ids), tenantsPath, email);
}
