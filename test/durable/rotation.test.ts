// A refresh token upstream works once, and a second use kills its family. Whatever gets lost on the way, the gateway
// never sends one twice, and the user never has to notice.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callTool, type McpReply } from '../support/mcp-client';
import type { OAuthClient, TokenSet } from '../support/oauth-client';
import { hold, leave, pass, SessionProbe, stopClock } from '../support/session';
import { testVars } from '../support/vars';
import { World } from '../support/world';

let world: World;
let client: OAuthClient;
let tokens: TokenSet;
let session: SessionProbe;
/** Every refresh token that the backend handed out. */
let handedOut: string[];
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  handedOut = [];
  world.intercept = async (request) => {
    if (!new URL(request.url).pathname.startsWith('/auth/')) return undefined;
    const answer = await world.neighbour(request);
    const body = await answer.clone().json<{ refresh_token?: string }>();
    if (body.refresh_token) handedOut.push(body.refresh_token);
    return answer;
  };
  const signedIn = await world.signIn();
  ({ client, tokens } = signedIn);
  session = new SessionProbe(signedIn.sessionId);
});
afterEach(leave);

const getLead = (): Promise<McpReply> => callTool(tokens.access_token, 'get_item', { item_id: 'item_0001' });

async function expectData(reply: Promise<McpReply>): Promise<void> {
  const { status, body } = await reply;
  expect([status, body?.result?.structuredContent?.id]).toEqual([200, 'item_0001']);
}

describe('a refresh whose answer is lost', () => {
  test('on the way is replaced by asking for the user, in the same call', async () => {
    pass(61_000);
    world.intercept = async (request) => {
      if (!request.url.endsWith('/auth/refresh')) return undefined;
      await world.neighbour(request);
      throw new TypeError('connection reset');
    };
    await expectData(getLead());
    expect(world.backend.counts()).toMatchObject({ verify: 2, refresh: 1, reuse_detected: 0 });
    expect(await session.credential()).toMatchObject({ version: 2, refreshTokenSpent: false });
  });

  test('and whose replacement fails, too, is never repeated, not after an eviction either', async () => {
    pass(61_000);
    world.intercept = async (request) => {
      if (request.url.endsWith('/auth/refresh')) {
        await world.neighbour(request);
        throw new TypeError('connection reset');
      }
      return request.url.endsWith('/auth/verify') ? new Response('down', { status: 503 }) : undefined;
    };
    expect((await getLead()).body.result.isError).toBe(true);
    expect(await session.credential()).toMatchObject({ version: 1, refreshTokenSpent: true });
    await session.evict();
    world.intercept = undefined;
    pass(60_000);
    await expectData(getLead());
    expect(world.backend.counts()).toMatchObject({ verify: 2, refresh: 1, reuse_detected: 0 });
  });

  test('by a crash in mid-refresh is replaced by asking for the user, and the caller does not notice', async () => {
    pass(61_000);
    const refresh = hold(world, '/auth/refresh');
    const call = getLead();
    await refresh.reached();
    expect(await session.credential()).toMatchObject({ version: 1, refreshTokenSpent: true });
    session.crash();
    await expectData(call);
    expect(world.backend.counts()).toMatchObject({ verify: 2, refresh: 1, reuse_detected: 0, data: 1 });
    expect(await session.credential()).toMatchObject({ version: 2, refreshTokenSpent: false });
  });

  test('by a crash under twenty callers, likewise', async () => {
    pass(61_000);
    const refresh = hold(world, '/auth/refresh');
    const calls = Promise.all(Array.from({ length: 20 }, getLead));
    await refresh.reached();
    session.crash();
    for (const { status, body } of await calls)
      expect([status, body?.result?.structuredContent?.id]).toEqual([200, 'item_0001']);
    expect(world.backend.counts()).toMatchObject({ verify: 2, refresh: 1, reuse_detected: 0, data: 20 });
  });
});

describe('a refresh token that the upstream no longer takes', () => {
  test('since its family was killed, costs the user nothing', async () => {
    const stolen = handedOut[0]!;
    for (let use = 0; use < 2; use += 1) await world.neighbour(refreshRequest(stolen));
    expect(world.backend.counts()).toMatchObject({ reuse_detected: 1 });
    await expectData(getLead());
    // The access token died with its family, the refresh token was refused (and counts as reuse once more).
    expect(world.backend.counts()).toMatchObject({ verify: 2, refresh: 3, reuse_detected: 2, data: 2 });
    await expectData(getLead());
    expect(world.backend.counts()).toMatchObject({ verify: 2 });
  });

  test('since it ran out, costs the user nothing', async () => {
    const { refresh_token } = tokens;
    pass(29 * 86_400_000);
    tokens = (await client.refresh(refresh_token)).body;
    await session.nextAlarm();
    pass(3_500_000);
    world.intercept = (request) =>
      request.url.endsWith('/auth/refresh') ? Response.json({ error: 'invalid_grant' }, { status: 400 }) : undefined;
    await expectData(getLead());
    expect(world.backend.counts()).toMatchObject({ verify: 3, reuse_detected: 0 });
  });
});

test('renewals and token requests at the same time share no refresh token', async () => {
  pass(61_000);
  const [refreshed, ...replies] = await Promise.all([
    client.refresh(tokens.refresh_token),
    ...Array.from({ length: 50 }, getLead),
  ]);
  expect(refreshed.status).toBe(200);
  expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(200));
  const counts = world.backend.counts();
  expect(counts).toMatchObject({ verify: 2, reuse_detected: 0 });
  expect(counts.refresh).toBeLessThanOrEqual(1);
});

test('over many renewals each refresh token is used once', async () => {
  for (let round = 1; round <= 10; round += 1) {
    pass(61_000);
    await Promise.all([expectData(getLead()), expectData(getLead())]);
    if (round % 3 === 0) await session.evict();
  }
  expect(world.backend.counts()).toMatchObject({ verify: 1, refresh: 10, reuse_detected: 0 });
  expect(await session.credential()).toMatchObject({ version: 11 });
});

function refreshRequest(refreshToken: string): Request {
  return new Request(`${testVars.PRODUCT_API_URL}/auth/refresh`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${testVars.PRODUCT_ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ refresh_token: refreshToken }),
  });
}
