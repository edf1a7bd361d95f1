// Our own policy for addresses that a stranger chose and that the gateway asks (SSRF): client ids that are URLs, and the
// keys their documents point to. What is refused is refused by the look of the URL, before anything is sent.
// Not guaranteed here: that a name doesn't resolve to a private address; the runtime fetches public ones only
// (`global_fetch_strictly_public`).

/** Whether a client id is the URL of a metadata document, and not one that we keep a record of. */
export function isMetadataUrl(clientId: string): boolean {
  return /^https?:/i.test(clientId);
}

/** Why an address is not even asked; undefined for one that may be. */
export function refusedUrl(text: string): string | undefined {
  const url = URL.parse(text);
  // Nothing that the parser changed: what is fetched, shown and compared must be one and the same text.
  if (!url || url.href !== text) return 'not a plain URL';
  if (url.protocol !== 'https:' || url.port !== '') return 'not https on its own port';
  // A query would make an open redirector on a trusted host a document of its own.
  if (url.username || url.password || url.hash || url.search || url.pathname === '/')
    return 'holds more, or less, than a path';
  // Addresses in place of names (the parser has brought every spelling of IPv4 to dotted form), and names that only
  // mean something inside a network.
  if (/^[\d.]+$|^\[/.test(url.hostname)) return 'an address instead of a name';
  if (!url.hostname.includes('.') || /\.(?:localhost|local|internal|lan|home|corp|arpa)\.?$/.test(url.hostname))
    return 'not a public name';
  return undefined;
}
