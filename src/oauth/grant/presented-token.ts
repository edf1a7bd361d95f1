// What a token request presents, read once at the edge: by which session's object it is served, and what that looks at.
// Only what the protocol gives a meaning to is read (RFC 6749 §3.2: unknown parameters are ignored).
import { createHash } from 'node:crypto';
import { senderOf } from '../../audit/sender';
import type { Presented } from '../../session/stub';

/** @param clientId whom the request says that it is from */
export function presentedBy(form: URLSearchParams, headers: Headers, clientId: string | undefined): Presented {
  const grantType = form.get('grant_type');
  const refreshToken = grantType === 'refresh_token' ? form.get('refresh_token') : null;
  return {
    clientId,
    asserted: form.has('client_assertion'),
    revokes: !grantType,
    refreshToken: refreshToken ?? undefined,
    scope: form.get('scope') ?? '',
    resource: form.getAll('resource').filter((resource) => resource !== ''),
    authentication: digestOf([clientId, headers.get('Authorization'), form.get('client_secret') || null]),
    sender: senderOf(headers),
  };
}

/** What a refresh asks for, in one spelling, whatever the order and the number of times in which it is said. */
export function asksFor(
  { scope, resource }: Presented,
  session: { readonly consentedScopes: readonly string[]; readonly resource: string } | undefined,
): string {
  // Left out, each stands for all that was granted (RFC 6749 §6, RFC 8707 §2.2).
  const scopes = scope.trim() === '' ? (session?.consentedScopes ?? []) : scope.trim().split(/ +/);
  const resources = resource.length > 0 ? resource : [session?.resource ?? ''];
  return JSON.stringify([[...new Set(scopes)].toSorted(), [...new Set(resources)].toSorted()]);
}

/** A secret may be in it, so it is a digest; where that is stored, it is sealed (refresh-family.ts). */
function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
