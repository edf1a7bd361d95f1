// Dynamic client registration (RFC 7591): the checks that the library doesn't make. An operator may close registration,
// an address may register only so many clients, and what a stranger may store is bounded, as a whole and in each
// member. What a client offers beyond this server's support is left out of its registration (§2), as with metadata
// documents.
import { MAX_CLIENT_NAME, MAX_METADATA_BYTES, SERVED_GRANT_TYPES } from './clients/metadata';
import type { Bindings, Config } from '../config';
import { parseJson } from '../shared/bounded-fetch';
import { oauthError } from '../shared/oauth-error';
import { isOverLimit, RETRY_AFTER_SECONDS } from './address-limit';

/** Why a registration is refused before its body is looked at; undefined when it isn't. */
export async function refusedRegistration(
  request: Request,
  config: Config,
  bindings: Pick<Bindings, 'REGISTRATION_LIMIT'>,
): Promise<Response | undefined> {
  if (config.clientRegistration === 'closed') {
    const description =
      'This gateway registers no clients by themselves. Use a client id metadata document, or ask its operator for a client id.';
    return oauthError(403, 'access_denied', description);
  }
  if (!(await isOverLimit(request, bindings))) return undefined;
  const description = `Too many requests from this address. Try again in ${RETRY_AFTER_SECONDS} seconds.`;
  return oauthError(429, 'temporarily_unavailable', description, { 'Retry-After': String(RETRY_AFTER_SECONDS) });
}

/** Clients need a handful: Cursor registers three. */
const MAX_REDIRECT_URIS = 10;
/** For any URI among the members. Real clients use less than a hundred characters. */
const MAX_URI_CHARACTERS = 500;
/** For the name of a member in a refusal: a stranger chooses it. */
const MAX_SHOWN_NAME = 40;

/** The body for the library, or the refusal (RFC 7591 §3.2.2). */
export function boundedRegistration(body: string): string | Response {
  if (new TextEncoder().encode(body).length > MAX_METADATA_BYTES)
    return refused('invalid_client_metadata', `The metadata is larger than ${MAX_METADATA_BYTES} bytes.`);
  const metadata = parseJson(body);
  // The library refuses this, and says why.
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return body;
  const { redirect_uris: uris, ...others } = metadata as Record<string, unknown>;
  const problem = refusedRedirectUris(uris);
  if (problem !== undefined) return refused('invalid_redirect_uri', problem);
  const excess = excessive(others);
  if (excess !== undefined) return refused('invalid_client_metadata', excess);
  return JSON.stringify({
    ...metadata,
    ...served('grant_types', others, SERVED_GRANT_TYPES),
    ...served('response_types', others, ['code']),
  });
}

/**
 * Gemini CLI 0.61.0 answers a step-up (RFC 6750 §3.1) by registering without redirect URIs, and all that its model then
 * gets to read is this refusal. So it says what the challenge's own words, which are lost there, would have said.
 */
const NO_REDIRECT_URI =
  'redirect_uris has to list at least one URI. If this was a call that needs more access than was granted: disconnect, connect again, and tick what it needs.';

/** The library has the same rules, but its refusal wouldn't say that it is about a redirect URI. */
function refusedRedirectUris(uris: unknown): string | undefined {
  if (!Array.isArray(uris) || uris.length === 0) return NO_REDIRECT_URI;
  if (uris.length > MAX_REDIRECT_URIS) return `There are more than ${MAX_REDIRECT_URIS} redirect_uris.`;
  const problem = uris.map((uri) => refusedRedirectUri(uri)).find((why) => why !== undefined);
  if (problem !== undefined) return problem;
  return uris.some((uri) => mayReceiveCodes(String(uri)))
    ? undefined
    : 'At least one redirect URI has to be https, or http on a loopback address.';
}

/** Schemes that start something in the browser or on the computer. */
const DANGEROUS_SCHEMES = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'mailto:', 'blob:']);

function refusedRedirectUri(uri: unknown): string | undefined {
  if (typeof uri !== 'string') return 'A redirect URI is not a string.';
  if (uri.length > MAX_URI_CHARACTERS) return `A redirect URI is longer than ${MAX_URI_CHARACTERS} characters.`;
  const url = URL.parse(uri);
  if (!url || /\p{Cc}/u.test(uri.trim())) return 'A redirect URI is not an absolute URI.';
  if (uri.includes('#')) return 'A redirect URI must not have a fragment (RFC 6749 §3.1.2).';
  if (url.username || url.password) return 'A redirect URI must not hold a user or password.';
  return DANGEROUS_SCHEMES.has(url.protocol) ? 'A redirect URI has a scheme that is not allowed.' : undefined;
}

/** OAuth 2.1 §2.3.1: the authorization endpoint sends codes to no other address. */
function mayReceiveCodes(uri: string): boolean {
  const url = URL.parse(uri);
  if (url?.protocol !== 'http:') return url?.protocol === 'https:';
  return /^(?:localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(url.hostname);
}

function excessive(members: Record<string, unknown>): string | undefined {
  for (const [name, value] of Object.entries(members)) {
    if (typeof value !== 'string') continue;
    // Also with a language tag: `client_name#de` (§2.2).
    if (name.split('#', 1)[0] === 'client_name' && value.length > MAX_CLIENT_NAME)
      return `client_name is longer than ${MAX_CLIENT_NAME} characters.`;
    if (/_uri(?:#|$)/.test(name) && value.length > MAX_URI_CHARACTERS)
      return `${name.slice(0, MAX_SHOWN_NAME)} is longer than ${MAX_URI_CHARACTERS} characters.`;
  }
  return undefined;
}

/**
 * The supported ones of the types that a client names. When the main type isn't among them, the list stays as it is,
 * and the library refuses it.
 */
function served(name: string, members: Record<string, unknown>, types: readonly string[]): Record<string, unknown> {
  const named = members[name];
  const kept = Array.isArray(named) ? named.filter((type) => types.includes(type as string)) : [];
  return kept.includes(types[0]) ? { [name]: kept } : {};
}

function refused(error: string, description: string): Response {
  return oauthError(400, error, description);
}
