// Where data may be is decided at the first start and can't be changed by a variable: nothing is stored elsewhere, and
// nobody loses a session over it. workerd has no jurisdictions, so the namespaces here are given some.
import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import { createGateway } from '../../../src/gateway';
import { product } from '../../product/definition';
import { realNamespaces } from '../../support/jurisdictions';
import { catchLogs, type Logs } from '../../support/logs';
import { mcp } from '../../support/mcp-client';
import { gateway, useGateway } from '../../support/oauth-client';
import { World } from '../../support/world';

const MARK = 'OAUTH_RECORDS deployment:jurisdiction';
let logs: Logs;
let world: World;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

/** An isolate of its own with this DATA_JURISDICTION. @returns which objects it asks, in order, and how often D1 */
function start(
  jurisdiction: string,
  bindings: Record<string, unknown> = {},
): { asked: string[]; batches: () => number } {
  const { handler } = createGateway(product);
  const { namespaces, asked } = realNamespaces();
  let batches = 0;
  const db = {
    prepare: (sql: string) => env.DB.prepare(sql),
    batch: (statements: D1PreparedStatement[]) => {
      batches += 1;
      return env.DB.batch(statements);
    },
  };
  const own = { ...env, ...namespaces, DB: db, DATA_JURISDICTION: jurisdiction, ...bindings };
  useGateway(async (request) => handler.fetch(request as never, own as never, createExecutionContext()));
  return { asked, batches: () => batches };
}

const kept = async () => (await env.DB.prepare('SELECT setting, value FROM deployment').all()).results;
const down = {
  prepare: () => ({ bind: () => ({}) }),
  batch: async () => {
    throw new Error('D1 is down');
  },
};

const storing = [
  ['GET', '/healthz'],
  ['GET', '/authorize'],
  ['POST', '/authorize'],
  ['GET', '/callback'],
  ['POST', '/authorize/tenant'],
  ['POST', '/oauth/token'],
  ['POST', '/oauth/register'],
] as const;

test.each([
  ['eu', 'eu'],
  ['', 'none'],
])('the first start decides: %s', async (jurisdiction, value) => {
  start(jurisdiction);
  expect((await gateway('/healthz')).status).toBe(200);
  expect(await kept()).toEqual([{ setting: 'data_jurisdiction', value }]);
});

test('an isolate looks once, and D1 is asked at the first start only', async () => {
  const first = start('eu');
  for (const [method, path] of storing) await gateway(path, { method });
  expect(first.asked.filter((name) => name.endsWith(MARK))).toEqual([`eu: ${MARK}`, `eu: ${MARK}`]); // read, written
  expect(first.batches()).toBe(1);
  const second = start('eu');
  for (const [method, path] of storing) await gateway(path, { method });
  expect(second.asked.filter((name) => name.endsWith(MARK))).toEqual([`eu: ${MARK}`]);
  expect(second.batches()).toBe(0);
});

test.each([
  ['eu', 'us', '"eu" at this deployment’s first start and is "us" now'],
  ['eu', '', '"eu" at this deployment’s first start and is "none" now'],
  ['', 'eu', '"none" at this deployment’s first start and is "eu" now'],
])('a change from “%s” to “%s” is refused, and stores nothing', async (before, after, words) => {
  start(before);
  await gateway('/healthz');
  for (const [method, path] of storing) {
    const { asked } = start(after);
    const answer = await gateway(path, { method });
    expect(answer.status, path).toBe(500);
    expect(await answer.text()).not.toMatch(/jurisdiction/i);
    // It was looked for, and that is all.
    expect(asked).toEqual([`${after && `${after}: `}${MARK}`]);
    // From then on nothing at all is served.
    expect((await gateway('/')).status).toBe(500);
    expect((await mcp(undefined, 'tools/list')).status).toBe(500);
    expect(asked).toHaveLength(1);
  }
  expect((await env.OAUTH_KV.list()).keys).toEqual([]);
  expect(logs.of('configuration.invalid')[0]).toMatchObject({
    variable: 'DATA_JURISDICTION',
    problem: expect.stringContaining(words.replace('’', "'")),
  });
  start(before);
  expect((await gateway('/healthz')).status).toBe(200);
});

test('a client whose session lies elsewhere is not told to sign in again, and a call waits for nothing', async () => {
  // The deployed one has decided for an earlier database, and doesn't look again.
  start('');
  const { tokens, sessionId } = await world.signIn();
  const cold = start('');
  const call = () => mcp(tokens.access_token, 'tools/call', { name: 'count_items', arguments: {} });
  expect((await call()).status).toBe(200);
  expect(cold.asked).toEqual(expect.arrayContaining([`SESSIONS ${sessionId}`]));
  expect(cold.asked.join()).not.toContain('OAUTH_RECORDS');
  expect(cold.batches()).toBe(0);

  start('eu');
  const reply = await call();
  expect(reply.status).toBe(500);
  expect(reply.headers.get('WWW-Authenticate')).toBeNull();
});

test('without D1 a deployment can’t start for the first time, and one that has runs on', async () => {
  start('eu', { DB: down });
  expect((await gateway('/healthz')).status).toBe(500);
  expect(logs.of('configuration.invalid')).toMatchObject([
    { variable: 'DB', problem: expect.stringMatching(/D1 is down.*schema\.sql/) },
  ]);
  start('eu');
  expect((await gateway('/healthz')).status).toBe(200);
  start('eu', { DB: down });
  expect((await gateway('/healthz')).status).toBe(200);
  // And a change that nobody can look up is no better than one that is known.
  start('us', { DB: down });
  expect((await gateway('/healthz')).status).toBe(500);
});
