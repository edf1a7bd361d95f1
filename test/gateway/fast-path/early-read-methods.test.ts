// A tool of each method through the whole gateway. One that claims to read only begins early, and every request of it
// that isn't safe waits for the session's yes, whichever method that is (define/api.ts `apiMethods`).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { apiMethods, path, type ApiMethod } from '../../../src/define/api';
import { serve, tool } from '../../support/definition';
import { callTool } from '../../support/mcp-client';
import { leave, SessionProbe, stopClock } from '../../support/session';
import { aWhile, Timeline } from '../../support/timeline';
import { World } from '../../support/world';

const unsafe = (Object.keys(apiMethods) as ApiMethod[]).filter((method) => !apiMethods[method].safe);
let token: string;
let timeline: Timeline;

beforeEach(async () => {
  const world = await World.begin();
  stopClock();
  const { sessionId, tokens } = await world.signIn();
  token = tokens.access_token;
  timeline = await Timeline.watch(world, new SessionProbe(sessionId));
});
afterEach(leave);

/** Serves a tool that reads a thing and then sends this, and makes the isolate know the caller. */
async function serveWarm(method: ApiMethod): Promise<void> {
  timeline.upstream = (request) => (request.method === 'GET' ? Response.json({}) : new Response(null, { status: 204 }));
  const probe = tool({
    name: 'probe',
    upstream: 'default',
    run: async (_input, { api }) => {
      await api.get(path`/v1/things`, z.object({}));
      await api.request(method, path`/v1/things/${'thing_1'}`, z.undefined());
      return { structured: {}, markdown: 'done' };
    },
  });
  serve({ tools: [probe] });
  expect((await callTool(token, 'probe')).status).toBe(200);
  timeline.begin();
}

describe.each(unsafe)('%s', (method) => {
  test('waits for the yes', async () => {
    await serveWarm(method);
    timeline.object = async (decide) => {
      await timeline.happens('upstream 200');
      await aWhile();
      return decide();
    };
    expect((await callTool(token, 'probe')).status).toBe(200);
    const sent = `${method} /v1/things/thing_1`;
    expect(timeline.inOrder('GET /v1/things', 'granted', sent, 'upstream 204')).toBe(true);
    expect(timeline.events.filter((event) => event === sent)).toHaveLength(1);
  });

  test('is never sent after a no', async () => {
    await serveWarm(method);
    timeline.object = async () => {
      await timeline.happens('upstream 200');
      return { kind: 'refused', reason: 'test' };
    };
    expect((await callTool(token, 'probe')).status).toBe(401);
    await aWhile();
    expect(timeline.events.toSorted()).toEqual(['GET /v1/things', 'asked', 'refused', 'upstream 200']);
  });
});
