// Which request headers an adopter may set, for one request or for all requests of an upstream. The others belong to the
// gateway, or to the connection.
import type { ApiHeaders } from './api';

/** RFC 9110 §5.6.2 `token`, in lower case. */
const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** RFC 9110 §5.5: no line break, by which a value could begin a header of its own. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const RESERVED = new Set([
  // Whose request it is: the session's credential says so, and nothing else.
  'authorization',
  'cookie',
  // Where it goes.
  'host',
  // The connection's own (RFC 9110 §7.6.1), and the length of the body, on which request smuggling depends.
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // Who asks, from where: an upstream that trusts its proxy reads the caller's address there.
  'forwarded',
  'via',
  'x-real-ip',
  // By these some servers take a GET for another method, which would then not wait for the session's yes.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // The gateway's own, by which a request is found again.
  'x-request-id',
  'traceparent',
  'tracestate',
]);
const RESERVED_PREFIXES = ['proxy-', 'x-forwarded-', 'cf-'];

/** What is wrong with the name of a header that an adopter sets; undefined where nothing is. */
export function headerProblem(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (!NAME.test(lower)) return `${JSON.stringify(name)} is no name of a header`;
  if (RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix)))
    return `the header ${name} is the gateway's own`;
  return undefined;
}

/**
 * Adds an adopter's headers to others, whose names are in lower case, and replaces those of the same name.
 * @throws TypeError for one that may not be set
 */
export function addHeaders(to: Record<string, string>, headers: ApiHeaders = {}): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const problem = headerProblem(name) ?? (VALUE.test(value) ? undefined : `the value of ${name} is none of a header`);
    if (problem !== undefined) throw new TypeError(problem);
    to[name.toLowerCase()] = value;
  }
}
