// The digest of a call's arguments: the same for the same arguments, and nothing to guess them by without the key.
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { argumentsDigest, auditEvent } from '../../../src/audit/event';

const key = new Uint8Array(32).fill(3);
const digest = (args: unknown): Promise<string> => argumentsDigest(args, key);

test('the order of keys does not matter, at any depth', async () => {
  expect(await digest({ a: 1, b: { c: 2, d: [{ e: 3, f: 4 }] } })).toBe(
    await digest({ b: { d: [{ f: 4, e: 3 }], c: 2 }, a: 1 }),
  );
});

test('everything else does', async () => {
  const different: unknown[] = [
    {},
    [],
    null,
    { a: 1 },
    { a: '1' },
    { b: 1 },
    { a: null },
    { a: [1, 2] },
    { a: [2, 1] },
    { a: { b: 1 } },
    'a',
  ];
  expect(new Set(await Promise.all(different.map(digest))).size).toBe(different.length);
});

test('no arguments are the same as empty ones to nobody but the caller who says so', async () => {
  expect(await digest(undefined)).toBe(await digest(null));
  expect(await digest(undefined)).not.toBe(await digest({}));
});

test('an own key named like a prototype member is digested like any other', async () => {
  expect(await digest(JSON.parse('{"__proto__":{"a":1}}'))).not.toBe(await digest({}));
  expect(await digest(JSON.parse('{"__proto__":{"a":1}}'))).not.toBe(await digest(JSON.parse('{"__proto__":{"a":2}}')));
});

test('another key gives another digest, and none shows a value', async () => {
  const given = await digest({ email: 'ada@acme.example' });
  expect(given).toMatch(/^[0-9a-f]{64}$/);
  expect(await argumentsDigest({ email: 'ada@acme.example' }, new Uint8Array(32).fill(4))).not.toBe(given);
});

test('an auditor can make it with any tool: an HMAC-SHA-256 over a label and the arguments as JSON', async () => {
  const mac = createHmac('sha256', key).update('audit-arguments\0{"a":"ä","b":[1,null]}');
  expect(await digest({ b: [1, null], a: 'ä' })).toBe(mac.digest('hex'));
});

test('an event has every field, empty where nothing was given', () => {
  const event = auditEvent({ action: 'sign_in', outcome: 'success', occurredAt: 1, requestId: 'r', traceId: 't' });
  expect(event).toEqual({
    eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    occurredAt: 1,
    action: 'sign_in',
    outcome: 'success',
    reason: null,
    tenantId: null,
    userId: null,
    userEmail: null,
    clientId: null,
    sessionId: null,
    tool: null,
    upstream: null,
    argumentsDigest: null,
    durationMs: null,
    requestId: 'r',
    traceId: 't',
  });
});
