// Who sent a request, as far as the network and the client themselves say: enough to tell two senders apart, and no more
// than an audit trail may keep. A whole address would be personal data that nobody needs here.

export interface Sender {
  /** The sender's network: the /24 of an IPv4 address, the /64 of an IPv6 one. Null where no address was passed on. */
  readonly network: string | null;
  /** The User-Agent header, printable and bounded. Its own claim. */
  readonly userAgent: string | null;
}

/** What clients that are known send is far shorter. */
const MAX_USER_AGENT = 256;

export function senderOf(headers: Headers): Sender {
  const userAgent = (headers.get('User-Agent') ?? '').replaceAll(/[^\x20-\x7e]/g, '').slice(0, MAX_USER_AGENT);
  return { network: networkOf(headers.get('CF-Connecting-IP') ?? ''), userAgent: userAgent === '' ? null : userAgent };
}

/** @returns in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3); null for what is no address */
export function networkOf(address: string): string | null {
  const [, v4] = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address) ?? [];
  if (v4 !== undefined) return `${v4}.0/24`;
  if (!/^[\da-f:.]+$/i.test(address)) return null;
  // The URL parser knows all spellings of an IPv6 address, and leaves one (RFC 5952).
  const [, text] = /^\[(.*)\]$/.exec(URL.parse(`http://[${address}]/`)?.hostname ?? '') ?? [];
  if (text === undefined) return null;
  const [head = '', tail] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const whole = [...groups(head), ...Array.from({ length: zeros }, () => '0'), ...groups(tail ?? '')];
  return `${whole.slice(0, 4).join(':')}::/64`;
}

/** Whether both the network and the client are others: either alone changes with every train and every update. */
export function isElsewhere(one: Sender, other: Sender): boolean {
  return one.network !== other.network && one.userAgent !== other.userAgent;
}
