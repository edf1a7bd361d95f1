// How the outcomes of calls reach their session: with its next call where one follows, by themselves where none does,
// and into the audit trail either way.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Outcome } from '../../../src/audit/event';
import type { AuthorizeInput, SessionStub } from '../../../src/session/stub';
import { callTool, mcp } from '../../support/mcp-client';
import { auditRows, leave, SessionProbe, stopClock, until } from '../../support/session';
import { World } from '../../support/world';

let world: World;
let token: string;
let session: SessionProbe;
/** What the session's object is asked, with how many outcomes came along. */
let asked: string[];
/** Instead of the object, where it is set. */
let instead: ((name: string) => unknown) | undefined;
/** Ends the second that outcomes wait for the next call of their session, and the second after that. */
let waitIsOver: () => void;
let testIsOver: () => void;

beforeEach(async () => {
  world = await World.begin();
  stopClock();
  const { sessionId, tokens } = await world.signIn();
  token = tokens.access_token;
  session = new SessionProbe(sessionId);
  await session.nextAlarm();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  waitIsOver = () => {
    first.resolve();
    world.outcomesWait = () => second.promise;
  };
  testIsOver = () => second.resolve();
  world.outcomesWait = () => first.promise;
  asked = [];
  instead = undefined;
  await session.look((_state, instance) => {
    const methods = Object.getPrototypeOf(instance) as SessionStub;
    const spyOn = (
      name: 'authorize' | 'complete',
      outcomesOf: (input: never) => readonly Outcome[] | undefined,
    ): void => {
      const method = methods[name];
      vi.spyOn(methods, name).mockImplementation(function (this: unknown, input: AuthorizeInput | readonly Outcome[]) {
        asked.push(`${name} ${outcomesOf(input as never)?.length ?? 0}`);
        return (instead?.(name) ?? Reflect.apply(method, this, [input])) as never;
      });
    };
    spyOn('authorize', ({ ended }: AuthorizeInput) => ended);
    spyOn('complete', (ended: readonly Outcome[]) => ended);
  });
});
afterEach(() => {
  waitIsOver();
  testIsOver();
  return leave();
});

const getLead = () => callTool(token, 'get_item', { item_id: 'item_0001' });
const outcomes = async () => (await auditRows('tool_call')).map(({ outcome }) => outcome);

test('calls that follow each other ask the session once each; the last outcome is sent by itself', async () => {
  for (let call = 0; call < 3; call += 1) expect((await getLead()).status).toBe(200);
  expect(asked).toEqual(['authorize 0', 'authorize 1', 'authorize 1']);
  waitIsOver();
  await session.nextAlarm();
  expect(asked.slice(3)).toEqual(['complete 1']);
  expect(await outcomes()).toEqual(['success', 'success', 'success']);
});

test('the outcome of a single call is sent by itself', async () => {
  await getLead();
  waitIsOver();
  await session.nextAlarm();
  expect(asked).toEqual(['authorize 0', 'complete 1']);
  expect(await outcomes()).toEqual(['success']);
});

test('calls that end together and are followed by none are reported in one request', async () => {
  const parallel = Array.from({ length: 5 }, getLead);
  expect((await Promise.all(parallel)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  waitIsOver();
  await session.nextAlarm();
  const carried = asked.map((each) => Number(each.split(' ')[1])).reduce((sum, count) => sum + count, 0);
  expect(carried).toBe(5);
  expect(asked.filter((each) => each.startsWith('complete')).length).toBeLessThanOrEqual(1);
  expect(await outcomes()).toEqual(Array(5).fill('success'));
});

test('an outcome travels with whatever its session is asked next, granted or not', async () => {
  await getLead();
  const forged = `${token.slice(0, -4)}AAAA`;
  expect((await mcp(forged, 'tools/list')).status).toBe(401);
  expect(asked).toEqual(['authorize 0', 'authorize 1']);
  await session.nextAlarm();
  expect(await outcomes()).toEqual(['success']);
});

test('an outcome whose carrier fails goes with the next call', async () => {
  await getLead();
  instead = () => Promise.reject(new Error('the object is unreachable'));
  expect((await getLead()).status).toBe(503);
  instead = undefined;
  expect((await getLead()).status).toBe(200);
  expect(asked).toEqual(['authorize 0', 'authorize 1', 'authorize 1']);
  waitIsOver();
  await session.nextAlarm();
  expect(await outcomes()).toEqual(['success', 'success']);
});

test('an outcome whose carrier fails is sent by itself when no other comes', async () => {
  await getLead();
  instead = () => Promise.reject(new Error('the object is unreachable'));
  expect((await getLead()).status).toBe(503);
  instead = undefined;
  waitIsOver();
  await session.nextAlarm();
  expect(asked).toEqual(['authorize 0', 'authorize 1', 'complete 1']);
  expect(await outcomes()).toEqual(['success']);
});

test('the outcome of a call whose session ends meanwhile is on record', async () => {
  await getLead();
  await session.look((_state, instance) =>
    (instance as unknown as SessionStub).revoke('test', { requestId: 'r', traceId: 't' }),
  );
  expect((await getLead()).status).toBe(401);
  expect(asked).toEqual(['authorize 0', 'authorize 1']);
  await session.nextAlarm();
  expect(await outcomes()).toEqual(['success']);
  await until(async () => expect(await session.stored()).toEqual({}));
});
