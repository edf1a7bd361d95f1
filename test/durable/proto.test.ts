import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, test, vi } from 'vitest';
import { sessionAt } from '../../src/session/face';
import { World } from '../support/world';

let world: World;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) });
  world = await World.begin();
});
afterEach(() => { vi.useRealTimers(); });
const objectOf = (id: string) => env.SESSIONS.get(env.SESSIONS.idFromName(id));

test('mid refresh', async () => {
  const { tokens, sessionId } = await world.signIn();
  vi.setSystemTime(Date.now() + 61_000);
  const reached = Promise.withResolvers<void>();
  let hit = 0;
  world.intercept = async (r) => { if (r.url.endsWith('/auth/refresh') && !hit++) { await world.neighbour(r); reached.resolve(); return new Promise(() => undefined) } return undefined as never; };
  const pending = sessionAt(env as never, sessionId).authorize({ token: tokens.access_token, resource: 'https://gateway.example/mcp', requestId: 'a', traceId: 'b', call: { tool: 't', scopes: [], upstream: 'nexus', argumentsDigest: '' } });
  pending.catch((e) => console.log('rejected', String(e), JSON.stringify(e), e.retryable, e.remote));
  await reached.promise;
  const tick = setInterval(() => undefined, 5);
  void runInDurableObject(objectOf(sessionId), (_i, state) => { state.abort('gone'); }).catch((e) => console.log('abort:', String(e)));
  try { const x = await pending; console.log(x); } catch (e) { console.log('caught', String(e)); }
  console.log(await sessionAt(env as never, sessionId).authorize({ token: tokens.access_token, resource: 'https://gateway.example/mcp', requestId: 'a', traceId: 'b', call: { tool: 't', scopes: [], upstream: 'nexus', argumentsDigest: '' } }));
clearInterval(tick); });
