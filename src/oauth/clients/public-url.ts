// The URL policy against SSRF, for addresses that a stranger chooses and the gateway fetches: client ids that are URLs,
// and the key sets of their documents. It judges the text of the URL, before anything is sent.
// Not guaranteed here: that a name doesn't resolve to a private address. The runtime fetches public addresses only
// (`global_fetch_strictly_public`).

/** Whether a client id is the URL of a metadata document. Ids of registered clients are no URLs. */
export function isMetadataUrl(clientId: string): boolean {
  return /^https?:/i.test(clientId);
}

/**
 * Top-level names that have a meaning only inside a network, or that no public DNS answers: special use (RFC 6761, RFC
 * 6762, RFC 7686 onion, RFC 8375 home.arpa, RFC 9476 alt), ICANN's `internal`, names that ICANN will not delegate
 * because networks use them (corp, home, mail), and common names of routers, clusters and companies.
 * Of RFC 6761, `example` is missing: no network uses it, and documentation may name it.
 */
const INWARD = new Set(
  (
    'alt arpa internal invalid local localhost onion test ' +
    'corp home mail lan localdomain intranet private svc cluster consul docker kubernetes'
  ).split(' '),
);
/** A name that DNS could answer. Its last label starts with a letter: a host that ends in a number is an IP address. */
const NAME = /^(?:[a-z0-9_-]{1,63}\.)+([a-z][a-z0-9-]{0,61}[a-z0-9])$/;

/** Why an address must not be fetched; undefined when it may be. */
export function refusedUrl(text: string): string | undefined {
  const url = URL.parse(text);
  // Refuses whatever the parser changes: the text that is fetched, shown and compared has to be the same. This also
  // means that an IP address arrives here as the parser writes it, whatever its original spelling.
  if (!url || url.href !== text) return 'not a plain URL';
  if (url.protocol !== 'https:' || url.port !== '') return 'not https on its own port';
  // With a query, an open redirector on a trusted host could serve as a document.
  if (url.username || url.password || url.hash || url.search || url.pathname === '/')
    return 'holds more, or less, than a path';
  if (/^[\d.]+$|^\[/.test(url.hostname)) return 'an address instead of a name';
  // A dot at the end is refused as well: to DNS it is the same name, to a comparison another one.
  const top = NAME.exec(url.hostname)?.[1];
  return top === undefined || INWARD.has(top) ? 'not a public name' : undefined;
}
