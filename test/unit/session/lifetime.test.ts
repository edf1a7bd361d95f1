// When a session ends by itself: with its grant, or by a rule of its own.
import { describe, expect, test } from 'vitest';
import { endOf, isAlive, type Lifetime, type LifeSigns } from '../../../src/session/lifetime';

const GRANT: Lifetime = { kind: 'grant' };
const IDLE: Lifetime = { kind: 'idle', idleMs: 1_000, endsAt: 50_000 };
const signs = (given: Partial<LifeSigns> = {}): LifeSigns => ({
  status: 'active',
  grantEndsAt: undefined,
  usedAt: 10_000,
  ...given,
});

describe('endOf', () => {
  test.each<[string, Lifetime, Partial<LifeSigns>, object]>([
    ['with its grant', GRANT, { grantEndsAt: 20_000 }, { at: 21_000, reason: 'expired' }],
    ['at once, where the grant is gone', GRANT, {}, { at: 0, reason: 'expired' }],
    ['at once, where the code was not redeemed', GRANT, { status: 'pending' }, { at: 0, reason: 'code_not_redeemed' }],
    ['with its grant, however idle it is', GRANT, { grantEndsAt: 9e9 }, { at: 9e9 + 1_000, reason: 'expired' }],
    ['some time after its last use', IDLE, {}, { at: 11_000, reason: 'idle' }],
    ['whatever grant there is, by idleness', IDLE, { grantEndsAt: 9e9 }, { at: 11_000, reason: 'idle' }],
    ['at its latest time, however much it is used', IDLE, { usedAt: 49_500 }, { at: 50_000, reason: 'expired' }],
  ])('%s', (_name, lifetime, given, end) => {
    expect(endOf(lifetime, signs(given))).toEqual(end);
  });
});

describe('isAlive', () => {
  test.each<[string, Lifetime, number, boolean]>([
    ['with a grant until its alarm', GRANT, 9e9, true],
    ['without one until it was idle', IDLE, 10_999, true],
    ['and from then on not', IDLE, 11_000, false],
  ])('%s', (_name, lifetime, now, alive) => {
    expect(isAlive(lifetime, () => signs(), now)).toBe(alive);
  });
});
