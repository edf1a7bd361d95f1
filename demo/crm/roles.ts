// What each role may do, and the check that each data route makes.
import type { Context } from 'hono';
import type { Caller, CrmHono, Role } from './env.ts';
import { CrmError } from './errors.ts';

const reading = ['profile:read', 'leads:read', 'customers:read', 'tickets:read', 'knowledge:read', 'analytics:read'];
const everything = [...reading, 'leads:write', 'customers:write', 'tickets:write', 'notifications:send'];

const scopesOfRole: Readonly<Record<Role, readonly string[]>> = { admin: everything, rep: everything, viewer: reading };

/** The scopes of the role, cut down to `requested` where it is given. */
export function cutToRole(role: Role, requested: readonly string[] | undefined): string[] {
  return scopesOfRole[role].filter((scope) => !requested || requested.includes(scope));
}

/** The caller, if their token and their role (as it is now) allow `scope`. Throws forbidden. */
export function allowed(c: Context<CrmHono>, scope: string): Caller {
  return allowedAny(c, [scope]);
}

/** The same, where any one of several scopes is enough. */
export function allowedAny(c: Context<CrmHono>, scopes: readonly string[]): Caller {
  const caller = c.get('caller');
  const held = scopes.filter((scope) => caller.scopes.has(scope));
  if (held.length === 0) throw new CrmError('forbidden', `The access token lacks the scope ${scopes.join(' or ')}.`);
  if (!held.some((scope) => scopesOfRole[caller.role].includes(scope))) {
    throw new CrmError('forbidden', `The role ${caller.role} does not allow ${held.join(' or ')}.`);
  }
  return caller;
}
