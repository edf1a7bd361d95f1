// The SaaS backend's side of sign-in: who is this person here, in which tenants, and what may a token of theirs do?
import { Hono } from 'hono';
import { z } from 'zod';
import type { CrmHono, Role } from '../env.ts';
import { CrmError, invalidField } from '../errors.ts';
import { emailAddress, readBody, text } from '../input.ts';
import { cutToRole } from '../roles.ts';
import { issueFirst, rotate } from '../tokens.ts';

const tenantsShape = z.strictObject({ email: emailAddress });
const verifyShape = z.strictObject({
  email: emailAddress,
  tenant_id: text(64).optional(),
  scopes: z.array(z.string()).max(50).optional(),
});
const refreshShape = z.strictObject({ refresh_token: text(200) });

interface UserRow {
  id: string;
  tenant_id: string;
  tenant_name: string;
  role: Role;
  disabled: number;
}

export const auth = new Hono<CrmHono>()
  .post('/tenants', async (c) => {
    const { email } = await readBody(c, tenantsShape);
    const users = await enabledUsers(c.env.CRM_DB, email);
    return c.json({ tenants: users.map(({ tenant_id, tenant_name }) => ({ tenant_id, tenant_name })) });
  })
  .post('/verify', async (c) => {
    const { email, tenant_id: wanted, scopes } = await readBody(c, verifyShape);
    const [user, ...others] = await enabledUsers(c.env.CRM_DB, email, wanted);
    // One of several at random would be one tenant's data for who meant the other's.
    if (!user || others.length > 0) throw invalidField('tenant_id', 'is needed: this person is in several tenants');
    const granted = cutToRole(user.role, scopes);
    const tokens = await issueFirst(c.env.CRM_DB, user, granted, c.get('tokenTtl'), c.env.now);
    const { id: user_id, tenant_id, tenant_name, role } = user;
    return c.json({ user_id, tenant_id, tenant_name, ...tokens, role_scopes: cutToRole(role, undefined) });
  })
  .post('/refresh', async (c) => {
    const { refresh_token } = await readBody(c, refreshShape);
    return c.json(await rotate(c.env.CRM_DB, refresh_token, c.get('tokenTtl'), c.env.now));
  });

/** Everybody with this address, one in each tenant of theirs, or in the one tenant. @throws CrmError if there is nobody */
async function enabledUsers(db: D1Database, email: string, tenantId?: string): Promise<UserRow[]> {
  const { results } = await db
    .prepare(
      `SELECT u.id, u.tenant_id, n.name AS tenant_name, u.role, u.disabled
       FROM users u JOIN tenants n ON n.id = u.tenant_id
       WHERE u.email = lower(?1) AND (?2 IS NULL OR u.tenant_id = ?2) ORDER BY n.name`,
    )
    .bind(email, tenantId ?? null)
    .all<UserRow>();
  if (results.length === 0) throw new CrmError('unknown_user', 'Nobody with this address has a Nexus account.');
  const enabled = results.filter(({ disabled }) => disabled === 0);
  if (enabled.length === 0) throw new CrmError('user_disabled', 'This Nexus account is disabled.');
  return enabled;
}
