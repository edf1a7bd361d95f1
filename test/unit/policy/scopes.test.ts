// The scope hierarchy, exhaustively: it decides what every token may do.
import { describe, expect, test } from 'vitest';
import { nexusScopes } from '../../../src/nexus/scopes';
import { covers, missingScopes, narrowScopes, requestedScopes, withImplied } from '../../../src/policy/scopes';

describe('covers', () => {
  test.each([
    ['leads:read', 'leads:read'],
    ['leads:write', 'leads:read'],
    ['leads:*', 'leads:read'],
    ['leads:*', 'leads:write'],
    ['crm:*', 'crm:leads:write'],
    ['*', 'leads:write'],
    ['*', 'anything'],
  ])('%s covers %s', (granted, needed) => expect(covers(granted, needed)).toBe(true));

  test.each([
    ['leads:read', 'leads:write'],
    ['leads:write', 'tickets:read'],
    ['leads:write', 'leads:delete'],
    ['leads:write', 'leads:read:all'],
    ['leads:*', 'leadsX:read'],
    ['leads:*', 'tickets:read'],
    ['leads:*', 'leads'],
    ['leads:*', '*'],
    ['lead', 'leads:read'],
    ['leads', 'leads:read'],
    ['leads:read', '*'],
    ['leads:read', 'leads:*'],
    ['*:read', 'leads:read'],
    ['write', 'read'],
    [':write', 'leads:read'],
    ['', 'leads:read'],
    ['LEADS:READ', 'leads:read'],
    ['notifications:send', 'notifications:read'],
  ])('%s does not cover %s', (granted, needed) => expect(covers(granted, needed)).toBe(false));
});

describe('missingScopes', () => {
  test('names what nothing granted covers, in the order it was needed', () => {
    expect(missingScopes(['leads:write'], ['tickets:write', 'leads:read', 'a:b'])).toEqual(['tickets:write', 'a:b']);
    expect(missingScopes([], ['leads:read'])).toEqual(['leads:read']);
    expect(missingScopes(['leads:read'], [])).toEqual([]);
    expect(missingScopes(['*'], ['leads:read', 'tickets:write'])).toEqual([]);
  });
});

describe('narrowScopes', () => {
  test('keeps of what was requested what is allowed, and adds nothing', () => {
    expect(narrowScopes(['leads:read', 'leads:write'], ['leads:read'])).toEqual(['leads:read']);
    expect(narrowScopes(['leads:read'], ['leads:write'])).toEqual(['leads:read']);
    expect(narrowScopes(['leads:read'], ['*'])).toEqual(['leads:read']);
    expect(narrowScopes(['leads:read'], [])).toEqual([]);
    expect(narrowScopes([], ['*'])).toEqual([]);
  });

  test('never turns a wildcard that was requested into more than a wildcard allows', () => {
    expect(narrowScopes(['*'], ['leads:read', 'leads:write'])).toEqual([]);
    expect(narrowScopes(['leads:*'], ['leads:write'])).toEqual([]);
    expect(narrowScopes(['leads:*'], ['leads:*'])).toEqual(['leads:*']);
  });
});

describe('withImplied', () => {
  test('adds the reading that each writing implies, once', () => {
    expect(withImplied(['leads:write'])).toEqual(['leads:write', 'leads:read']);
    expect(withImplied(['leads:write', 'leads:read'])).toEqual(['leads:write', 'leads:read']);
    expect(withImplied(['notifications:send'])).toEqual(['notifications:send']);
    expect(withImplied([])).toEqual([]);
  });

  test('adds nothing that was not covered already', () => {
    const all = Object.keys(nexusScopes);
    for (const scope of all) expect(missingScopes([scope], withImplied([scope]))).toEqual([]);
  });
});

describe('requestedScopes', () => {
  test('keeps known scopes in the catalogue’s order, with the baseline', () => {
    const expected = new Set(['profile:read', 'leads:read', 'tickets:read']);
    expect(requestedScopes(['tickets:read', 'leads:read'], nexusScopes)).toEqual(
      Object.keys(nexusScopes).filter((name) => expected.has(name)),
    );
  });

  test('leaves out what it does not know', () => {
    expect(requestedScopes(['leads:read', 'admin:all', '*', 'leads:*'], nexusScopes)).toEqual([
      'profile:read',
      'leads:read',
    ]);
  });

  test.each([[[]], [['']]])('offers everything where nothing is asked for: %j', (asked) =>
    expect(requestedScopes(asked, nexusScopes)).toEqual(Object.keys(nexusScopes)),
  );

  test.each([[['offline_access']], [['openid', 'email']], [['*']], [['__proto__', 'constructor']]])(
    'offers nothing but the baseline where nothing known is asked for: %j',
    (asked) => expect(requestedScopes(asked, nexusScopes)).toEqual(['profile:read']),
  );

  test('offers nothing where there is no baseline, either', () => {
    expect(requestedScopes(['offline_access'], { 'leads:read': { description: 'read leads' } })).toEqual([]);
  });
});
