import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject, listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { callTool } from '../support/mcp-client';
import { World } from '../support/world';

let world: World;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) });
  world = await World.begin();
});
afterEach(() => { vi.useRealTimers(); });

const objectOf = (id: string) => env.SESSIONS.get(env.SESSIONS.idFromName(id));
const dump = (id: string) => runInDurableObject(objectOf(id), async (_i, state) => ({
  alarm: await state.storage.getAlarm(),
  kv: [...state.storage.kv.list()],
}));

for (const how of ['abort']) test('mid refresh ' + how, async () => {
  const { tokens, sessionId } = await world.signIn();
  vi.setSystemTime(Date.now() + 61_000);
  let hit = 0;
  const reached = Promise.withResolvers<void>();
  world.intercept = async (r) => { if (r.url.endsWith('/auth/refresh') && !hit++) { await world.neighbour(r); reached.resolve(); return new Promise(() => undefined) } return undefined as never; };
  const pending = callTool(tokens.access_token, 'get_lead', { lead_id: 'lead_0001' });
  await reached.promise;
  const t = performance.now();
  if (how === 'abort') void runInDurableObject(objectOf(sessionId), (_i, state) => { state.abort('gone'); }).catch((e) => console.log('abort:', String(e)));
  else await evictDurableObject(objectOf(sessionId));
  console.log('took', performance.now() - t);
  const a = await pending; console.log('pending done', a.status);
  console.log(a.status, JSON.stringify(a.body));
  console.log('counts', await world.crmCounts()); console.log(JSON.stringify((await dump(sessionId)).kv));
  const b = await callTool(tokens.access_token, 'get_lead', { lead_id: 'lead_0001' });
  console.log(b.status, JSON.stringify(b.body).slice(0, 200), await world.crmCounts());
});
