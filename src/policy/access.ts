// Decides whether a caller may use an entry of the definition, in one place for lists, calls, resources, subscriptions and
// early reads. Three things decide: the scopes of the token, the role (what another consent could add), and the policy of
// the tenant. Pure: no request, no storage. Who asks the user for missing scopes, and how often, is session/step-up.ts.
import { missingScopes } from './scopes';

/** One rule of a tenant's policy. `tool` is the name of a tool of the definition. */
export interface PolicyRule {
  readonly effect: 'allow' | 'deny';
  readonly tool: string;
}

/**
 * The rules of one tenant, in any order. A tool is forbidden when a rule denies it, or when there are `allow` rules and
 * none of them names it. Rules speak of tools only: prompts, resources and `request_access` are decided by scopes.
 */
export type Policy = readonly PolicyRule[];

export const NO_POLICY: Policy = [];

/** Everything about a caller that decides what they may use. It travels with the session's answer as one value. */
export interface Access {
  /** Scopes of the token, narrowed to what the backend allows now. */
  readonly scopes: readonly string[];
  /** Scopes that the role allows: those granted, and those that another consent could add. */
  readonly attainable: readonly string[];
  /** Whether the backend says what the role allows. */
  readonly roleKnown: boolean;
  readonly policy: Policy;
}

/** A tool, prompt or resource, as far as its use is decided. */
export interface AccessEntry {
  /** `access_request` is a call of the gateway's own `request_access`; its scopes are those that it asks for. */
  readonly kind: 'tool' | 'prompt' | 'resource' | 'completion' | 'access_request';
  readonly name: string;
  readonly scopes: readonly string[];
}

export type AccessDecision = { readonly kind: 'allowed' } | AccessRefusal;

export type AccessRefusal =
  /** Another consent can give what is missing. `needed` is what the token has and what the entry needs. */
  | { readonly kind: 'lacks_scopes'; readonly missing: readonly string[]; readonly needed: readonly string[] }
  /** No consent can change this, so the client is never challenged for it. `missing`: what the role doesn't allow. */
  | {
      readonly kind: 'forbidden';
      readonly by: 'role' | 'policy';
      readonly missing: readonly string[];
      readonly needed: readonly string[];
    };

export function decide(access: Access, entry: AccessEntry): AccessDecision {
  if (isForbidden(access.policy, entry)) return { kind: 'forbidden', by: 'policy', missing: [], needed: [] };
  const missing = missingScopes(access.scopes, entry.scopes);
  if (missing.length === 0) return { kind: 'allowed' };
  // Clients ask for exactly the scopes of a challenge, so it names those that the token already has, too.
  const needed = [...new Set([...access.scopes, ...entry.scopes])];
  const unattainable = missingScopes(access.attainable, missing);
  return unattainable.length > 0
    ? { kind: 'forbidden', by: 'role', missing: unattainable, needed }
    : { kind: 'lacks_scopes', missing, needed };
}

export function isAllowed(access: Access, entry: AccessEntry): boolean {
  return decide(access, entry).kind === 'allowed';
}

/**
 * The entries to list, in their own order.
 * @param list `granted`: those that the caller may use now. `attainable`: also those that need another consent; only
 *   where the role is known, since elsewhere nobody can say which those are
 */
export function visible<Entry extends AccessEntry>(
  access: Access,
  entries: readonly Entry[],
  list: 'granted' | 'attainable' = 'granted',
): Entry[] {
  const isWide = list === 'attainable' && access.roleKnown;
  return entries.filter((entry) => {
    const { kind } = decide(access, entry);
    return kind === 'allowed' || (isWide && kind === 'lacks_scopes');
  });
}

/** A key that two accesses share exactly when every decision about them is the same for the same reasons. */
export function keyOf({ scopes, attainable, roleKnown, policy }: Access): string {
  const rules = policy.map(({ effect, tool }) => JSON.stringify([effect, tool]));
  return [sorted(scopes), sorted(attainable), String(roleKnown), ...(rules.length > 0 ? [sorted(rules)] : [])].join(
    '; ',
  );
}

function isForbidden(policy: Policy, { kind, name }: AccessEntry): boolean {
  if (kind !== 'tool' || policy.length === 0) return false;
  const allows = policy.filter(({ effect }) => effect === 'allow');
  const isDenied = policy.some(({ effect, tool }) => effect === 'deny' && tool === name);
  return isDenied || (allows.length > 0 && !allows.some(({ tool }) => tool === name));
}

function sorted(names: readonly string[]): string {
  return names.toSorted().join(' ');
}
