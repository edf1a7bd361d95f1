// Clients that authenticate by HTTP Basic (RFC 6749 §2.3.1) and name themselves in the body as well, as the official Python
// SDK does. `client_id` in the body only identifies (§3.2.1), so it is no second method, as long as it is the same.
import { fromBase64 } from '../crypto/base64';
import { oauthError } from '../shared/oauth-error';

/** Whether a client authenticates by HTTP Basic, readable or not. */
export function isBasic(authorization: string | null): boolean {
  return /^Basic(?:\s|$)/i.test(authorization ?? '');
}

/** The client id of HTTP Basic, if that is what the header holds. */
export function basicUser(authorization: string | null): string | undefined {
  const encoded = /^Basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  const decoded = fromBase64(encoded ?? '');
  const user = decoded && new TextDecoder().decode(decoded).split(':')[0];
  try {
    return user === undefined || user === '' ? undefined : decodeURIComponent(user.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/**
 * The form without a `client_id` that repeats the one of HTTP Basic: the library would take it for another method. A
 * secret or an assertion beside Basic is one, and stays for the library to refuse.
 * @returns a refusal where the two name different clients
 */
export function withoutRepeatedId(form: URLSearchParams, authorization: string | null): URLSearchParams | Response {
  const user = basicUser(authorization);
  const named = form.getAll('client_id').filter((id) => id !== '');
  const [id] = named;
  if (user === undefined || id === undefined || named.length > 1) return form;
  if (id !== user)
    return oauthError(
      400,
      'invalid_request',
      'The client_id is not the one that Authorization names (RFC 6749 §3.2.1).',
    );
  const rest = new URLSearchParams(form);
  rest.delete('client_id');
  return rest;
}
