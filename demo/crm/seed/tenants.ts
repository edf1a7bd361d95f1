// The two companies of the demo, their people, and the day on which their data was "taken".
import { demoPeople } from '../../people.ts';
import type { Role } from '../env.ts';

/** All seeded dates lie before this day, whatever the day is on which the demo runs. */
export const today = Date.UTC(2026, 10, 1, 9);
export const day = 24 * 3600_000;

export interface SeedTenant {
  readonly id: string;
  readonly name: string;
  readonly support: string;
  readonly reviewMonths: number;
  readonly retentionMonths: number;
  readonly timeZone: string;
  /** Ids of this tenant's rows start after it, so that no id exists in both: lead_0001 … and lead_1001 … */
  readonly firstId: number;
  readonly seed: number;
}

export const tenants: readonly SeedTenant[] = [
  {
    id: 'acme',
    name: 'Acme Industries',
    support: 'support@acme.example',
    reviewMonths: 6,
    retentionMonths: 24,
    timeZone: 'in Frankfurt',
    firstId: 0,
    seed: 1843,
  },
  {
    id: 'globex',
    name: 'Globex Corporation',
    support: 'help@globex.example',
    reviewMonths: 12,
    retentionMonths: 36,
    timeZone: 'in Chicago',
    firstId: 1000,
    seed: 1952,
  },
];

export interface SeedUser {
  readonly id: string;
  readonly tenant_id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

/** Colleagues own records and receive notifications; only the demo's people have an identity to sign in with. */
const colleagues: Readonly<Record<string, readonly string[]>> = {
  acme: ['Rosa Diaz', 'Kenji Mori', 'Lena Vogel', 'Tom Okafor'],
  globex: ['Maria Silva', 'Piotr Nowak', 'Aisha Khan'],
};

export function seedUsers(tenant: SeedTenant): SeedUser[] {
  const people = demoPeople.filter(({ tenantIds }) => tenantIds.includes(tenant.id));
  const peopleIn = (several: boolean) =>
    people.flatMap(({ email, name, role, tenantIds }) =>
      role !== null && tenantIds.length > 1 === several ? [{ email, name, role }] : [],
    );
  const others = (colleagues[tenant.id] ?? []).map((name) => ({
    email: `${name.split(' ')[0]?.toLowerCase()}@${tenant.id}.example`,
    name,
    role: 'rep' as const,
  }));
  // Guests last: whoever else is invited, the ids of a tenant's own people stay.
  return [...peopleIn(false), ...others, ...peopleIn(true)].map((user, index) => ({
    id: `usr_${String(tenant.firstId + index + 1).padStart(4, '0')}`,
    tenant_id: tenant.id,
    ...user,
  }));
}

export const idOf = (prefix: string, tenant: SeedTenant, index: number): string =>
  `${prefix}_${String(tenant.firstId + index + 1).padStart(4, '0')}`;
