// The environment, parsed once into a type with nothing optional in it. Every variable and secret is read here and
// nowhere else; a missing or malformed one throws a ConfigError that names the variable and never its value.
// .dev.vars.example documents each of them for people.
import * as z from 'zod';
import { fromBase64 } from './crypto/base64';
import { createKeyring, type CredentialKey, type Keyring } from './crypto/seal';
import type { UpstreamDefinition } from './define/upstream';
import { ConfigError } from './shared/errors';

/** What wrangler.toml binds, beside the variables. What an object answers is typed where it is called. */
export interface Bindings {
  readonly OAUTH_KV: KVNamespace;
  readonly DB: D1Database;
  readonly SESSIONS: DurableObjectNamespace;
  readonly OAUTH_RECORDS: DurableObjectNamespace;
  readonly MCP_SESSIONS: DurableObjectNamespace;
}

/** A client registered by the operator (OAUTH_CLIENTS), beside those that register themselves. */
export interface PreregisteredClient {
  readonly clientId: string;
  readonly clientName: string;
  readonly redirectUris: readonly string[];
  /** Absent for a public client. */
  readonly clientSecret?: string | undefined;
}

export interface Config {
  /** The gateway's origin: issuer of the authorization server (RFC 8414 §2). */
  readonly issuer: string;
  /** The MCP endpoint: the protected resource (RFC 9728, RFC 8707). */
  readonly resource: string;
  readonly idp: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string;
    /** For people: "Google", or the issuer's host. */
    readonly name: string;
    /** Lower-case email domains that may sign in; empty: any. */
    readonly allowedDomains: readonly string[];
  };
  readonly upstream: { readonly baseUrl: string; readonly adminToken: string };
  readonly keyring: Keyring;
  /** Keys the session MAC in token subjects. */
  readonly sessionKey: Uint8Array;
  /** Keys the cookie that remembers consent. */
  readonly consentKey: string;
  readonly accessTokenTtlSeconds: number;
  readonly refreshTokenTtlSeconds: number;
  readonly clients: readonly PreregisteredClient[];
  /** Hostnames whose pages may call the gateway from a browser, beside its own. */
  readonly allowedOriginHosts: readonly string[];
  readonly log: { readonly emailKey: string; readonly showEmails: boolean };
}

const DAY = 86_400;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const httpsUrl = z.string().transform((value, context) => {
  const url = URL.parse(value);
  if (!url || url.username || url.password || url.search || url.hash)
    context.addIssue('must be an absolute URL without credentials, query or fragment');
  else if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
    context.addIssue('must be https (http only on localhost)');
  return value.replace(/\/$/, '');
});
const origin = httpsUrl.refine(
  (value) => URL.parse(value)?.origin === value,
  'must be an origin, without a path: https://mcp.example.com',
);
const secret = z.string().min(16, 'must have at least 16 characters; npm run setup generates one');
const key = z.string().transform((value, context) => {
  const bytes = fromBase64(value);
  if (!bytes || bytes.length < 32)
    context.addIssue('must be at least 32 random bytes in base64; npm run setup generates one');
  return bytes ?? new Uint8Array();
});
const list = z
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
const domains = list.refine(
  (items) => items.every((item) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(item)),
  'is a comma-separated list of email domains: acme.com, acme.co.uk',
);
/** The redirect policy of OAuth 2.1 §2.3: the authorization endpoint would refuse anything else. */
const redirectUri = z.string().refine((value) => {
  const url = URL.parse(value);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
}, 'each redirect URI must be https (http only on localhost)');
const seconds = (fallback: number, min: number, max: number) =>
  z.coerce.number(`must be a number of seconds from ${min} to ${max}`).int().min(min).max(max).default(fallback);
const json = z.string().transform((value, context): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    context.addIssue('must be JSON');
    return z.NEVER;
  }
});

const credentialKeys = json
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
    if (keys.some(({ bytes }) => bytes?.length !== 32)) context.addIssue('each key must be 32 random bytes in base64');
    if (new Set(keys.map(({ id }) => id)).size !== keys.length) context.addIssue('two keys share an id');
    return keys as unknown as [CredentialKey, ...CredentialKey[]];
  });

const clients = json
  .pipe(
    z.array(
      z.object({
        client_id: z.string().regex(/^[\w.-]{1,128}$/),
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

const variables = z.object({
  PUBLIC_URL: origin,
  IDP_ISSUER: httpsUrl.default('https://accounts.google.com'),
  IDP_CLIENT_ID: z.string().min(1),
  IDP_CLIENT_SECRET: z.string().min(1),
  IDP_NAME: z.string().max(60).default(''),
  ALLOWED_EMAIL_DOMAINS: domains,
  CREDENTIAL_KEYS: credentialKeys,
  SESSION_KEY: key,
  CONSENT_KEY: secret.min(32, 'must have at least 32 characters; npm run setup generates one'),
  ACCESS_TOKEN_TTL: seconds(3600, 60, DAY),
  REFRESH_TOKEN_TTL: seconds(30 * DAY, 3600, 365 * DAY),
  OAUTH_CLIENTS: z.string().default('[]').pipe(clients),
  ALLOWED_ORIGINS: list,
  LOG_EMAILS: z.enum(['true', 'false'], 'must be true or false').default('false'),
});
/** The upstream names its own two variables (define/upstream.ts). */
const upstreamVariables = z.object({ baseUrl: httpsUrl, adminToken: secret });

const parsed = new WeakMap<object, Config>();

/**
 * The configuration of an environment; parsed once per isolate.
 * @throws ConfigError for the first variable that is missing or malformed.
 */
export function parseConfig(env: object, upstream: UpstreamDefinition): Config {
  const known = parsed.get(env);
  if (known) return known;
  // An empty variable is one that wasn't filled in.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')) as Record<string, unknown>;
  const own = variables.safeParse(given);
  if (!own.success) throw configError(own.error, given, (name) => name);
  const { baseUrl, adminToken } = upstream.env;
  const api = upstreamVariables.safeParse({ baseUrl: given[baseUrl], adminToken: given[adminToken] });
  if (!api.success) throw configError(api.error, given, (name) => (name === 'baseUrl' ? baseUrl : adminToken));
  const config = fromVariables(own.data, api.data);
  checkTogether(config);
  parsed.set(env, config);
  return config;
}

function fromVariables(values: z.output<typeof variables>, upstream: z.output<typeof upstreamVariables>): Config {
  const host = new URL(values.IDP_ISSUER).hostname;
  return {
    issuer: values.PUBLIC_URL,
    resource: `${values.PUBLIC_URL}/mcp`,
    idp: {
      issuer: values.IDP_ISSUER,
      clientId: values.IDP_CLIENT_ID,
      clientSecret: values.IDP_CLIENT_SECRET,
      name: values.IDP_NAME || (host === 'accounts.google.com' ? 'Google' : host),
      allowedDomains: values.ALLOWED_EMAIL_DOMAINS,
    },
    upstream,
    keyring: createKeyring(values.CREDENTIAL_KEYS),
    sessionKey: values.SESSION_KEY,
    consentKey: values.CONSENT_KEY,
    accessTokenTtlSeconds: values.ACCESS_TOKEN_TTL,
    refreshTokenTtlSeconds: values.REFRESH_TOKEN_TTL,
    clients: values.OAUTH_CLIENTS,
    allowedOriginHosts: values.ALLOWED_ORIGINS,
    log: { emailKey: values.CONSENT_KEY, showEmails: values.LOG_EMAILS === 'true' },
  };
}

function checkTogether(config: Config): void {
  if (config.accessTokenTtlSeconds > config.refreshTokenTtlSeconds)
    throw new ConfigError('ACCESS_TOKEN_TTL', 'must not exceed REFRESH_TOKEN_TTL');
  if (!config.allowedOriginHosts.every((host) => /^[a-z0-9.-]+$/.test(host))) {
    throw new ConfigError('ALLOWED_ORIGINS', 'is a comma-separated list of hostnames, without scheme, port or path');
  }
}

function configError(
  error: z.ZodError,
  given: Record<string, unknown>,
  nameOf: (field: string) => string,
): ConfigError {
  const issue = error.issues[0];
  const variable = nameOf(String(issue?.path[0] ?? 'environment'));
  const missing = given[variable] === undefined;
  return new ConfigError(variable, missing ? 'is missing; see .dev.vars.example' : (issue?.message ?? 'is malformed'));
}
