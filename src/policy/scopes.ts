// The scope hierarchy, decided in one place. `x:write` implies `x:read`; `crm:*` covers every action of `crm`, and `*`
// covers everything. Pure: no request, no storage.
import type { ScopeCatalogue } from '../define/scopes';

/** Whether one granted scope covers one needed scope. */
export function covers(granted: string, needed: string): boolean {
  if (granted === needed || granted === '*') return true;
  if (granted.endsWith(':*')) return needed.startsWith(granted.slice(0, -1));
  return granted.endsWith(':write') && needed === `${granted.slice(0, -':write'.length)}:read`;
}

/** The needed scopes that nothing granted covers, in their own order. */
export function missingScopes(granted: readonly string[], needed: readonly string[]): string[] {
  return needed.filter((scope) => !granted.some((holder) => covers(holder, scope)));
}

/** `scopes` with those they imply, to ask of a backend that takes each scope by its letter. */
export function withImplied(scopes: readonly string[]): string[] {
  const implied = scopes.filter((scope) => scope.endsWith(':write')).map((scope) => scope.replace(/write$/, 'read'));
  return [...new Set([...scopes, ...implied])];
}

/**
 * The requested scopes that `allowed` covers: granted = requested ∩ consented ∩ what the backend allows.
 * A wildcard that is requested is granted only by a wildcard that covers it, never expanded.
 */
export function narrowScopes(requested: readonly string[], allowed: readonly string[]): string[] {
  return requested.filter((scope) => allowed.some((holder) => covers(holder, scope)));
}

/**
 * The scopes an authorization request asks for, in the catalogue's order. Unknown scopes are left out (RFC 6749 §3.3).
 * A request that names none at all asks for everything, since the user picks on the consent page; one that names only
 * unknown ones asks for nothing that we have. Baseline scopes belong to any.
 */
export function requestedScopes(asked: readonly string[], catalogue: ScopeCatalogue): string[] {
  const names = Object.keys(catalogue);
  // An empty parameter is one that was left out (RFC 6749 §3.1).
  return asked.every((name) => name === '')
    ? names
    : names.filter((name) => asked.includes(name) || catalogue[name]?.baseline);
}
