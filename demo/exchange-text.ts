// What may be printed of an HTTP exchange: the parameters that tell something, and of everything else its length only.
// Values are shown by name from a list, so a parameter that nobody thought of is masked.
import type { Exchange } from './wire.ts';

/** Public by their definition, or facts that a reader follows the protocol by. */
const shown = names(`
  response_type grant_type client_id redirect_uri scope resource code_challenge_method iss token_type token_type_hint
  expires_in error error_description prompt decision login client_name redirect_uris grant_types application_type
  token_endpoint_auth_method authorization_servers issuer authorization_endpoint token_endpoint registration_endpoint
  revocation_endpoint`);

/** What is worth mentioning of a JSON answer; the rest of it is left out. */
const mentioned = names(`
  access_token refresh_token token_type expires_in scope error error_description client_id client_secret issuer
  authorization_servers authorization_endpoint token_endpoint registration_endpoint revocation_endpoint`);

/** Longer names and path segments carry the identifier of one sign-in. */
const maxNameLength = 32;
const width = Math.min(Math.max(process.stdout.columns ?? Infinity, 80), 118);

/**
 * One line for an exchange, more where it says more than fits in one. `brief`: what went where, and the status.
 * Where a redirect is followed, its parameters stand in the request that follows.
 */
export function exchangeLines(exchanges: readonly Exchange[], indent: string, brief = false): string[] {
  return exchanges.flatMap((exchange, index) => {
    const next = exchanges[index + 1]?.url;
    const asked = [exchange.method.padEnd(4), address(exchange.url), ...(brief ? [] : requestWords(exchange))];
    const told = ['→', String(exchange.status), ...(brief ? [] : answerWords(exchange, next))];
    const line = `${indent}${asked.join(' ')} ${told.join(' ')}`;
    if (line.length <= width) return [line];
    return [...wrap(asked, indent, `${indent}     `), ...wrap(told, `${indent}  `, `${indent}    `)];
  });
}

const mask = (value: string): string => `…(${value.length} characters)`;

function address({ origin, pathname }: URL): string {
  const segments = pathname.split('/').map((part) => (isIdentifier(part) ? mask(part) : part));
  return origin + segments.join('/');
}

/** Not `oauth-protected-resource`: random ones have capitals or digits in them. */
const isIdentifier = (part: string): boolean => part.length > maxNameLength || /^(?=.*[A-Z\d])[\w-]{16,}$/.test(part);

function requestWords({ url, headers, body }: Exchange): string[] {
  const words = [...rpcWords(headers, body), ...parameters(url.searchParams)];
  if (headers.get('Content-Type')?.includes('json')) words.push(...members(body, (name) => shown.has(name)));
  else words.push(...parameters(new URLSearchParams(body)));
  const [scheme = '', credential] = (headers.get('Authorization') ?? '').split(' ');
  if (credential !== undefined) words.push(`Authorization: ${scheme} ${mask(credential)}`);
  const cookies = (headers.get('Cookie') ?? '').split('; ').filter(Boolean).length;
  if (cookies > 0) words.push(cookies === 1 ? '1 cookie' : `${cookies} cookies`);
  return words;
}

function answerWords({ url, answer: { headers, body } }: Exchange, next: URL | undefined): string[] {
  const words: string[] = [];
  const location = headers.get('Location');
  if (location !== null) {
    const target = new URL(location, url);
    words.push(`Location: ${address(target)}`, ...(target.href === next?.href ? [] : parameters(target.searchParams)));
  }
  const cookies = headers.getSetCookie().map((cookie) => cookieWord(cookie.split(';')[0] ?? ''));
  if (cookies.length > 0) words.push('Set-Cookie:', ...cookies);
  const challenge = headers.get('WWW-Authenticate');
  const [, title] = /<title>([^<]*)<\/title>/i.exec(body) ?? [];
  if (challenge !== null) words.push(`WWW-Authenticate: ${challenge}`);
  else if (title !== undefined) words.push(`page “${title.trim()}”`);
  else words.push(...members(body, (name) => mentioned.has(name)));
  return words;
}

/** A JSON-RPC request: its method, the name in it, and the protocol revision it is spoken in. */
function rpcWords(headers: Headers, body: string): string[] {
  const message = object(body);
  if (typeof message['method'] !== 'string') return [];
  const { name } = (message['params'] ?? {}) as Record<string, unknown>;
  const words = [message['method'], ...(typeof name === 'string' ? [name] : [])];
  // Once is enough: every request of a connection has the same.
  const version = words.length === 1 ? headers.get('MCP-Protocol-Version') : null;
  return version === null ? words : [...words, `MCP-Protocol-Version: ${version}`];
}

function parameters(given: URLSearchParams): string[] {
  return [...new Set(given.keys())].map((name) => word(name, given.getAll(name).join(' ')));
}

function members(json: string, wanted: (name: string) => boolean): string[] {
  return Object.entries(object(json))
    .filter(([name]) => wanted(name))
    .map(([name, value]) => word(name, Array.isArray(value) ? value.join(' ') : String(value)));
}

function word(name: string, value: string): string {
  if (!shown.has(name)) return `${name}=${mask(value)}`;
  return `${name}=${value.includes(' ') ? `"${value}"` : value}`;
}

/** The name only, with `=…` for a value and `=` for the end of it. */
function cookieWord(cookie: string): string {
  const [name = '', value = ''] = cookie.trim().split('=');
  return `${name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name}=${value === '' ? '' : '…'}`;
}

function object(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Breaks between words, and within quoted lists. */
function wrap(words: readonly string[], first: string, next: string): string[] {
  const lines: string[] = [];
  let line = first + (words[0] ?? '');
  for (const word of words.slice(1).flatMap((one) => (one.includes('"') ? one.split(' ') : one))) {
    if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = next + word;
    }
  }
  return [...lines, line];
}

function names(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
