// The environment, parsed once into a type with nothing optional in it. Every variable and secret is read here and
// nowhere else, and every binding is checked. A missing or malformed one throws a ConfigError that names it and never
// shows its value. .dev.vars.example documents the variables for people.
import * as z from 'zod';
import { checkJurisdiction, jurisdictionOf, type ObjectBindings } from './objects';
import { key, KEY_BYTES, providerSecret, requireDistinct, secret } from './secrets';
import { readUpstreams, type UpstreamConfig } from './upstreams';
import {
  binding,
  clients,
  credentialKeys,
  domains,
  isPublicOrigin,
  issuerUrl,
  jurisdiction,
  list,
  origin,
  pageLink,
  resultLimits,
  seconds,
  type ClientName,
  type Jurisdiction,
  type PreregisteredClient,
} from './values';
import { createKeyring, type Keyring } from '../crypto/seal';
import type { PageLinks } from '../define/branding';
import type { UpstreamDefinition } from '../define/upstream';
import { ConfigError } from '../shared/errors';

export { objectAt } from './objects';
export { isPublicOrigin } from './values';
export type { UpstreamConfig } from './upstreams';
export type { ClientName, PreregisteredClient } from './values';

/** The bindings of wrangler.toml. The stubs of Durable Objects declare what the objects answer. */
export interface Bindings extends ObjectBindings {
  readonly OAUTH_KV: KVNamespace;
  readonly DB: D1Database;
  /**
   * Limits the requests of one address before its user is known (oauth/address-limit.ts). Absent when an operator
   * removed it from wrangler.toml.
   */
  readonly REGISTRATION_LIMIT?: RateLimit;
}
/**
 * Bindings that the gateway can run without. Strangers can cost more then, and edge/public-origin.ts warns in the log.
 */
const LIMITS = ['REGISTRATION_LIMIT'] as const satisfies (keyof Bindings)[];

export interface Config {
  /** The gateway's origin: the issuer of the authorization server (RFC 8414 §2), and the origin of its resources. */
  readonly issuer: string;
  /** Whether strangers can reach it: https, and not localhost. */
  readonly isPublic: boolean;
  /** Where its data may be stored; null for anywhere. */
  readonly jurisdiction: Jurisdiction | null;
  /** Rate limits that wrangler.toml doesn't bind. */
  readonly missingLimits: readonly string[];
  readonly idp: {
    /** Exactly as configured: the provider's own `issuer` has to equal it, character by character. */
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string;
    /** For people: "Google", or the issuer's host. */
    readonly name: string;
    /** Lower-case email domains that may sign in; empty: any. */
    readonly allowedDomains: readonly string[];
  };
  /** Of an upstream of the definition, by its name. @throws Error for any other */
  readonly upstream: (name: string) => UpstreamConfig;
  readonly keyring: Keyring;
  /** Keys the session MAC in token subjects. */
  readonly sessionKey: Uint8Array<ArrayBuffer>;
  /** Keys the cookie that remembers consent. */
  readonly consentKey: string;
  readonly accessTokenTtlSeconds: number;
  readonly refreshTokenTtlSeconds: number;
  readonly clients: readonly PreregisteredClient[];
  /** Whether clients may register themselves (RFC 7591). */
  readonly clientRegistration: 'open' | 'closed';
  /** Hostnames, beside its own, whose pages may call the gateway from a browser. */
  readonly allowedOriginHosts: readonly string[];
  /** The maximum number of characters of a result, for clients that the operator named. */
  readonly resultLimits: Readonly<Partial<Record<ClientName, number>>>;
  /** Links of our pages. They have precedence over those of the definition. */
  readonly links: PageLinks;
  readonly log: { readonly emailKey: string; readonly showEmails: boolean };
}

const DAY = 86_400;
/** The consent page shows the name in one line. */
const MAX_PROVIDER_NAME = 60;

const variables = z.object({
  PUBLIC_URL: origin,
  DATA_JURISDICTION: jurisdiction,
  IDP_ISSUER: issuerUrl.default('https://accounts.google.com'),
  IDP_CLIENT_ID: z.string().min(1),
  IDP_CLIENT_SECRET: providerSecret,
  IDP_NAME: z.string().max(MAX_PROVIDER_NAME).default(''),
  ALLOWED_EMAIL_DOMAINS: domains,
  CREDENTIAL_KEYS: credentialKeys,
  SESSION_KEY: key,
  CONSENT_KEY: secret.min(KEY_BYTES, `must have at least ${KEY_BYTES} characters; npm run setup generates one`),
  ACCESS_TOKEN_TTL: seconds(3600, 60, DAY),
  REFRESH_TOKEN_TTL: seconds(30 * DAY, 3600, 365 * DAY),
  OAUTH_CLIENTS: z.string().default('[]').pipe(clients),
  CLIENT_REGISTRATION: z.enum(['open', 'closed'], 'must be open or closed').default('open'),
  ALLOWED_ORIGINS: list,
  RESULT_LIMITS: z.string().default('{}').pipe(resultLimits),
  PRIVACY_URL: pageLink('privacy'),
  TERMS_URL: pageLink('terms'),
  SUPPORT_URL: pageLink('support'),
  STATUS_URL: pageLink('status'),
  LOG_EMAILS: z.enum(['true', 'false'], 'must be true or false').default('false'),
});

const namespace = binding('idFromName', 'get');
const bindings = z.object({
  OAUTH_KV: binding('getWithMetadata', 'put', 'list', 'delete'),
  DB: binding('prepare', 'batch'),
  SESSIONS: namespace,
  OAUTH_RECORDS: namespace,
  MCP_SESSIONS: namespace,
});

const UNBOUND = 'is not bound; wrangler.toml binds it, and [env.production] has to do so as well';

const parsed = new WeakMap<object, Config>();

/**
 * The configuration of an environment; parsed once per isolate.
 * @param upstreams all of the definition's, which name variables of their own
 * @throws ConfigError for the first variable or binding that is missing or malformed.
 */
export function parseConfig(env: object, ...upstreams: readonly UpstreamDefinition[]): Config {
  const known = parsed.get(env);
  if (known) return known;
  // An empty variable counts as missing.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')) as Record<string, unknown>;
  const own = variables.safeParse(given);
  if (!own.success) throw configError(own.error, given);
  const read = readUpstreams(upstreams, given);
  requireDistinct([
    ...own.data.CREDENTIAL_KEYS.map(({ bytes }) => ['CREDENTIAL_KEYS', bytes] as const),
    ['SESSION_KEY', own.data.SESSION_KEY],
    ['CONSENT_KEY', own.data.CONSENT_KEY],
    ['IDP_CLIENT_SECRET', own.data.IDP_CLIENT_SECRET],
    ...read.secrets,
    ...own.data.OAUTH_CLIENTS.flatMap(({ clientSecret }) =>
      clientSecret === undefined ? [] : [['OAUTH_CLIENTS', clientSecret] as const],
    ),
  ]);
  const bound = bindings.safeParse(given);
  if (!bound.success) throw configError(bound.error, given, UNBOUND);
  checkJurisdiction(env, bound.data);
  const missingLimits = LIMITS.filter((name) => given[name] === undefined);
  const config = { ...fromVariables(own.data, read.of), jurisdiction: jurisdictionOf(env), missingLimits };
  checkTogether(config);
  parsed.set(env, config);
  return config;
}

function fromVariables(
  values: z.output<typeof variables>,
  upstream: Config['upstream'],
): Omit<Config, 'jurisdiction' | 'missingLimits'> {
  const host = new URL(values.IDP_ISSUER).hostname;
  return {
    issuer: values.PUBLIC_URL,
    isPublic: isPublicOrigin(values.PUBLIC_URL),
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
    clientRegistration: values.CLIENT_REGISTRATION,
    allowedOriginHosts: values.ALLOWED_ORIGINS,
    resultLimits: values.RESULT_LIMITS,
    links: linksOf(values),
    log: { emailKey: values.CONSENT_KEY, showEmails: values.LOG_EMAILS === 'true' },
  };
}

function linksOf(values: z.output<typeof variables>): PageLinks {
  const { PRIVACY_URL: privacy, TERMS_URL: terms, SUPPORT_URL: support, STATUS_URL: status } = values;
  return {
    ...(privacy !== undefined && { privacy }),
    ...(terms !== undefined && { terms }),
    ...(support !== undefined && { support }),
    ...(status !== undefined && { status }),
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
  missing = 'is missing; see .dev.vars.example',
): ConfigError {
  const issue = error.issues[0];
  const variable = String(issue?.path[0] ?? 'environment');
  const problem = given[variable] === undefined ? missing : issue?.message;
  return new ConfigError(variable, problem ?? 'is malformed');
}
