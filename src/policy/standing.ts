// Where a session stands: what it has, and what its person could have by consenting to more. Both follow from the consent,
// the backend's latest answer and the role. What is not attainable is never asked for: no consent could give it.
import type { ScopeCatalogue } from '../define/scopes';
import { missingScopes, narrowScopes } from './scopes';

export interface Standing {
  /** Granted: consented to, and allowed by the backend. Baseline scopes belong to every sign-in, whatever it echoes. */
  readonly scopes: readonly string[];
  /** All that the role allows, by the backend's `role_scopes`; null where it sends none. */
  readonly roleScopes: readonly string[] | null;
  /** Names of the catalogue that are granted, or would be after a consent to them. */
  readonly attainable: readonly string[];
}

export interface BackendSays {
  readonly consented: readonly string[];
  /** What the backend allows of that. */
  readonly allowed: readonly string[];
  readonly roleScopes: readonly string[] | null;
}

export function standingOf({ consented, allowed, roleScopes }: BackendSays, catalogue: ScopeCatalogue): Standing {
  const scopes = narrowScopes(consented, [...allowed, ...baselineOf(catalogue)]);
  const attainable = Object.keys(catalogue).filter((name) => {
    if (isCovered(scopes, name)) return true;
    // Consented to, and not granted all the same: consenting once more changes nothing.
    if (consented.includes(name)) return false;
    return roleScopes === null || isCovered(roleScopes, name);
  });
  return { scopes, roleScopes, attainable };
}

/** Scopes that belong to every sign-in. */
export function baselineOf(catalogue: ScopeCatalogue): string[] {
  return Object.keys(catalogue).filter((name) => catalogue[name]?.baseline);
}

/** What another consent could add to a token of these scopes, in the catalogue's order. */
export function beyond(scopes: readonly string[], attainable: readonly string[]): string[] {
  return missingScopes(scopes, attainable);
}

function isCovered(granted: readonly string[], name: string): boolean {
  return missingScopes(granted, [name]).length === 0;
}
