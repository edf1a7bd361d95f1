// What a caller may use, by scopes, role and policy: one table for lists, calls, resources and early reads.
import { describe, expect, test } from 'vitest';
import { product, shelfScopes } from '../../product/definition';
import {
  decide,
  keyOf,
  NO_POLICY,
  visible,
  type Access,
  type AccessEntry,
  type Policy,
} from '../../../src/policy/access';
import { covers } from '../../../src/policy/scopes';

const access = (given: Partial<Access> = {}): Access => ({
  scopes: ['items:read'],
  attainable: ['items:read', 'items:write'],
  roleKnown: true,
  policy: NO_POLICY,
  ...given,
});
const tool = (name: string, ...scopes: string[]): AccessEntry => ({ kind: 'tool', name, scopes });

const READ = tool('get_item', 'items:read');
const WRITE = tool('create_item', 'items:write');
const OTHER = tool('get_note', 'notes:read');
const DENY_READ: Policy = [{ effect: 'deny', tool: 'get_item' }];
const DENY_WRITE: Policy = [{ effect: 'deny', tool: 'create_item' }];
const ALLOW_READ: Policy = [{ effect: 'allow', tool: 'get_item' }];

const byPolicy = { kind: 'forbidden', by: 'policy', missing: [], needed: [] };
const byRole = (missing: string[], needed: string[]) => ({ kind: 'forbidden', by: 'role', missing, needed });
const lacks = (missing: string[], needed: string[]) => ({ kind: 'lacks_scopes', missing, needed });

describe('decide', () => {
  test.each<[string, Partial<Access>, AccessEntry, object]>([
    ['scopes that are enough', {}, READ, { kind: 'allowed' }],
    ['scopes that imply what is needed', { scopes: ['items:write'] }, READ, { kind: 'allowed' }],
    ['a wildcard', { scopes: ['items:*'] }, WRITE, { kind: 'allowed' }],
    ['an entry that needs nothing', { scopes: [] }, tool('free'), { kind: 'allowed' }],
    ['a scope that another consent adds', {}, WRITE, lacks(['items:write'], ['items:read', 'items:write'])],
    ['no scopes at all', { scopes: [] }, READ, lacks(['items:read'], ['items:read'])],
    ['a scope beyond the role', {}, OTHER, byRole(['notes:read'], ['items:read', 'notes:read'])],
    [
      'one scope within the role and one beyond it',
      {},
      tool('both', 'items:write', 'notes:read'),
      byRole(['notes:read'], ['items:read', 'items:write', 'notes:read']),
    ],
    ['a tool that the policy denies', { policy: DENY_READ }, READ, byPolicy],
    ['a denied tool that lacks scopes, too', { policy: DENY_WRITE }, WRITE, byPolicy],
    ['a denied tool with every scope', { scopes: ['*'], policy: DENY_WRITE }, WRITE, byPolicy],
    ['a tool that no deny rule names', { policy: DENY_WRITE }, READ, { kind: 'allowed' }],
    ['a tool that an allow rule names', { policy: ALLOW_READ }, READ, { kind: 'allowed' }],
    ['a tool that no allow rule names', { scopes: ['*'], policy: ALLOW_READ }, WRITE, byPolicy],
    ['a tool that is allowed and denied', { policy: [...ALLOW_READ, ...DENY_READ] }, READ, byPolicy],
    [
      'an allowed tool without its scopes',
      { scopes: [], policy: ALLOW_READ },
      READ,
      lacks(['items:read'], ['items:read']),
    ],
    ['a prompt of the name of a denied tool', { policy: DENY_READ }, { ...READ, kind: 'prompt' }, { kind: 'allowed' }],
    [
      'a resource under an allow rule for tools',
      { policy: ALLOW_READ },
      { ...READ, kind: 'resource', name: 'item' },
      { kind: 'allowed' },
    ],
    [
      'request_access under an allow rule for tools',
      { policy: ALLOW_READ },
      { kind: 'access_request', name: 'request_access', scopes: ['items:write'] },
      lacks(['items:write'], ['items:read', 'items:write']),
    ],
  ])('%s', (_name, given, entry, decision) => {
    expect(decide(access(given), entry)).toEqual(decision);
  });

  test('a policy never widens what scopes and role allow', () => {
    const entries = [READ, WRITE, OTHER];
    expect.hasAssertions();
    for (const policy of [DENY_READ, DENY_WRITE, ALLOW_READ, [...ALLOW_READ, ...DENY_READ]])
      for (const entry of entries)
        if (decide(access({ policy }), entry).kind === 'allowed') expect(decide(access(), entry).kind).toBe('allowed');
  });
});

describe('visible', () => {
  const names = (given: Partial<Access>, list?: 'granted' | 'attainable'): string[] =>
    visible(access(given), [READ, WRITE, OTHER], list).map(({ name }) => name);

  test('lists what may be used now, in its own order', () => {
    expect(names({})).toEqual(['get_item']);
    expect(names({ scopes: ['*'] })).toEqual(['get_item', 'create_item', 'get_note']);
    expect(names({ scopes: ['*'], policy: DENY_WRITE })).toEqual(['get_item', 'get_note']);
  });

  test('lists also what the role allows, where that is wanted and known, and never what the policy denies', () => {
    expect(names({}, 'attainable')).toEqual(['get_item', 'create_item']);
    expect(names({ roleKnown: false }, 'attainable')).toEqual(['get_item']);
    expect(names({ policy: DENY_WRITE }, 'attainable')).toEqual(['get_item']);
  });

  test('shows each tool of a definition with exactly its scopes, and not without them', () => {
    const entries = product.tools.map(({ name, scopes }) => ({ kind: 'tool', name, scopes }) as const);
    const seen = (scopes: readonly string[]): string[] => visible(access({ scopes }), entries).map(({ name }) => name);
    expect(seen([])).toEqual([]);
    expect(seen(['*'])).toHaveLength(product.tools.length);
    for (const { name, scopes } of product.tools) {
      const others = Object.keys(shelfScopes).filter((scope) => !scopes.some((needed) => covers(scope, needed)));
      expect(seen(others), name).not.toContain(name);
      expect(seen(scopes), name).toContain(name);
    }
  });
});

describe('keyOf', () => {
  test('does not depend on the order of anything', () => {
    const rules: Policy = [...DENY_READ, ...DENY_WRITE];
    const one = access({ scopes: ['a:read', 'b:read'], attainable: ['c:read', 'd:read'], policy: rules });
    const other = access({
      scopes: ['b:read', 'a:read'],
      attainable: ['d:read', 'c:read'],
      policy: rules.toReversed(),
    });
    expect(keyOf(one)).toBe(keyOf(other));
  });

  test.each<[string, Partial<Access>]>([
    ['scopes', { scopes: ['items:write'] }],
    ['role', { attainable: ['items:read'] }],
    ['knowledge of the role', { roleKnown: false }],
    ['policy', { policy: DENY_READ }],
    ['effect of a rule', { policy: ALLOW_READ }],
  ])('another %s is another key', (_name, change) => {
    expect(keyOf(access(change))).not.toBe(keyOf(access()));
  });

  test('allow and deny of one tool differ, and a name cannot pass for two rules', () => {
    const keys = [
      DENY_READ,
      ALLOW_READ,
      [{ effect: 'deny', tool: 'get_item"] ["deny","x' } as const],
      [...DENY_READ, { effect: 'deny', tool: 'x' } as const],
    ];
    expect(new Set(keys.map((policy) => keyOf(access({ policy })))).size).toBe(keys.length);
  });
});
