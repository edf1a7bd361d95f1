// A sender is kept as a network and a bounded word of its own, never as an address.
import { expect, test } from 'vitest';
import { isElsewhere, networkOf, senderOf } from '../../../src/audit/sender';
import { openByToken, sealByToken } from '../../../src/crypto/token-seal';

test.each([
  ['203.0.113.7', '203.0.113.0/24'],
  ['::ffff:203.0.113.7', '203.0.113.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
  ['', null],
  ['unknown', null],
  ['::1]/x', null],
])('%s is of %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('a user agent is printable and bounded', () => {
  const headers = new Headers({ 'User-Agent': `a\u00e9${'b'.repeat(999)}` });
  expect(senderOf(headers)).toEqual({ network: null, userAgent: `a${'b'.repeat(255)}` });
  expect(senderOf(new Headers())).toEqual({ network: null, userAgent: null });
});

test('somebody is elsewhere when network and user agent both are others', () => {
  const one = { network: '203.0.113.0/24', userAgent: 'a' };
  const other = { network: '198.51.100.0/24', userAgent: 'b' };
  expect(isElsewhere(one, other)).toBe(true);
  expect([one, { ...one, network: other.network }, { ...one, userAgent: 'b' }].some((it) => isElsewhere(one, it))).toBe(
    false,
  );
});

test('what is sealed by a token opens with that token, for that purpose, unchanged', async () => {
  const envelope = await sealByToken('answer', 'subject:grant:secret', 'purpose');
  expect(await openByToken(envelope, 'subject:grant:secret', 'purpose')).toBe('answer');
  expect(await openByToken(envelope, 'subject:grant:secre7', 'purpose')).toBeUndefined();
  expect(await openByToken(envelope, 'subject:grant:secret', 'another')).toBeUndefined();
  const flipped = envelope.slice(0, -3) + (envelope.at(-3) === 'A' ? 'B' : 'A') + envelope.slice(-2);
  expect(await openByToken(flipped, 'subject:grant:secret', 'purpose')).toBeUndefined();
  expect(await openByToken('garbage', 'subject:grant:secret', 'purpose')).toBeUndefined();
});
