// What a session has and could have, by consent, the backend's answer and the role.
import { describe, expect, test } from 'vitest';
import { beyond, standingOf } from '../../../src/policy/standing';

const catalogue = {
  'profile:read': { description: 'see who you are', baseline: true },
  'leads:read': { description: 'read leads' },
  'leads:write': { description: 'change leads' },
  'tickets:read': { description: 'read tickets' },
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
      { consented: ['profile:read', 'leads:read'], allowed: ['leads:read'], roleScopes: ['leads:read'] },
      ['profile:read', 'leads:read'],
      ['profile:read', 'leads:read'],
    ],
    [
      'could have what its role allows beyond the consent',
      { consented: ['profile:read', 'leads:read'], allowed: every, roleScopes: every },
      ['profile:read', 'leads:read'],
      every,
    ],
    [
      'understands wildcards of a role',
      { consented: ['profile:read'], allowed: [], roleScopes: ['leads:*'] },
      ['profile:read'],
      ['profile:read', 'leads:read', 'leads:write'],
    ],
    [
      'could not have what was consented to and refused, whatever the role says',
      { consented: ['profile:read', 'leads:write'], allowed: ['profile:read'], roleScopes: every },
      ['profile:read'],
      ['profile:read', 'leads:read', 'tickets:read'],
    ],
    [
      'could have anything that was not refused, where nobody says what the role allows',
      { consented: ['profile:read', 'leads:write'], allowed: ['profile:read'], roleScopes: null },
      ['profile:read'],
      ['profile:read', 'leads:read', 'tickets:read'],
    ],
    [
      'has what its scopes imply',
      { consented: ['profile:read', 'leads:write'], allowed: ['leads:write'], roleScopes: [] },
      ['profile:read', 'leads:write'],
      ['profile:read', 'leads:read', 'leads:write'],
    ],
  ])('%s', (_what, says, scopes, attainable) => {
    const standing = standingOf(says, catalogue);
    expect(standing).toEqual({ scopes, attainable, roleScopes: says.roleScopes });
    expect(beyond(standing.scopes, standing.attainable)).toEqual(
      attainable.filter((name) => !scopes.includes(name) && !(name === 'leads:read' && scopes.includes('leads:write'))),
    );
  });
});
