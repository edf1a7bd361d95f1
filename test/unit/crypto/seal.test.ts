// Sealing: an envelope opens for exactly what it was sealed for, with any key that is still configured, and not after
// anything about it has changed.
import { describe, expect, test } from 'vitest';
import { createKeyring, type CredentialKey, type SealContext } from '../../../src/crypto/seal';

const key = (id: string, fill: number): CredentialKey => ({ id, bytes: new Uint8Array(32).fill(fill) });
const first = key('k1', 1);
const second = key('k2', 2);
const context: SealContext = {
  tenantId: 'acme',
  owner: { kind: 'session', id: 'session-1' },
  upstream: 'shelf',
};
const unopenable = { code: 'envelope_unopenable' };

const keyring = createKeyring([first]);

test('what was sealed opens again', async () => {
  for (const text of ['', 'token', '{"accessToken":"ä→🔑"}', 'x'.repeat(5000)]) {
    await expect(keyring.open(await keyring.seal(text, context), context)).resolves.toBe(text);
  }
});

test('an envelope names its format and key, and shows nothing of the text', async () => {
  const envelope = await keyring.seal('a-very-secret-token', context);
  expect(envelope).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]{47}$/);
  expect(atob(envelope.split('.')[3]!.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('secret');
});

describe('an envelope does not open', () => {
  const others: [string, Partial<SealContext>][] = [
    ['another tenant', { tenantId: 'globex' }],
    ['another session', { owner: { kind: 'session', id: 'session-2' } }],
    ['another kind of owner', { owner: { kind: 'person', id: 'session-1' } }],
    ['another upstream', { upstream: 'salesforce' }],
  ];
  test.each(others)('under %s', async (_what, other) => {
    const envelope = await keyring.seal('token', context);
    await expect(keyring.open(envelope, { ...context, ...other })).rejects.toMatchObject(unopenable);
  });

  test('where the parts of its context are cut differently', async () => {
    const envelope = await keyring.seal('token', {
      tenantId: 'a',
      owner: { kind: 'session', id: 'b","c' },
      upstream: 'd',
    });
    const shifted: SealContext = { tenantId: 'a', owner: { kind: 'session', id: 'b' }, upstream: 'c","d' };
    await expect(keyring.open(envelope, shifted)).rejects.toMatchObject(unopenable);
  });

  test('under another key of the same id', async () => {
    const envelope = await keyring.seal('token', context);
    await expect(createKeyring([key('k1', 9)]).open(envelope, context)).rejects.toMatchObject(unopenable);
  });

  test('under another id of the same key', async () => {
    const envelope = await keyring.seal('token', context);
    const renamed = createKeyring([first, { ...first, id: 'k9' }]);
    await expect(renamed.open(envelope, context)).resolves.toBe('token');
    await expect(renamed.open(envelope.replace('.k1.', '.k9.'), context)).rejects.toMatchObject(unopenable);
  });

  test('when no key has its id, and the error names that id alone', async () => {
    const envelope = await createKeyring([second]).seal('token', context);
    const failure = await keyring.open(envelope, context).catch((error: unknown) => error);
    expect(failure).toMatchObject(unopenable);
    expect(String(failure)).toContain('key id k2');
    expect(String(failure)).not.toContain(envelope.split('.')[3]);
  });

  // Lengths 5 to 7 leave 0, 2 and 4 spare bits in the last character of base64url.
  test.each(['token', 'tokens', 'tokens!'])('after any one flipped bit (%s)', async (text) => {
    const envelope = await keyring.seal(text, context);
    const bytes = new TextEncoder().encode(envelope);
    const opened: string[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const changed = new TextDecoder().decode(flipped);
      await keyring.open(changed, context).then(
        () => opened.push(changed),
        (error: unknown) => expect(error).toMatchObject(unopenable),
      );
    }
    expect(opened).toEqual([]);
  });

  test('cut anywhere, or with anything added', async () => {
    const envelope = await keyring.seal('token', context);
    for (let length = 0; length < envelope.length; length += 1) {
      await expect(keyring.open(envelope.slice(0, length), context)).rejects.toMatchObject(unopenable);
    }
    for (const more of ['A', '=', '==', '.', '.A', ' ', '\n']) {
      await expect(keyring.open(envelope + more, context)).rejects.toMatchObject(unopenable);
    }
  });

  test('with its nonce shortened or lengthened', async () => {
    const [version, id, nonce, sealed] = (await keyring.seal('token', context)).split('.');
    for (const other of ['', nonce!.slice(0, 12), `${nonce}AAAA`]) {
      await expect(keyring.open(`${version}.${id}.${other}.${sealed}`, context)).rejects.toMatchObject(unopenable);
    }
  });
});

test('the first key seals, and an old key still opens', async () => {
  const old = await keyring.seal('token', context);
  const rotated = createKeyring([second, first]);
  await expect(rotated.open(old, context)).resolves.toBe('token');
  expect(await rotated.seal('token', context)).toMatch(/^v1\.k2\./);
});

test('nonces do not repeat', async () => {
  const envelopes = await Promise.all(Array.from({ length: 10_000 }, () => keyring.seal('', context)));
  expect(new Set(envelopes.map((envelope) => envelope.split('.')[2])).size).toBe(10_000);
});
