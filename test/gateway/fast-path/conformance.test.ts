// Every message that the conformance suite sends (test/conformance/recorder.ts), each answered by the SDK first and, if it
// is plain, without it then: the same answers.
import { beforeEach, expect, test } from 'vitest';
import { conformance } from '../../conformance/definition';
import messages from '../../conformance/messages.json';
import { catchLogs } from '../../support/logs';
import { World } from '../../support/world';
import { nameOf, newGateway, type Message, type Way } from './ways';

let token: string;
beforeEach(async () => {
  catchLogs();
  const world = await World.begin();
  token = (await world.signIn()).tokens.access_token;
});

interface Recorded {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

const messageOf = ({ method, headers, body }: Recorded): Message => ({
  method,
  headers: Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  body,
});

/** Sends each to a gateway that has seen none of them, and to one that has seen all. @returns how many went which way */
async function sendAll(recorded: readonly Recorded[]): Promise<Record<Way, number>> {
  const seasoned = newGateway(conformance);
  for (const message of recorded) await seasoned(token, messageOf(message));
  const ways: Record<Way, number> = { long: 0, finished: 0, short: 0 };
  for (const message of recorded.map(messageOf)) {
    const long = await newGateway(conformance)(token, message);
    expect(long.way).toBe('long');
    const again = await seasoned(token, message);
    expect(again.answer, nameOf(message)).toEqual(long.answer);
    ways[again.way] += 1;
  }
  return ways;
}

// As many as there are now, or a few less: a newer suite may leave some out, but not all.
test('as they were sent', { timeout: 120_000 }, async () => {
  expect(messages.length).toBeGreaterThan(140);
  const ways = await sendAll(messages);
  expect(ways.short).toBeGreaterThanOrEqual(6);
  expect(ways.finished).toBeGreaterThanOrEqual(3);
});

test('those of a session as if they were of none', { timeout: 60_000 }, async () => {
  const ofSession = (messages as readonly Recorded[]).filter(({ headers }) => headers['mcp-session-id'] !== undefined);
  const ofNone = ofSession.map((message) => ({
    ...message,
    headers: { ...message.headers, 'mcp-session-id': undefined },
  }));
  const ways = await sendAll(ofNone);
  expect(ways.short).toBeGreaterThanOrEqual(5);
  expect(ways.finished).toBeGreaterThanOrEqual(2);
});
