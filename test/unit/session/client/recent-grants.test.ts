// What an isolate remembers of grants: for how long, of whom, how many, and what counts as the same one.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '../../../../src/define/tool';
import type { Access } from '../../../../src/policy/access';
import type { CallInput, CredentialAnswer } from '../../../../src/session/stub';
import {
  isSameGrant,
  KEEP_MS,
  MAX_GRANTS,
  RecentGrants,
  type Granted,
} from '../../../../src/session/client/recent-grants';

const START = Date.UTC(2035, 0, 1);
const HOUR = 3_600_000;
const URL_A = 'https://gateway.example/t/acme/mcp';
const URL_B = 'https://gateway.example/t/globex/mcp';
const callOf = (tool: string, ...scopes: string[]): CallInput => ({
  action: 'tool_call',
  tool,
  scopes,
  upstream: 'shelf',
  argumentsDigest: '',
});
const NEEDED = callOf('get_item', 'items:read');

const ada: Required<Caller> = {
  userId: 'user_ada',
  email: 'ada@acme.example',
  tenantId: 'acme',
  tenantName: 'Acme',
  clientId: 'client-1',
  scopes: ['profile:read', 'items:read'],
  attainable: ['items:read'],
  roleKnown: true,
  signedInAt: START,
};

const ready = (given: object = {}) =>
  ({ kind: 'ready', accessToken: 'upstream', version: 7, expiresAt: START + HOUR, ...given }) as const;

interface Given {
  readonly caller?: Partial<Caller>;
  readonly access?: Partial<Access>;
  readonly credential?: Exclude<CredentialAnswer, { kind: 'ended' }> | null;
  readonly tokenExpiresAt?: number;
}

function grant({ caller, access, credential = ready(), tokenExpiresAt = START + HOUR }: Given = {}): Granted {
  return {
    kind: 'granted',
    caller: { ...ada, ...caller },
    access: {
      scopes: ada.scopes,
      attainable: ada.attainable,
      roleKnown: true,
      policy: [],
      ...access,
    },
    audience: URL_A,
    expiresAt: tokenExpiresAt,
    ours: true,
    call: { eventId: 'event', credential },
  };
}

let now: number;
let recents: RecentGrants;
beforeEach(() => {
  now = START;
  recents = new RecentGrants(() => now);
});

const known = (token = 'token', resource = URL_A): boolean => recents.of(token, resource, NEEDED) !== undefined;

describe('of whom', () => {
  test('of the same token at the same resource', () => {
    recents.note('token', URL_A, 'shelf', grant());
    expect(recents.of('token', URL_A, NEEDED)).toMatchObject({ caller: ada, credential: ready() });
    expect(known('token', URL_B)).toBe(false);
    expect(known('other token')).toBe(false);
    expect(known('', URL_A)).toBe(false);
  });

  test('of a token whose scopes are enough', () => {
    recents.note('token', URL_A, 'shelf', grant());
    expect(recents.of('token', URL_A, callOf('get_item', 'items:write'))).toBeUndefined();
    expect(recents.of('token', URL_A, callOf('get_item', 'items:read', 'notes:read'))).toBeUndefined();
    expect(known()).toBe(true);
  });

  test('of a call that the policy of its tenant allows', () => {
    recents.note('token', URL_A, 'shelf', grant({ access: { policy: [{ effect: 'deny', tool: 'get_item' }] } }));
    expect(known()).toBe(false);
    expect(recents.of('token', URL_A, callOf('search_items', 'items:read'))).toBeDefined();
  });

  test.each([
    ['none', null],
    ['one that cannot be had', { kind: 'unavailable', retryAfterSeconds: 2 } as const],
  ])('not where the credential is %s', (_name, credential) => {
    recents.note('token', URL_A, 'shelf', grant({ credential }));
    expect(recents.size).toBe(0);
  });

  test('a grant without a credential leaves what is known', () => {
    recents.note('token', URL_A, 'shelf', grant());
    recents.note('token', URL_A, 'shelf', grant({ credential: null }));
    recents.note('token', URL_A, 'shelf', { ...grant(), call: undefined });
    expect(known()).toBe(true);
  });

  test('the last one counts', () => {
    recents.note('token', URL_A, 'shelf', grant());
    recents.note('token', URL_A, 'shelf', grant({ credential: ready({ version: 8 }) }));
    expect(recents.size).toBe(1);
    expect(recents.of('token', URL_A, NEEDED)?.credential.version).toBe(8);
  });

  test('not of one that was refused since', () => {
    recents.note('token', URL_A, 'shelf', grant());
    recents.note('token', URL_B, 'shelf', grant());
    recents.forget('token', URL_A);
    expect(known()).toBe(false);
    expect(known('token', URL_B)).toBe(true);
  });

  test('nothing but the caller, the access and the credential is kept of what the session said', () => {
    recents.note('token', URL_A, 'shelf', grant());
    expect(Object.keys(recents.of('token', URL_A, NEEDED) ?? {}).toSorted()).toEqual([
      'access',
      'caller',
      'credential',
      'until',
      'upstream',
    ]);
  });
});

describe('for how long', () => {
  test.each([
    ['half a minute', grant(), KEEP_MS],
    ['as long as the credential is good', grant({ credential: ready({ expiresAt: START + 2_000 }) }), 2_000],
    ['as long as the token is good', grant({ tokenExpiresAt: START + 3_000 }), 3_000],
  ])('%s', (_name, granted, ms) => {
    recents.note('token', URL_A, 'shelf', granted);
    now = START + ms - 1;
    expect(known()).toBe(true);
    now = START + ms;
    expect(known()).toBe(false);
    expect(recents.size).toBe(0);
  });

  test('each grant begins it anew', () => {
    recents.note('token', URL_A, 'shelf', grant());
    now += KEEP_MS - 1;
    recents.note('token', URL_A, 'shelf', grant());
    now += KEEP_MS - 1;
    expect(known()).toBe(true);
  });

  test('what is over goes when anybody is granted anything', () => {
    for (let each = 0; each < 20; each += 1) recents.note(`token ${each}`, URL_A, 'shelf', grant());
    recents.note('short', URL_A, 'shelf', grant({ credential: ready({ expiresAt: START + 1 }) }));
    now += KEEP_MS;
    recents.note('another', URL_A, 'shelf', grant());
    expect(recents.size).toBe(1);
  });
});

describe('how many', () => {
  test('the oldest goes first, and one that is granted again is not old', () => {
    for (let each = 0; each < MAX_GRANTS; each += 1) recents.note(`token ${each}`, URL_A, 'shelf', grant());
    recents.note('token 0', URL_A, 'shelf', grant());
    expect(recents.size).toBe(MAX_GRANTS);
    for (let each = 0; each < 10; each += 1) recents.note(`late ${each}`, URL_A, 'shelf', grant());
    expect(recents.size).toBe(MAX_GRANTS);
    expect(known('token 0')).toBe(true);
    expect(Array.from({ length: 12 }, (_, each) => known(`token ${each + 1}`))).toEqual([
      ...Array<boolean>(10).fill(false),
      true,
      true,
    ]);
  });
});

describe('the same grant', () => {
  const same = (after: Granted): boolean => {
    recents.note('token', URL_A, 'shelf', grant());
    const before = recents.of('token', URL_A, NEEDED);
    return before !== undefined && isSameGrant(before, after);
  };

  test('is one to the same caller with the same credential, or with no use for it', () => {
    expect(same(grant())).toBe(true);
    expect(same(grant({ credential: null }))).toBe(true);
  });

  test('is not one with another credential, with none to be had, or of no call', () => {
    expect(same(grant({ credential: ready({ version: 8 }) }))).toBe(false);
    expect(same(grant({ credential: { kind: 'unavailable', retryAfterSeconds: 2 } }))).toBe(false);
    expect(same({ ...grant(), call: undefined })).toBe(false);
  });

  test('is not one under another policy', () => {
    expect(same(grant({ access: { policy: [{ effect: 'deny', tool: 'close_ticket' }] } }))).toBe(false);
  });

  test.each(Object.keys(ada) as (keyof Caller)[])('is not one to a caller of another %s', (member) => {
    const value = ada[member];
    const other = typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}2` : ['items:*'];
    expect(same(grant({ caller: { [member]: other } }))).toBe(false);
  });

  test('is not one with more scopes, or with fewer', () => {
    expect(same(grant({ caller: { scopes: [...ada.scopes, 'items:write'] } }))).toBe(false);
    expect(same(grant({ caller: { scopes: [] } }))).toBe(false);
  });
});
