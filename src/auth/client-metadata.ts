// A policy of our own for client ids that are URLs (Client ID Metadata Documents), applied before the OAuth library
// fetches one: the consent page calls the host of such an id verified, so the document must come from that very address.
// The library would follow a redirect there, and an open redirector on a trusted host would then vouch for anybody.
// Not guaranteed: that a name doesn't resolve to a private address; the runtime fetches public ones only
// (`global_fetch_strictly_public`), and what is refused here is refused by the look of the URL.
import { boundedFetch, FetchError, parseJson } from '../shared/bounded-fetch';

/** The library's own bounds (draft-ietf-oauth-client-id-metadata-document-00 §6). */
const BOUNDS = { timeoutMs: 10_000, maxBytes: 5 * 1024 };

export type MetadataProblem = 'client_invalid' | 'client_unreachable';

/** Whether a client id is the URL of a metadata document, and not one that we keep a record of. */
export function isMetadataUrl(clientId: string): boolean {
  return /^https?:/i.test(clientId);
}

/**
 * Checks the address and what it answers; the document's own rules are the library's.
 * @returns what is wrong, and for the log why; undefined when the library may use it
 */
export async function checkMetadata(clientId: string): Promise<{ problem: MetadataProblem; why: string } | undefined> {
  const refusal = refusedUrl(clientId);
  if (refusal) return { problem: 'client_invalid', why: refusal };
  try {
    const { status, headers, text } = await boundedFetch(clientId, { headers: { Accept: 'application/json' } }, BOUNDS);
    if (status >= 300 && status < 400) return { problem: 'client_invalid', why: 'the metadata URL redirects' };
    if (status !== 200) return { problem: 'client_unreachable', why: `the metadata URL answered ${status}` };
    const type = headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    if (!/^application\/(?:[\w.-]+\+)?json$/.test(type))
      return { problem: 'client_invalid', why: `content type ${type}` };
    const document = parseJson(text);
    const own =
      document !== null && typeof document === 'object' && 'client_id' in document ? document.client_id : undefined;
    return own === clientId ? undefined : { problem: 'client_invalid', why: 'the document names another client_id' };
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    return { problem: error.reason === 'too_large' ? 'client_invalid' : 'client_unreachable', why: error.reason };
  }
}

/** Why an address is not even asked. */
function refusedUrl(clientId: string): string | undefined {
  const url = URL.parse(clientId);
  // Nothing that the parser changed: what is fetched, shown and compared must be one and the same text.
  if (!url || url.href !== clientId) return 'not a plain URL';
  if (url.protocol !== 'https:' || url.port !== '') return 'not https on its own port';
  if (url.username || url.password || url.hash || url.search || url.pathname === '/')
    return 'holds more, or less, than a path';
  // Addresses in place of names (the parser has brought every spelling of IPv4 to dotted form), and names that only
  // mean something inside a network.
  if (/^[\d.]+$|^\[/.test(url.hostname)) return 'an address instead of a name';
  if (!url.hostname.includes('.') || /\.(?:localhost|local|internal|lan|home|corp|arpa)\.?$/.test(url.hostname))
    return 'not a public name';
  return undefined;
}
