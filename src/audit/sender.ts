// Describes the sender of a request by network and User-Agent. This is enough to tell two senders apart. A whole IP
// address would be personal data that the audit trail doesn't need.

export interface Sender {
  /**
   * The sender's network: the /24 of an IPv4 address, the /64 of an IPv6 address. Null when the platform gave no
   * address.
   */
  readonly network: string | null;
  /**
   * The printable ASCII of the User-Agent header, cut to a bounded length. The sender claims it; nothing verifies it.
   */
  readonly userAgent: string | null;
}

/** Known clients send far fewer characters. */
const MAX_USER_AGENT = 256;

export function senderOf(headers: Headers): Sender {
  const userAgent = (headers.get('User-Agent') ?? '').replaceAll(/[^\x20-\x7e]/g, '').slice(0, MAX_USER_AGENT);
  return { network: networkOf(headers.get('CF-Connecting-IP') ?? ''), userAgent: userAgent === '' ? null : userAgent };
}

/**
 * The network of an IP address in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3); null when the text is no IP address.
 */
export function networkOf(address: string): string | null {
  const [, v4] = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address) ?? [];
  if (v4 !== undefined) return `${v4}.0/24`;
  if (!/^[\da-f:.]+$/i.test(address)) return null;
  // The URL parser accepts every spelling of an IPv6 address, and returns the canonical one (RFC 5952).
  const [, canonical] = /^\[(.*)\]$/.exec(URL.parse(`http://[${address}]/`)?.hostname ?? '') ?? [];
  if (canonical === undefined) return null;
  const [head = '', tail] = canonical.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const omitted = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: omitted }, () => '0'), ...groups(tail ?? '')];
  return `${all.slice(0, 4).join(':')}::/64`;
}

/**
 * Whether network and client both differ. One difference proves nothing: the network changes when a user travels, and
 * the client changes with each update.
 */
export function isElsewhere(one: Sender, other: Sender): boolean {
  return one.network !== other.network && one.userAgent !== other.userAgent;
}
