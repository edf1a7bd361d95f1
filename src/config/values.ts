// How the value of each kind of variable is written, and what becomes of it. A message here says what is wrong with a
// value and never repeats it.
import * as z from 'zod';
import { isOneByteRepeated, KEY_BYTES, NOT_RANDOM, secret } from './secrets';
import { fromBase64 } from '../crypto/base64';
import type { CredentialKey } from '../crypto/seal';
import { linkProblem, type PageLinks } from '../define/branding';

/** A client that the operator registered (OAUTH_CLIENTS). */
export interface PreregisteredClient {
  readonly clientId: string;
  readonly clientName: string;
  readonly redirectUris: readonly string[];
  /** Absent for a public client. */
  readonly clientSecret?: string | undefined;
}

/** The clients whose limits can be set (RESULT_LIMITS); `default` is every other. */
const CLIENT_NAMES = ['claude', 'claude-code', 'chatgpt', 'cursor', 'vscode', 'default'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An identifier, so it is kept exactly as it is written, with a closing slash (OpenID Connect Discovery §4.3). */
export const issuerUrl = z.string().superRefine((value, context) => {
  const url = URL.parse(value);
  if (!url || url.username || url.password || url.search || url.hash)
    context.addIssue('must be an absolute URL without credentials, query or fragment');
  else if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
    context.addIssue('must be https (http only on localhost)');
});
/** A base URL. Its closing slash is removed, because paths are appended. */
export const httpsUrl = issuerUrl.transform((value) => value.replace(/\/$/, ''));
export const origin = httpsUrl.refine(
  (value) => URL.parse(value)?.origin === value,
  'must be an origin, without a path: https://mcp.example.com',
);
/** The address of a page that our pages link to; optional. */
export const pageLink = (kind: keyof PageLinks) =>
  z
    .string()
    .optional()
    .superRefine((value, context) => {
      const problem = value === undefined ? undefined : linkProblem(kind, value);
      if (problem !== undefined) context.addIssue(problem);
    });
/** Whether other machines can reach this origin. */
export function isPublicOrigin(value: string): boolean {
  const url = URL.parse(value);
  return url?.protocol === 'https:' && !LOOPBACK.has(url.hostname);
}
const JURISDICTIONS = ['eu', 'us', 'fedramp', 'fedramp-high'] as const satisfies DurableObjectJurisdiction[];
export type Jurisdiction = (typeof JURISDICTIONS)[number];
export const jurisdiction = z
  .enum(['', ...JURISDICTIONS], `must be one of ${JURISDICTIONS.join(', ')}, or empty`)
  .default('')
  .transform((value) => value || null);
/** A binding of wrangler.toml, recognised by its methods: a name that is bound to another kind counts as missing. */
export const binding = (...methods: string[]) =>
  z.custom<object>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function'),
    'is bound to something else; compare wrangler.toml with its [env.production]',
  );
export const list = z
  .string()
  .default('')
  .transform((value, context) => {
    const items = value
      .split(',')
      .map((item) => item.trim().toLowerCase())
      .filter(Boolean);
    // A stray comma must not turn "these domains" into "any domain".
    if (value !== '' && items.length === 0) context.addIssue('names nothing; leave it empty or name at least one');
    return items;
  });
export const domains = list.refine(
  (items) => items.every((item) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(item)),
  'is a comma-separated list of email domains: acme.com, acme.co.uk',
);
/** OAuth 2.1 §2.3: the authorization endpoint refuses every other redirect URI. */
const redirectUri = z.string().refine((value) => {
  const url = URL.parse(value);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
}, 'each redirect URI must be https (http only on localhost)');
export const seconds = (fallback: number, min: number, max: number) =>
  z.coerce.number(`must be a number of seconds from ${min} to ${max}`).int().min(min).max(max).default(fallback);
const json = z.string().transform((value, context): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    context.addIssue('must be JSON');
    return z.NEVER;
  }
});

export const credentialKeys = json
  .pipe(
    z
      .array(
        z.object({
          id: z.string().regex(/^[\w-]{1,64}$/, 'a key id has 1 to 64 letters, digits, _ or -'),
          key: z.string(),
        }),
        'must be a JSON list of {"id", "key"}',
      )
      .min(1, 'needs at least one key'),
  )
  .transform((entries, context) => {
    const keys = entries.map((entry) => ({ id: entry.id, bytes: fromBase64(entry.key) }));
    if (keys.some(({ bytes }) => bytes?.length !== KEY_BYTES))
      context.addIssue(`each key must be ${KEY_BYTES} random bytes in base64`);
    else if (keys.some(({ bytes }) => bytes && isOneByteRepeated(bytes))) context.addIssue(NOT_RANDOM);
    if (new Set(keys.map(({ id }) => id)).size !== keys.length) context.addIssue('two keys share an id');
    return keys as unknown as [CredentialKey, ...CredentialKey[]];
  });

/** A name that the operator chose, or the URL of a client's metadata document, which the entry then replaces. */
const clientId = z.string().refine((value) => {
  if (/^[\w.-]{1,128}$/.test(value)) return true;
  const url = URL.parse(value);
  return url?.protocol === 'https:' && url.href === value && !url.username && !url.search && !url.hash;
}, 'a client_id has up to 128 letters, digits, _, . or -, or is the https URL of a metadata document');

export const clients = json
  .pipe(
    z.array(
      z.object({
        client_id: clientId,
        client_name: z.string().min(1).max(100),
        redirect_uris: z.array(redirectUri).min(1),
        client_secret: secret.optional(),
      }),
    ),
  )
  .refine(
    (entries) => new Set(entries.map((entry) => entry.client_id)).size === entries.length,
    'two share a client_id',
  )
  .transform((entries): PreregisteredClient[] =>
    entries.map((entry) => ({
      clientId: entry.client_id,
      clientName: entry.client_name,
      redirectUris: entry.redirect_uris,
      clientSecret: entry.client_secret,
    })),
  );

export const resultLimits = json.pipe(
  z.partialRecord(
    z.enum(CLIENT_NAMES),
    z.int('must be a JSON object of client names and numbers of characters').min(1_000).max(1_000_000),
    `must be a JSON object whose names are of ${CLIENT_NAMES.join(', ')}`,
  ),
);
