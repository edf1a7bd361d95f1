// What a session has and could have, by consent, the backend's answer and the role.
import { describe, expect, test } from 'vitest';
import { beyond, standingOf } from '../../../src/policy/standing';

const catalogue = {
  'profile:read': { description: 'see who you are', baseline: true },
  'items:read': { description: 'read items' },
  'items:write': { description: 'change items' },
  'notes:read': { description: 'read notes' },
} as const;
const every = Object.keys(catalogue);

type Case = [
  what: string,
  says: { consented: string[]; allowed: string[]; roleScopes: string[] | null },
  scopes: string[],
  attainable: string[],
];

describe('a session', () => {
  test.each<Case>([
    [
      'has the baseline, whatever the backend echoes',
      { consented: ['profile:read', 'items:read'], allowed: ['items:read'], roleScopes: ['items:read'] },
      ['profile:read', 'items:read'],
      ['profile:read', 'items:read'],
    ],
    [
      'could have what its role allows beyond the consent',
      { consented: ['profile:read', 'items:read'], allowed: every, roleScopes: every },
      ['profile:read', 'items:read'],
      every,
    ],
    [
      'understands wildcards of a role',
      { consented: ['profile:read'], allowed: [], roleScopes: ['items:*'] },
      ['profile:read'],
      ['profile:read', 'items:read', 'items:write'],
    ],
    [
      'could not have what was consented to and refused, whatever the role says',
      { consented: ['profile:read', 'items:write'], allowed: ['profile:read'], roleScopes: every },
      ['profile:read'],
      ['profile:read', 'items:read', 'notes:read'],
    ],
    [
      'could have anything that was not refused, where nobody says what the role allows',
      { consented: ['profile:read', 'items:write'], allowed: ['profile:read'], roleScopes: null },
      ['profile:read'],
      ['profile:read', 'items:read', 'notes:read'],
    ],
    [
      'has what its scopes imply',
      { consented: ['profile:read', 'items:write'], allowed: ['items:write'], roleScopes: [] },
      ['profile:read', 'items:write'],
      ['profile:read', 'items:read', 'items:write'],
    ],
  ])('%s', (_what, says, scopes, attainable) => {
    const standing = standingOf(says, catalogue);
    expect(standing).toEqual({ scopes, attainable, roleScopes: says.roleScopes });
    expect(beyond(standing.scopes, standing.attainable)).toEqual(
      attainable.filter((name) => !scopes.includes(name) && !(name === 'items:read' && scopes.includes('items:write'))),
    );
  });
});
