// What may never stand in a log line, whatever field or message it arrives in.
import { describe, expect, test } from 'vitest';
import { newSessionId, subjectOf } from '../../../src/crypto/subject';
import { createKeyring } from '../../../src/crypto/seal';
import { emailDigest, redact } from '../../../src/shared/redact';

const key = { emailKey: 'a-key-for-email-digests' };
const clean = (value: unknown): string => JSON.stringify(redact(value, key));

const subject = subjectOf(newSessionId(), new Uint8Array(32));
const token = `${subject}:AbCdEfGhIjKlMnOp:${'s3cr3t'.repeat(5)}`;
const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';

describe('fields by their name', () => {
  test.each([
    'token',
    'access_token',
    'refreshToken',
    'id_token',
    'client_secret',
    'Authorization',
    'cookie',
    'Set-Cookie',
    'password',
    'credential',
    'client_assertion',
    'code_verifier',
    'envelope',
    'apiKey',
    'api_key',
    'code',
    'state',
    'nonce',
    'handle',
  ])('%s', (name) => {
    expect(redact({ [name]: 'hunter2' }, key)).toEqual({ [name]: '[redacted]' });
    expect(clean({ deep: [{ [name]: { inside: 'hunter2' } }] })).not.toContain('hunter2');
  });

  test.each([
    ['tokenTtl', 3600],
    ['hasCookie', true],
    ['statusCode', 200],
  ])('%s is no secret when it is %s', (name, value) =>
    expect(redact({ [name]: value }, key)).toEqual({ [name]: value }),
  );

  test.each(['status', 'encoding', 'event', 'requestId', 'sessionId'])('%s is none either', (name) =>
    expect(redact({ [name]: 'plain' }, key)).toEqual({ [name]: 'plain' }),
  );
});

describe('secrets by their look, in any message', () => {
  test.each([
    ['a token or code of ours', token],
    ['one in a URL', encodeURIComponent(token)],
    ['one in a URL, in lower case', encodeURIComponent(token).replaceAll('%3A', '%3a')],
    ['a JWT', jwt],
    ['an unsigned JWT', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.'],
    ['a Bearer value', 'Bearer nxa_0123456789abcdef'],
    ['a Basic value', 'Basic dXNlcjpodW50ZXIy'],
    ['a query', 'https://gateway.example/callback?code=hunter2-hunter2&state=hunter3'],
    ['a form', 'grant_type=refresh_token&refresh_token=hunter2&client_secret=hunter3'],
    ['JSON', '{"access_token":"hunter2", "id_token" : "hunter3","expires_in":60}'],
  ])('%s', (_name, secret) => {
    const text = clean({ problem: `before ${secret} after`, list: [`<${secret}>`], error: new Error(`x ${secret}`) });
    expect(text).not.toMatch(/s3cr3t|hunter|nxa_|dXNlc|c2lnbmF0|eyJzdWI/);
    expect(text).toContain('[redacted]');
    expect(text).toContain('before');
  });

  test('a sealed envelope', async () => {
    const keyring = createKeyring([{ id: 'k1', bytes: new Uint8Array(32) }]);
    const envelope = await keyring.seal('secret', {
      tenantId: 't',
      owner: { kind: 'session', id: 's' },
      upstream: 'u',
    });
    expect(redact(`cannot open ${envelope}`, key)).toBe('cannot open [redacted]');
  });

  test.each([
    'search_items returned 25 of 312',
    'https://idp.example/.well-known/openid-configuration',
    'v1.2.3',
    'usr_0001 of acme',
    'Basic plan',
    'OAUTH_INVALID_RESPONSE: "response" body "error" property',
    '2026-11-21T09:43:51.114Z',
    '7b1c8a2e-0f64-4a55-9f5f-2d9e3a6f1c11',
  ])('leaves %s as it is', (text) => expect(redact(text, key)).toBe(text));
});

describe('errors', () => {
  test('keep name, code and message, and lose what is secret in them and in their causes', () => {
    const cause = Object.assign(new TypeError(`no route for ${jwt}`), { code: 'ENOTFOUND', token: 'hunter2' });
    const error = new Error(`request with Bearer abcdef failed for ada@acme.example`, { cause });
    expect(redact({ error }, key)).toEqual({
      error: {
        name: 'Error',
        message: `request with [redacted] failed for ${emailDigest('ada@acme.example', key.emailKey)}`,
        cause: { name: 'TypeError', code: 'ENOTFOUND', message: 'no route for [redacted]' },
      },
    });
  });

  test('may name themselves as their cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(clean(error)).toContain('[deep]');
  });
});

describe('emails', () => {
  test('become a pseudonym that is the same for every spelling, and needs the key', () => {
    const digest = emailDigest('ada@acme.example', key.emailKey);
    expect(digest).toMatch(/^email:[0-9a-f]{12}$/);
    for (const spelling of ['ada@acme.example', 'Ada@ACME.example', 'ada%40acme.example'])
      expect(redact(`for ${spelling}.`, key)).toBe(`for ${digest}.`);
    expect(emailDigest('ada@acme.example', 'another key')).not.toBe(digest);
  });

  test('are dropped whole where there is no key, and shown where the operator wants them', () => {
    expect(redact('ada@acme.example', {})).toBe('[email]');
    expect(redact('ada@acme.example', { ...key, showEmails: true })).toBe('ada@acme.example');
    expect(redact(`ada@acme.example ${jwt}`, { ...key, showEmails: true })).toBe('ada@acme.example [redacted]');
  });
});

describe('a line can always be written', () => {
  test('with a circle, a bigint, a symbol, undefined, a function, or nothing', () => {
    const circle: Record<string, unknown> = { name: 'x' };
    circle['self'] = circle;
    const value = { circle, big: 10n, symbol: Symbol('x'), none: undefined, call: () => 1, nothing: null };
    expect(() => JSON.stringify(redact(value, key))).not.toThrow();
  });

  test('and is bounded, whatever a stranger sends', () => {
    for (const part of ['a', 'a.', 'eyJ-', 'token-', 'a@', 'v1.', 'Bearer ']) {
      const text = part.repeat(400_000 / part.length);
      expect(String(redact(text, key)).length, part).toBeLessThan(10_000);
    }
  });
});
