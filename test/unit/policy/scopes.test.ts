// The scope hierarchy, exhaustively: it decides what every token may do.
import { describe, expect, test } from 'vitest';
import { shelfScopes } from '../../product/definition';
import { covers, missingScopes, narrowScopes, requestedScopes, withImplied } from '../../../src/policy/scopes';

describe('covers', () => {
  test.each([
    ['items:read', 'items:read'],
    ['items:write', 'items:read'],
    ['items:*', 'items:read'],
    ['items:*', 'items:write'],
    ['crm:*', 'crm:items:write'],
    ['*', 'items:write'],
    ['*', 'anything'],
  ])('%s covers %s', (granted, needed) => expect(covers(granted, needed)).toBe(true));

  test.each([
    ['items:read', 'items:write'],
    ['items:write', 'notes:read'],
    ['items:write', 'items:delete'],
    ['items:write', 'items:read:all'],
    ['items:*', 'leadsX:read'],
    ['items:*', 'notes:read'],
    ['items:*', 'items'],
    ['items:*', '*'],
    ['item', 'items:read'],
    ['items', 'items:read'],
    ['items:read', '*'],
    ['items:read', 'items:*'],
    ['*:read', 'items:read'],
    ['write', 'read'],
    [':write', 'items:read'],
    ['', 'items:read'],
    ['LEADS:READ', 'items:read'],
    ['messages:send', 'notifications:read'],
  ])('%s does not cover %s', (granted, needed) => expect(covers(granted, needed)).toBe(false));
});

describe('missingScopes', () => {
  test('names what nothing granted covers, in the order it was needed', () => {
    expect(missingScopes(['items:write'], ['notes:write', 'items:read', 'a:b'])).toEqual(['notes:write', 'a:b']);
    expect(missingScopes([], ['items:read'])).toEqual(['items:read']);
    expect(missingScopes(['items:read'], [])).toEqual([]);
    expect(missingScopes(['*'], ['items:read', 'notes:write'])).toEqual([]);
  });
});

describe('narrowScopes', () => {
  test('keeps of what was requested what is allowed, and adds nothing', () => {
    expect(narrowScopes(['items:read', 'items:write'], ['items:read'])).toEqual(['items:read']);
    expect(narrowScopes(['items:read'], ['items:write'])).toEqual(['items:read']);
    expect(narrowScopes(['items:read'], ['*'])).toEqual(['items:read']);
    expect(narrowScopes(['items:read'], [])).toEqual([]);
    expect(narrowScopes([], ['*'])).toEqual([]);
  });

  test('never turns a wildcard that was requested into more than a wildcard allows', () => {
    expect(narrowScopes(['*'], ['items:read', 'items:write'])).toEqual([]);
    expect(narrowScopes(['items:*'], ['items:write'])).toEqual([]);
    expect(narrowScopes(['items:*'], ['items:*'])).toEqual(['items:*']);
  });
});

describe('withImplied', () => {
  test('adds the reading that each writing implies, once', () => {
    expect(withImplied(['items:write'])).toEqual(['items:write', 'items:read']);
    expect(withImplied(['items:write', 'items:read'])).toEqual(['items:write', 'items:read']);
    expect(withImplied(['messages:send'])).toEqual(['messages:send']);
    expect(withImplied([])).toEqual([]);
  });

  test('adds nothing that was not covered already', () => {
    const all = Object.keys(shelfScopes);
    for (const scope of all) expect(missingScopes([scope], withImplied([scope]))).toEqual([]);
  });
});

describe('requestedScopes', () => {
  test('keeps known scopes in the catalogue’s order, with the baseline', () => {
    const expected = new Set(['profile:read', 'items:read', 'notes:read']);
    expect(requestedScopes(['notes:read', 'items:read'], shelfScopes)).toEqual(
      Object.keys(shelfScopes).filter((name) => expected.has(name)),
    );
  });

  test('leaves out what it does not know', () => {
    expect(requestedScopes(['items:read', 'admin:all', '*', 'items:*'], shelfScopes)).toEqual([
      'profile:read',
      'items:read',
    ]);
  });

  test.each([[[]], [['']]])('offers everything where nothing is asked for: %j', (asked) =>
    expect(requestedScopes(asked, shelfScopes)).toEqual(Object.keys(shelfScopes)),
  );

  test.each([[['offline_access']], [['openid', 'email']], [['*']], [['__proto__', 'constructor']]])(
    'offers nothing but the baseline where nothing known is asked for: %j',
    (asked) => expect(requestedScopes(asked, shelfScopes)).toEqual(['profile:read']),
  );

  test('offers nothing where there is no baseline, either', () => {
    expect(requestedScopes(['offline_access'], { 'items:read': { description: 'read items' } })).toEqual([]);
  });
});
