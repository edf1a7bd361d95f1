// Many sessions, cheaply: for tests that need thousands of tokens, and whose subject is not how a person signs in.
import { env } from 'cloudflare:workers';
import { createHash } from 'node:crypto';
import { vi } from 'vitest';
import { newSessionId } from '../../src/crypto/subject';
import { sessionAt } from '../../src/session/stub';
import { redirectUri, resource, type OAuthClient, type TokenSet } from './oauth-client';
import { stopClock } from './session';
import { testVars } from './vars';
import { World } from './world';

/** `npm run test:crowd` makes ten of each one: what is rare in a race is found by many, and takes minutes. */
export const CROWD = Number(env.CROWD || 1);

const SCOPES = ['profile:read', 'items:read'];

/** A world that costs little: the clock stands, so no alarm rings, nothing is logged, and the backend keeps nothing. */
export async function beginCrowd(): Promise<void> {
  const world = await World.begin();
  stopClock();
  const silent = (): void => undefined;
  vi.stubGlobal('console', { ...console, info: silent, warn: silent, error: silent });
  world.intercept = (request) => {
    if (!request.url.startsWith(`${testVars.PRODUCT_API_URL}/auth/`)) return undefined;
    const user = { user_id: 'usr_1', tenant_id: 'acme', tenant_name: 'Acme' };
    return Response.json({ ...user, access_token: 'a', refresh_token: 'r', expires_in: 3600, scopes: SCOPES });
  };
}

/** For `afterEach`. */
export function endCrowd(): void {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
}

export interface Opened {
  readonly sessionId: string;
  readonly code: string;
}

/** A session with a code that nobody has redeemed yet, as the callback leaves one behind. */
export async function openSession(client: OAuthClient): Promise<Opened> {
  const sessionId = newSessionId();
  const location = await sessionAt(env, sessionId).open({
    sessionId,
    scopes: SCOPES,
    identity: { issuer: testVars.IDP_ISSUER, subject: 'ada', email: 'ada@acme.example' },
    resource,
    tenantId: null,
    request: {
      responseType: 'code',
      clientId: client.clientId,
      redirectUri,
      scope: SCOPES,
      state: 'client-state',
      codeChallenge: createHash('sha256').update(client.verifier).digest('base64url'),
      codeChallengeMethod: 'S256',
      resource,
      issuer: testVars.PUBLIC_URL,
    },
  });
  return { sessionId, code: new URL(location).searchParams.get('code') ?? '' };
}

export interface Member {
  readonly client: OAuthClient;
  readonly sessionId: string;
  tokens: TokenSet;
}

/** Signed-in sessions of one client. */
export function crowd(client: OAuthClient, size: number): Promise<Member[]> {
  return inTurns(size, async () => {
    const { sessionId, code } = await openSession(client);
    const { status, body } = await client.redeem(code);
    if (status !== 200) throw new Error(`the token endpoint answered ${status}`);
    return { client, sessionId, tokens: body };
  });
}

/** So many at a time that the machine is busy and no more: the others wait in line. */
const AT_ONCE = 20;

export async function inTurns<Result>(count: number, task: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await task(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
