// A renewal is recorded, and correlated upstream, under the request that started it, whoever else comes while it runs.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callTool } from '../support/mcp-client';
import { hold, leave, pass, SessionProbe, stopClock } from '../support/session';
import { World } from '../support/world';

let world: World;
let token: string;
let session: SessionProbe;
beforeEach(async () => {
  world = await World.begin();
  stopClock();
  const { tokens, sessionId } = await world.signIn();
  token = tokens.access_token;
  session = new SessionProbe(sessionId);
});
afterEach(leave);

test.each([
  ['answers', 'refresh'],
  ['refuses', 'verify'],
])('a backend that %s the refresh: the renewal stays the one of its own request', async (how, renewedBy) => {
  pass(61_000);
  const refresh = hold(world, '/auth/refresh');
  const holding = world.intercept;
  const asked: string[] = [];
  world.intercept = async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/auth/')) asked.push(request.headers.get('X-Request-Id') ?? '');
    const answer = await holding?.(request);
    return answer && how === 'refuses' ? new Response(null, { status: 400 }) : answer;
  };
  const first = callTool(token, 'get_item', { item_id: 'item_0001' });
  await refresh.reached();
  const second = await callTool(token, 'whoami');
  refresh.release();
  const requestId = (await first).headers.get('X-Request-Id');
  expect(second.headers.get('X-Request-Id')).not.toBe(requestId);
  const events = (await session.outbox()).map(({ event }) => event);
  expect(events.find(({ action }) => action === 'credential_refresh')).toMatchObject({
    outcome: 'success',
    reason: renewedBy,
    requestId,
  });
  expect(new Set(asked)).toEqual(new Set([requestId]));
});
