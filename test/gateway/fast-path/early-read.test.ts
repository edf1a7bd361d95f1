// A warm read begins at the upstream while its session's object is asked (src/session/client/recent-grants.ts). What it may never
// do: answer before the object has said yes, answer with anything after a no, or begin with what nobody granted lately.
// That whatever isn't a read waits is in early-read-waits.test.ts.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionAt, type AuthorizeResult } from '../../../src/session/stub';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool, wires, type McpReply } from '../../support/mcp-client';
import type { OAuthClient, TokenSet } from '../../support/oauth-client';
import { auditRows, leave, pass, SessionProbe, stopClock, until } from '../../support/session';
import { callAt, katherine, signInAt, tenantUrl } from '../../support/tenants';
import { aWhile, Timeline } from '../../support/timeline';
import { World } from '../../support/world';

const ITEM = 'GET /v1/items/item_0001';
/** The name of that item. */
let name: string;
let world: World;
let logs: Logs;
let client: OAuthClient;
let tokens: TokenSet;
let sessionId: string;
let session: SessionProbe;
let timeline: Timeline;

beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  stopClock();
  ({ client, tokens, sessionId } = await world.signIn());
  session = new SessionProbe(sessionId);
  timeline = await Timeline.watch(world, session);
  name = (await read()).body.result.structuredContent.name;
  timeline.begin();
});
afterEach(async () => {
  await leave();
  expectNoSecrets();
});

const read = (token = tokens.access_token): Promise<McpReply> => callTool(token, 'get_item', { item_id: 'item_0001' });

/** The object decides when the upstream has long answered. */
const decideLate = (decide: () => Promise<AuthorizeResult>): Promise<AuthorizeResult> =>
  decideLateFrom('upstream 200', decide);

async function decideLateFrom(event: string, decide: () => Promise<AuthorizeResult>): Promise<AuthorizeResult> {
  await timeline.happens(event);
  return decide();
}

function expectNoSecrets(): void {
  expect(logs.text()).not.toContain(tokens.access_token);
  expect(timeline.secretsIn(logs.text())).toEqual([]);
}

function expectNothingOf(reply: McpReply): void {
  const said = JSON.stringify([reply.body, [...reply.headers]]);
  expect(said).not.toContain(name);
  expect(said).not.toContain('structuredContent');
}

/** The long way: the upstream is asked after the object has said yes. */
function expectLongWay(): void {
  expect(timeline.events).toEqual(['asked', 'granted', ITEM, 'upstream 200']);
}

describe('a warm read', () => {
  test.each(wires)('asks the upstream and the object at the same time, on $revision', async ({ send }) => {
    const call = { name: 'get_item', arguments: { item_id: 'item_0001' } };
    await send(tokens.access_token, 'tools/call', call);
    timeline.begin();
    timeline.object = async (decide) => {
      const result = await decide();
      await timeline.happens(ITEM);
      return result;
    };
    timeline.upstream = () => timeline.happens('asked');
    const { body } = await send(tokens.access_token, 'tools/call', call);
    expect(body.result.structuredContent.name).toBe(name);
    expect(timeline.events.filter((event) => event === ITEM)).toHaveLength(1);
  });

  test('is not answered before the object has said yes', async () => {
    const yes = Promise.withResolvers<void>();
    timeline.object = async (decide) => {
      const result = await decide();
      await yes.promise;
      return result;
    };
    let answered = false;
    const reply = read().finally(() => (answered = true));
    await timeline.happens('upstream 200');
    await aWhile();
    expect(answered).toBe(false);
    yes.resolve();
    expect((await reply).body.result.structuredContent.name).toBe(name);
    expect(timeline.inOrder('upstream 200', 'granted')).toBe(true);
  });

  test('that the upstream refuses is answered as ever', async () => {
    timeline.upstream = () => new Response(null, { status: 404 });
    const { status, body } = await read();
    expect([status, body.result.isError]).toEqual([200, true]);
    expect(timeline.inOrder(ITEM, 'granted')).toBe(true);
  });
});

describe('after a no, nothing of it leaves', () => {
  beforeEach(() => {
    timeline.object = decideLate;
  });

  const expectSignIn = ({ status, headers }: McpReply): void => {
    expect(status).toBe(401);
    expect(headers.get('WWW-Authenticate')).toContain('error="invalid_token"');
  };
  const expectRefused = async (expectRefusal = expectSignIn): Promise<void> => {
    timeline.begin();
    const reply = await read();
    expectRefusal(reply);
    expectNothingOf(reply);
    // It had been reached, and had answered.
    expect(timeline.events.slice(0, 3).toSorted()).toEqual([ITEM, 'asked', 'upstream 200']);
    // The next one doesn't even begin.
    timeline.begin();
    timeline.object = (decide) => decide();
    expectRefusal(await read());
    expect(timeline.requests).toEqual([]);
  };

  test('the grant was revoked (RFC 7009)', async () => {
    expect((await client.revoke(tokens.refresh_token)).status).toBe(200);
    await expectRefused();
  });

  test('the access token was revoked', async () => {
    expect((await client.revoke(tokens.access_token)).status).toBe(200);
    await expectRefused();
  });

  test('the session was ended', async () => {
    await sessionAt(env, sessionId).revoke('revoked_by_operator', { requestId: 'operator', traceId: 'operator' });
    expect(await session.credential()).toBeUndefined();
    await expectRefused();
  });

  test('a spent refresh token came back', async () => {
    const second = (await client.refresh(tokens.refresh_token)).body;
    await client.refresh(second.refresh_token);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(400);
    await expectRefused();
  });

  test('the backend allows less than it did', async () => {
    const { intercept } = world;
    world.intercept = async (request) => {
      if (!new URL(request.url).pathname.startsWith('/auth/')) return intercept?.(request);
      const answer = await world.neighbour(request);
      return Response.json({ ...(await answer.json<object>()), scopes: ['profile:read', 'notes:read'] });
    };
    expect((await client.refresh(tokens.refresh_token)).body.scope).not.toContain('items');
    // What was consented to and is no longer allowed is not asked for again: the refusal is a result, in words.
    await expectRefused(({ status, body }) => {
      expect(status).toBe(200);
      expect(body.result).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(/^The user's role in Shelf does not allow this/) }],
      });
    });
  });

  test('the object says no for a reason of its own', async () => {
    timeline.object = async (decide) => {
      await decideLate(decide);
      return { kind: 'refused', reason: 'test' };
    };
    const reply = await read();
    expect(reply.status).toBe(401);
    expectNothingOf(reply);
  });

  test('the answer was for another resource', async () => {
    timeline.object = async (decide) => {
      const result = await decideLate(decide);
      return result.kind === 'granted' ? { ...result, audience: tenantUrl('globex') } : result;
    };
    const reply = await read();
    expect(reply.status).toBe(401);
    expectNothingOf(reply);
  });
});

describe('nothing begins early', () => {
  test('with a token that was granted nothing yet', async () => {
    const other = await world.signIn();
    timeline.begin();
    expect((await read(other.tokens.access_token)).status).toBe(200);
    expectLongWay();
  });

  test('with a token that only looks like one', async () => {
    expect((await read(`${tokens.access_token.slice(0, -4)}AAAA`)).status).toBe(401);
    expect(timeline.events).toEqual(['asked', 'refused']);
  });

  test('with a grant that is older than half a minute', async () => {
    pass(30_000);
    expect((await read()).status).toBe(200);
    expectLongWay();
  });

  test('with a credential that has expired', async () => {
    world.backend.set({ token_ttl: 5 });
    const short = await world.signIn();
    await read(short.tokens.access_token);
    const [before] = timeline.bearers.slice(-1);
    pass(5_000);
    timeline.begin();
    expect((await read(short.tokens.access_token)).status).toBe(200);
    expectLongWay();
    expect(timeline.bearers).not.toContain(before);
  });

  test('for a tool that needs more scopes', async () => {
    const narrow = await world.signIn('ada@acme.example', { scope: 'items:read' });
    await read(narrow.tokens.access_token);
    timeline.begin();
    expect((await callTool(narrow.tokens.access_token, 'get_note', { note_id: 'note_0001' })).status).toBe(403);
    expect(timeline.events).toEqual(['asked', 'insufficient_scope']);
  });

  test('at another tenant’s URL', async () => {
    const [acme, globex] = [tenantUrl('acme'), tenantUrl('globex')];
    const { access_token: token } = (await signInAt(world, acme, katherine)).tokens;
    const readAt = (url: string) => callAt(url, token, 'get_item', { item_id: 'item_0001' });
    await readAt(acme);
    timeline.begin();
    expect((await readAt(acme)).status).toBe(200);
    expect(timeline.inOrder(ITEM, 'granted')).toBe(true);
    timeline.begin();
    expect((await readAt(globex)).status).toBe(401);
    expect(timeline.events).toEqual(['asked', 'refused']);
  });
});

describe('what was begun by another grant is thrown away, and done again', () => {
  test('the credential was renewed meanwhile', async () => {
    await read();
    const [old] = timeline.bearers;
    await client.refresh(tokens.refresh_token);
    timeline.begin();
    timeline.object = decideLate;
    timeline.upstream = async (request) => {
      if (request.headers.get('Authorization') !== old) return undefined;
      const stale = (await world.neighbour(request)).json<object>();
      return Response.json({ ...(await stale), name: 'Stale and Sons' });
    };
    const { body } = await read();
    expect(body.result.structuredContent.name).toBe(name);
    expect(JSON.stringify(body)).not.toContain('Stale');
    expect(timeline.bearers).toEqual([old, expect.not.stringMatching(String(old))]);
    await session.nextAlarm();
    const rows = await auditRows('tool_call');
    expect(rows.map(({ outcome }) => outcome)).toEqual(['success', 'success', 'success']);
  });

  test('the caller is another one now', async () => {
    timeline.object = async (decide) => {
      const result = await decide();
      return result.kind === 'granted'
        ? { ...result, caller: { ...result.caller, tenantId: 'globex', userId: 'usr_other' } }
        : result;
    };
    const { body } = await callTool(tokens.access_token, 'whoami');
    expect(JSON.stringify(body)).toContain('usr_other');
  });

  test('its upstream request is given up before that', async () => {
    timeline.object = async (decide) => {
      const result = await decide();
      await timeline.happens(ITEM);
      return result.kind === 'granted' ? { ...result, caller: { ...result.caller, email: 'x@acme.example' } } : result;
    };
    let givenUp: boolean | undefined;
    timeline.upstream = ({ signal }) => {
      givenUp = timeline.requests[0]?.signal.aborted;
      if (timeline.requests.length > 1) return undefined;
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));
    };
    expect((await read()).status).toBe(200);
    expect([timeline.requests.length, givenUp]).toEqual([2, true]);
  });
});

describe('on record', () => {
  test('each has its intent and its outcome once, and took as long as it took', async () => {
    timeline.object = async (decide) => {
      await timeline.happens(ITEM);
      pass(300);
      const result = await decide();
      await timeline.happens('upstream 200');
      return result;
    };
    for (let each = 0; each < 3; each += 1) {
      timeline.begin();
      expect((await read()).status).toBe(200);
      expect(timeline.inOrder(ITEM, 'granted')).toBe(true);
    }
    await session.nextAlarm();
    const rows = await auditRows('tool_call');
    expect(rows.map(({ outcome, reason, tool }) => [outcome, reason, tool])).toEqual(
      Array.from({ length: 4 }, () => ['success', null, 'get_item']),
    );
    expect(new Set(rows.map(({ event_id: id }) => id)).size).toBe(4);
    expect(rows.map(({ duration_ms: ms }) => ms)).toEqual([0, 300, 300, 300]);
  });

  test('a refused one is a refusal, and no call', async () => {
    await client.revoke(tokens.access_token);
    timeline.begin();
    timeline.object = decideLate;
    expect((await read()).status).toBe(401);
    await session.nextAlarm();
    expect((await auditRows('tool_call')).map(({ outcome }) => outcome)).toEqual(['success']);
    expect((await auditRows('refusal')).map(({ reason }) => reason)).toEqual(['invalid_token']);
  });

  const asAda = () => ({
    tenant_id: 'acme',
    user_id: 'usr_0001',
    user_email: 'ada@acme.example',
    session_id: sessionId,
  });
  const ofTheRead = { tool: 'get_item', upstream: 'shelf', arguments_digest: expect.stringMatching(/^[0-9a-f]{64}$/) };

  test('each that reached the API with a revoked token, with its call; and a flood that does not, once a minute', async () => {
    await client.revoke(tokens.access_token);
    timeline.begin();
    const all = Promise.withResolvers<void>();
    timeline.object = async (decide) => {
      await all.promise;
      return decide();
    };
    const replies = Promise.all(Array.from({ length: 6 }, () => read()));
    await until(() => expect(timeline.requests).toHaveLength(6));
    all.resolve();
    expect((await replies).map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 401));
    for (let count = 0; count < 5; count += 1) expect((await read()).status).toBe(401);
    expect(timeline.requests).toHaveLength(6);
    await session.nextAlarm();
    const refusals = await auditRows('refusal');
    const begun = { ...asAda(), ...ofTheRead, client_id: client.clientId, outcome: 'refused', reason: 'invalid_token' };
    expect(refusals.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => expect.objectContaining(begun)));
    expect(refusals.slice(6)).toMatchObject([{ reason: 'invalid_token', tool: null }]);
  });

  test('one that began when the session had ended and was forgotten', async () => {
    await sessionAt(env, sessionId).revoke('test', { requestId: 'test', traceId: 'test' });
    for (let rings = 0; rings < 5 && (await session.nextAlarm()); rings += 1);
    expect(await session.stored()).toEqual({});
    expect((await read()).status).toBe(401);
    expect(timeline.requests).toHaveLength(1);
    await session.nextAlarm();
    expect(await auditRows('refusal')).toMatchObject([{ ...asAda(), ...ofTheRead, client_id: client.clientId }]);
    for (let rings = 0; rings < 5 && (await session.nextAlarm()); rings += 1);
    expect(await session.stored()).toEqual({});
  });
});

describe('in the log', () => {
  const failsFirst = (status: number): void => {
    timeline.upstream = () => (timeline.requests.length === 1 ? Response.json({}, { status }) : undefined);
  };

  test('nothing stands of a read that failed, was thrown away and done again', async () => {
    failsFirst(500);
    timeline.object = async (decide) => {
      const result = await decideLateFrom('upstream 500', decide);
      return result.kind === 'granted' ? { ...result, caller: { ...result.caller, email: 'x@acme.example' } } : result;
    };
    expect((await read()).body.result.structuredContent.name).toBe(name);
    expect(timeline.requests).toHaveLength(2);
    expect(logs.lines().filter(({ event }) => event.startsWith('tool.'))).toEqual([]);
  });

  test('nor of one that was refused', async () => {
    failsFirst(500);
    await client.revoke(tokens.access_token);
    timeline.object = (decide) => decideLateFrom('upstream 500', decide);
    expect((await read()).status).toBe(401);
    expect(logs.lines().filter(({ event }) => event.startsWith('tool.'))).toEqual([]);
  });

  test('but of one that failed for its caller', async () => {
    failsFirst(500);
    expect((await read()).body.result.isError).toBe(true);
    expect(logs.of('tool.upstream_failed')).toMatchObject([{ level: 'warn', tool: 'get_item' }]);
  });
});
