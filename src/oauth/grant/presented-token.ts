// What a token request presents, read once at the edge for the session's object that will serve it. Only parameters with a
// meaning in the protocol are read (RFC 6749 §3.2: unknown parameters are ignored).
import { createHash } from 'node:crypto';
import { senderOf } from '../../audit/sender';
import type { Presented } from '../../session/stub';

/** @param clientId of the client that the request says it is from */
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

/** What a refresh asks for, in one spelling: sorted, and each value once. */
export function asksFor(
  { scope, resource }: Presented,
  session: { readonly consentedScopes: readonly string[]; readonly resource: string } | undefined,
): string {
  // A parameter that is left out stands for all that was granted (RFC 6749 §6, RFC 8707 §2.2).
  const scopes = scope.trim() === '' ? (session?.consentedScopes ?? []) : scope.trim().split(/ +/);
  const resources = resource.length > 0 ? resource : [session?.resource ?? ''];
  return JSON.stringify([[...new Set(scopes)].toSorted(), [...new Set(resources)].toSorted()]);
}

/** A digest, since a secret may be among the parts. Where it is stored, it is sealed (refresh-token-reuse.ts). */
function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
