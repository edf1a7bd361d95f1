// A signed cookie in which a browser remembers its sign-ins: the account that was used last, and for each client and
// resource the session that was opened last, with the name of its tenant.
// The cookie proves nothing about the person in front of the browser now, so nothing is granted by it. It says whose
// remembered consent to look for, which the next sign-in has to confirm, and which words a page may use.
import { createHash } from 'node:crypto';
import type { AuthRequest } from '@cloudflare/workers-oauth-provider';
import type { Config } from '../../config';
import { fromBase64, toBase64Url } from '../../crypto/base64';
import { isSameText, shortMac } from '../../crypto/mac';
import { shorten } from '../../define/text';
import type { Identity } from '../../session/stub';

const COOKIE = '__Host-oauth-browser';
/** Browsers take cookies of 4,096 bytes, name and attributes included (RFC 6265 §6.1). */
const MAX_VALUE = 3_500;
/** A person connects a handful of clients. */
const MAX_SESSIONS = 20;
/** As long as a page shows of a name. The whole cookie must fit, however long a tenant's name is. */
const MAX_TENANT_NAME = 80;
/** 256 bits: the whole of an HMAC-SHA-256. */
const MAC_BYTES = 32;
/** 64 bits tell the clients of one browser apart. */
const KEY_CHARACTERS = 11;

interface OpenedSession {
  /** A digest of client and resource. */
  readonly of: string;
  readonly id: string;
  readonly tenantName?: string;
}

interface Memory {
  readonly account?: Identity;
  /** The oldest first. */
  readonly sessions: readonly OpenedSession[];
}

type KeyConfig = Pick<Config, 'consentKey'>;

/** The account that was used last in this browser. */
export function lastAccountOf(request: Request, config: KeyConfig): Identity | undefined {
  return memoryOf(request, config).account;
}

/** A person is (issuer, subject), whatever their address. */
export function isSamePerson(one: Identity, other: Identity | undefined): boolean {
  return other !== undefined && one.issuer === other.issuer && one.subject === other.subject;
}

/** The id of the last session that this browser opened for a client at a resource. */
export function lastSessionOf(
  request: Request,
  clientId: string,
  resource: AuthRequest['resource'],
  config: KeyConfig,
): string | undefined {
  return sessionOf(memoryOf(request, config), clientId, resource)?.id;
}

/** The name of a resource's tenant, where this browser has opened a session there for the client. */
export function lastTenantNameOf(
  request: Request,
  clientId: string,
  resource: AuthRequest['resource'],
  config: KeyConfig,
): string | undefined {
  return sessionOf(memoryOf(request, config), clientId, resource)?.tenantName;
}

/** The `Set-Cookie` that adds a session which has just been opened. */
export function rememberSession(
  request: Request,
  opened: {
    readonly clientId: string;
    readonly resource: AuthRequest['resource'];
    readonly sessionId: string;
    readonly identity: Identity;
    readonly tenantName: string | undefined;
  },
  config: KeyConfig,
  maxAgeSeconds: number,
): string {
  const of = keyOf(opened.clientId, opened.resource);
  const tenantName = opened.tenantName && shorten(opened.tenantName, MAX_TENANT_NAME);
  const session = { of, id: opened.sessionId, ...(tenantName && { tenantName }) };
  const before = memoryOf(request, config).sessions.filter((one) => one.of !== of);
  let sessions: OpenedSession[] = [...before, session].slice(-MAX_SESSIONS);
  let value = signed({ account: opened.identity, sessions }, config);
  while (value.length > MAX_VALUE && sessions.length > 1) {
    sessions = sessions.slice(1);
    value = signed({ account: opened.identity, sessions }, config);
  }
  return `${COOKIE}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}`;
}

/** The values of a request's cookies, by name; of two with one name the first. */
export function cookiesOf(request: Request): Map<string, string> {
  const pairs = (request.headers.get('Cookie') ?? '').split(';').map((pair) => {
    const [, name = '', value = ''] = /^\s*([^=]*)=(.*?)\s*$/.exec(pair) ?? [];
    return [name, value] as const;
  });
  return new Map(pairs.toReversed());
}

function sessionOf(memory: Memory, clientId: string, resource: AuthRequest['resource']): OpenedSession | undefined {
  const of = keyOf(clientId, resource);
  return memory.sessions.find((session) => session.of === of);
}

function memoryOf(request: Request, { consentKey }: KeyConfig): Memory {
  const [payload = '', mac = ''] = cookiesOf(request).get(COOKIE)?.split('.') ?? [];
  if (!isSameText(mac, macOf(payload, consentKey))) return { sessions: [] };
  // A payload with a good MAC was written by `signed`.
  return JSON.parse(new TextDecoder().decode(fromBase64(payload))) as Memory;
}

function signed(memory: Memory, { consentKey }: KeyConfig): string {
  const payload = toBase64Url(new TextEncoder().encode(JSON.stringify(memory)));
  return `${payload}.${macOf(payload, consentKey)}`;
}

function macOf(payload: string, consentKey: string): string {
  return shortMac(`browser\0${payload}`, new TextEncoder().encode(consentKey), MAC_BYTES);
}

function keyOf(clientId: string, resource: AuthRequest['resource']): string {
  const digest = createHash('sha256').update(JSON.stringify([clientId, resource ?? null]));
  return digest.digest('base64url').slice(0, KEY_CHARACTERS);
}
