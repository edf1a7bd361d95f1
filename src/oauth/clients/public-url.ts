// Our own policy for addresses that a stranger chose and that the gateway asks (SSRF): client ids that are URLs, and the
// keys their documents point to. What is refused is refused by the look of the URL, before anything is sent.
// Not guaranteed here: that a name doesn't resolve to a private address; the runtime fetches public ones only
// (`global_fetch_strictly_public`).

/** Whether a client id is the URL of a metadata document, and not one that we keep a record of. */
export function isMetadataUrl(clientId: string): boolean {
  return /^https?:/i.test(clientId);
}

/**
 * Names that mean something inside a network only, or that no public DNS answers: special use (RFC 6761, RFC 6762,
 * RFC 7686 onion, RFC 8375 home.arpa, RFC 9476 alt), ICANN's `internal`, what ICANN will not delegate since networks use
 * it (corp, home, mail), and what routers, clusters and companies call their own.
 * Of RFC 6761 `example` is left: no network means anything by it, and documentation may name it.
 */
const INWARD = new Set(
  (
    'alt arpa internal invalid local localhost onion test ' +
    'corp home mail lan localdomain intranet private svc cluster consul docker kubernetes'
  ).split(' '),
);
/** Labels of a name that DNS could answer. The last one has a letter first: whatever ends in a number is an address. */
const NAME = /^(?:[a-z0-9_-]{1,63}\.)+([a-z][a-z0-9-]{0,61}[a-z0-9])$/;

/** Why an address is not even asked; undefined for one that may be. */
export function refusedUrl(text: string): string | undefined {
  const url = URL.parse(text);
  // Nothing that the parser changed: what is fetched, shown and compared must be one and the same text. So addresses in
  // place of names come as the parser writes them, however they were spelled.
  if (!url || url.href !== text) return 'not a plain URL';
  if (url.protocol !== 'https:' || url.port !== '') return 'not https on its own port';
  // A query would make an open redirector on a trusted host a document of its own.
  if (url.username || url.password || url.hash || url.search || url.pathname === '/')
    return 'holds more, or less, than a path';
  if (/^[\d.]+$|^\[/.test(url.hostname)) return 'an address instead of a name';
  // A dot at the end makes another name of each of these, which DNS takes for the same.
  const top = NAME.exec(url.hostname)?.[1];
  return top === undefined || INWARD.has(top) ? 'not a public name' : undefined;
}
