// The SaaS backend's side of sign-in: who is this person here, and what may a token of theirs do?
import { Hono } from 'hono';
import { z } from 'zod';
import type { CrmHono, Role } from '../env.ts';
import { CrmError } from '../errors.ts';
import { emailAddress, readBody, text } from '../input.ts';
import { cutToRole } from '../roles.ts';
import { issueFirst, rotate } from '../tokens.ts';

const verifyShape = z.strictObject({ email: emailAddress, scopes: z.array(z.string()).max(50).optional() });
const refreshShape = z.strictObject({ refresh_token: text(200) });

interface UserRow {
  id: string;
  tenant_id: string;
  tenant_name: string;
  role: Role;
  disabled: number;
}

export const auth = new Hono<CrmHono>()
  .post('/verify', async (c) => {
    const { email, scopes } = await readBody(c, verifyShape);
    const user = await c.env.CRM_DB.prepare(
      `SELECT u.id, u.tenant_id, n.name AS tenant_name, u.role, u.disabled
       FROM users u JOIN tenants n ON n.id = u.tenant_id WHERE u.email = lower(?)`,
    )
      .bind(email)
      .first<UserRow>();
    if (!user) throw new CrmError('unknown_user', 'Nobody with this address has a Nexus account.');
    if (user.disabled) throw new CrmError('user_disabled', 'This Nexus account is disabled.');
    const granted = cutToRole(user.role, scopes);
    const tokens = await issueFirst(c.env.CRM_DB, user, granted, c.get('tokenTtl'), c.env.now);
    return c.json({ user_id: user.id, tenant_id: user.tenant_id, tenant_name: user.tenant_name, ...tokens });
  })
  .post('/refresh', async (c) => {
    const { refresh_token } = await readBody(c, refreshShape);
    return c.json(await rotate(c.env.CRM_DB, refresh_token, c.get('tokenTtl'), c.env.now));
  });
