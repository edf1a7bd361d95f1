// The environment is parsed once, and fails closed: the error names the variable, and never its value.
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { parseConfig, type Config } from '../../../src/config';
import { shelfApi } from '../../product/definition';
import { ConfigError } from '../../../src/shared/errors';
import { testVars } from '../../support/vars';

type Changes = Record<string, unknown>;

const parse = (changes: Changes = {}): Config => parseConfig({ ...env, ...testVars, ...changes }, shelfApi);

function failure(changes: Changes): ConfigError {
  try {
    parse(changes);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(changes)}`);
}

const key32 = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const base64 = (bytes: Uint8Array): string => bytes.toBase64();
const filled = (byte: number): string => base64(new Uint8Array(32).fill(byte));
const client = { client_id: 'c', client_name: 'C', redirect_uris: ['https://client.example/callback'] };

describe('what is required', () => {
  test.each([
    'PUBLIC_URL',
    'IDP_CLIENT_ID',
    'IDP_CLIENT_SECRET',
    'CREDENTIAL_KEYS',
    'SESSION_KEY',
    'CONSENT_KEY',
    'PRODUCT_API_URL',
    'PRODUCT_ADMIN_TOKEN',
  ])('%s: missing or left empty', (name) => {
    for (const value of [undefined, '']) {
      const error = failure({ [name]: value });
      expect(error.variable).toBe(name);
      expect(error.message).toBe(`${name}: is missing; see .dev.vars.example`);
    }
  });

  test('everything else has a default', () => {
    const config = parse({ IDP_ISSUER: undefined, IDP_NAME: undefined, ALLOWED_EMAIL_DOMAINS: undefined });
    expect(config.idp).toMatchObject({ issuer: 'https://accounts.google.com', name: 'Google', allowedDomains: [] });
    expect(config).toMatchObject({
      issuer: 'https://gateway.example',
      jurisdiction: null,
      accessTokenTtlSeconds: 3600,
      refreshTokenTtlSeconds: 30 * 86_400,
      clients: [],
      allowedOriginHosts: [],
      resultLimits: {},
      links: {},
      log: { showEmails: false },
    });
  });
});

describe('what is malformed', () => {
  test.each([
    ['PUBLIC_URL', 'http://gateway.example'],
    ['PUBLIC_URL', 'gateway.example'],
    ['PUBLIC_URL', 'https://gateway.example/path'],
    ['PUBLIC_URL', 'https://user:hunter2@gateway.example'],
    ['PUBLIC_URL', 'https://gateway.example?x=hunter2'],
    ['PUBLIC_URL', 'http://localhost.evil.example'],
    ['IDP_ISSUER', 'http://idp.example'],
    ['IDP_ISSUER', 'https://idp.example#hunter2'],
    ['PRODUCT_API_URL', 'http://api.example'],
    ['PRODUCT_API_URL', 'ftp://api.example'],
    ['PRODUCT_ADMIN_TOKEN', 'hunter2'],
    ['PRIVACY_URL', 'http://acme.example/hunter2'],
    ['TERMS_URL', 'https://user:hunter2@acme.example/'],
    ['SUPPORT_URL', 'javascript:hunter2'],
    ['SUPPORT_URL', 'mailto:hunter2'],
    ['STATUS_URL', 'mailto:hunter2@acme.example'],
    ['SESSION_KEY', 'hunter2'],
    ['SESSION_KEY', 'not base64 at all, hunter2 hunter2 hunter2'],
    ['CONSENT_KEY', 'hunter2-hunter2-hunter2'],
    ['DATA_JURISDICTION', 'hunter2'],
    ['DATA_JURISDICTION', 'EU'],
    ['CREDENTIAL_KEYS', 'hunter2'],
    ['CREDENTIAL_KEYS', '"hunter2"'],
    ['CREDENTIAL_KEYS', '[]'],
    ['CREDENTIAL_KEYS', '[{"id":"a","key":"hunter2"}]'],
    ['CREDENTIAL_KEYS', JSON.stringify([{ id: 'a.hunter2', key: key32 }])],
    [
      'CREDENTIAL_KEYS',
      JSON.stringify([
        { id: 'a', key: key32 },
        { id: 'a', key: key32 },
      ]),
    ],
    ['CREDENTIAL_KEYS', JSON.stringify([{ id: 'a', key: `${key32}AAAA`.replace('=', '') }])],
    ['ALLOWED_EMAIL_DOMAINS', ','],
    ['ALLOWED_EMAIL_DOMAINS', ' '],
    ['ALLOWED_EMAIL_DOMAINS', '@acme.example'],
    ['ALLOWED_EMAIL_DOMAINS', 'https://acme.example'],
    ['ALLOWED_EMAIL_DOMAINS', '*'],
    ['ALLOWED_ORIGINS', 'https://app.example'],
    ['ALLOWED_ORIGINS', '*'],
    ['LOG_EMAILS', 'yes'],
    ['RESULT_LIMITS', 'hunter2'],
    ['RESULT_LIMITS', '[]'],
    ['RESULT_LIMITS', '{"gemini":100000}'],
    ['RESULT_LIMITS', '{"claude":999}'],
    ['RESULT_LIMITS', '{"claude":"150000"}'],
    ['OAUTH_CLIENTS', '{}'],
    ['OAUTH_CLIENTS', '[{"client_id":"hunter2"}]'],
    ['OAUTH_CLIENTS', JSON.stringify([{ ...client, redirect_uris: ['javascript:alert(1)'] }])],
    ['OAUTH_CLIENTS', JSON.stringify([{ ...client, redirect_uris: ['http://client.example/cb'] }])],
    ['OAUTH_CLIENTS', JSON.stringify([{ ...client, client_secret: 'hunter2' }])],
    ['OAUTH_CLIENTS', JSON.stringify([{ ...client, client_id: 'http://client.example/hunter2' }])],
    ['OAUTH_CLIENTS', JSON.stringify([{ ...client, client_id: 'https://client.example/a/../hunter2' }])],
    ['OAUTH_CLIENTS', JSON.stringify([{ ...client, client_id: 'https://client.example/c?hunter2' }])],
    ['OAUTH_CLIENTS', JSON.stringify([client, client])],
  ])('%s: %s', (name, value) => {
    const error = failure({ [name]: value });
    expect(error.variable).toBe(name);
    expect(error.message.startsWith(`${name}: `)).toBe(true);
    expect(error.message).not.toContain('hunter2');
    expect(error.publicMessage).not.toContain(name);
  });
});

describe('a binding', () => {
  test.each(['OAUTH_KV', 'DB', 'SESSIONS', 'OAUTH_RECORDS', 'MCP_SESSIONS'])('%s: missing', (name) => {
    const error = failure({ [name]: undefined });
    expect(error).toMatchObject({ variable: name, message: expect.stringMatching(/is not bound; wrangler\.toml/) });
  });

  test.each([
    ['OAUTH_KV', env.DB],
    ['DB', env.OAUTH_KV],
    ['SESSIONS', env.OAUTH_KV],
    ['OAUTH_RECORDS', 'oauth-records'],
    ['MCP_SESSIONS', {}],
  ])('%s: bound to something else', (name, value) => {
    expect(failure({ [name]: value })).toMatchObject({
      variable: name,
      message: expect.stringMatching(/something else/),
    });
  });

  test('of a limit may be missing, and is named', () => {
    expect(parse().missingLimits).toEqual([]);
    expect(parse({ REGISTRATION_LIMIT: undefined }).missingLimits).toEqual(['REGISTRATION_LIMIT']);
  });
});

describe('a key that is no secret', () => {
  test.each([
    ['SESSION_KEY', filled(0)],
    ['SESSION_KEY', filled(0x5a)],
    ['CREDENTIAL_KEYS', JSON.stringify([{ id: 'k1', key: filled(0) }])],
    [
      'CREDENTIAL_KEYS',
      JSON.stringify([
        { id: 'k2', key: key32 },
        { id: 'k1', key: filled(0xff) },
      ]),
    ],
    ['CONSENT_KEY', 'x'.repeat(40)],
    ['CONSENT_KEY', filled(0x5a)],
    ['PRODUCT_ADMIN_TOKEN', 'x'.repeat(40)],
    ['IDP_CLIENT_SECRET', 'xxxx'],
    ['OAUTH_CLIENTS', JSON.stringify([{ ...client, client_secret: '0'.repeat(16) }])],
  ])('%s: one byte, repeated (%s)', (name, value) => {
    expect(failure({ [name]: value })).toMatchObject({
      variable: name,
      message: expect.stringMatching(/one byte repeated/),
    });
  });

  const urlSafe = key32.replace('=', '');
  test.each([
    ['SESSION_KEY', { SESSION_KEY: key32 }, 'CREDENTIAL_KEYS'],
    ['CONSENT_KEY', { CONSENT_KEY: testVars.SESSION_KEY }, 'SESSION_KEY'],
    // The same bytes, once as they are and once in base64.
    ['CONSENT_KEY', { CONSENT_KEY: '0123456789abcdef0123456789abcdef' }, 'CREDENTIAL_KEYS'],
    ['PRODUCT_ADMIN_TOKEN', { PRODUCT_ADMIN_TOKEN: testVars.CONSENT_KEY }, 'CONSENT_KEY'],
    ['IDP_CLIENT_SECRET', { IDP_CLIENT_SECRET: urlSafe }, 'CREDENTIAL_KEYS'],
    [
      'OAUTH_CLIENTS',
      { OAUTH_CLIENTS: JSON.stringify([{ ...client, client_secret: testVars.PRODUCT_ADMIN_TOKEN }]) },
      'PRODUCT_ADMIN_TOKEN',
    ],
    [
      'CREDENTIAL_KEYS',
      {
        CREDENTIAL_KEYS: JSON.stringify([
          { id: 'k2', key: key32 },
          { id: 'k1', key: urlSafe },
        ]),
      },
      'CREDENTIAL_KEYS',
    ],
  ])('%s: the same as another', (name, changes, other) => {
    const error = failure(changes);
    expect(error).toMatchObject({
      variable: name,
      message: expect.stringContaining(`the same secret as another (${other})`),
    });
    for (const value of [key32, urlSafe, ...Object.values(changes)]) expect(error.message).not.toContain(value);
  });
});

describe('lifetimes', () => {
  test.each([
    ['ACCESS_TOKEN_TTL', '59'],
    ['ACCESS_TOKEN_TTL', '86401'],
    ['ACCESS_TOKEN_TTL', '3600.5'],
    ['ACCESS_TOKEN_TTL', 'an hour'],
    ['ACCESS_TOKEN_TTL', '-3600'],
    ['ACCESS_TOKEN_TTL', 'Infinity'],
    ['REFRESH_TOKEN_TTL', '3599'],
    ['REFRESH_TOKEN_TTL', String(365 * 86_400 + 1)],
  ])('%s: %s is refused', (name, value) => {
    expect(failure({ [name]: value }).variable).toBe(name);
  });

  test('their bounds are allowed', () => {
    expect(parse({ ACCESS_TOKEN_TTL: '60', REFRESH_TOKEN_TTL: '3600' }).accessTokenTtlSeconds).toBe(60);
    expect(parse({ ACCESS_TOKEN_TTL: '86400' }).accessTokenTtlSeconds).toBe(86_400);
    expect(parse({ REFRESH_TOKEN_TTL: String(365 * 86_400) }).refreshTokenTtlSeconds).toBe(365 * 86_400);
  });

  test('an access token may not outlive its refresh token', () => {
    expect(failure({ ACCESS_TOKEN_TTL: '7200', REFRESH_TOKEN_TTL: '3600' }).variable).toBe('ACCESS_TOKEN_TTL');
  });
});

describe('what is accepted', () => {
  test('http on this machine, for development', () => {
    for (const url of ['http://localhost:8787', 'http://127.0.0.1:8787', 'http://[::1]:8787'])
      expect(parse({ PUBLIC_URL: url }).issuer).toBe(url);
  });

  test('a closing slash', () => {
    expect(parse({ PUBLIC_URL: 'https://gateway.example/' }).issuer).toBe('https://gateway.example');
    expect(parse({ PRODUCT_API_URL: 'https://api.example/api/' }).upstream('shelf').baseUrl).toBe(
      'https://api.example/api',
    );
  });

  test('an issuer as it is written', () => {
    for (const issuer of ['https://id.example/application/o/app/', 'https://id.example/', 'https://id.example'])
      expect(parse({ IDP_ISSUER: issuer }).idp.issuer).toBe(issuer);
  });

  test('lists with spaces and capitals', () => {
    expect(parse({ ALLOWED_EMAIL_DOMAINS: ' Acme.example ,b.example,' }).idp.allowedDomains).toEqual([
      'acme.example',
      'b.example',
    ]);
  });

  test('links to pages', () => {
    const links = parse({
      SUPPORT_URL: 'mailto:help@acme.example',
      STATUS_URL: 'https://status.acme.example/?a=b',
    }).links;
    expect(links).toEqual({ support: 'mailto:help@acme.example', status: 'https://status.acme.example/?a=b' });
  });

  test('clients of the operator', () => {
    const secret = 'a-secret-of-16-characters';
    expect(parse({ OAUTH_CLIENTS: JSON.stringify([{ ...client, client_secret: secret }]) }).clients).toEqual([
      { clientId: 'c', clientName: 'C', redirectUris: client.redirect_uris, clientSecret: secret },
    ]);
  });

  test('once per environment', () => {
    const once = { ...env };
    expect(parseConfig(once, shelfApi)).toBe(parseConfig(once, shelfApi));
  });
});
