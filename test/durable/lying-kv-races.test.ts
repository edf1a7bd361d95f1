// Complaint 2 of the field: codes and refresh tokens that come several times at once, from windows of one client or from
// a client that lost an answer. KV lies throughout, and objects lose their memory in the middle of a race.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { crowd, CROWD, inTurns, openSession, beginCrowd, endCrowd } from '../support/crowd';
import { lieAboutKv, type LyingKv } from '../support/lying-kv';
import { legacyMcp } from '../support/mcp-client';
import { OAuthClient, type TokenAnswer } from '../support/oauth-client';
import { SessionProbe } from '../support/session';

let kv: LyingKv;
let client: OAuthClient;
beforeEach(async () => {
  await beginCrowd();
  kv = lieAboutKv();
  client = await OAuthClient.register();
});
afterEach(() => {
  kv.stop();
  endCrowd();
});

/** Far more than it takes on a quiet machine. */
const TIMEOUT_MS = 600_000;
const works = async (answer: TokenAnswer): Promise<boolean> =>
  (await legacyMcp(answer.body.access_token, 'ping')).status === 200;
const isRefused = ({ status, body }: TokenAnswer): boolean => status === 400 && body.error === 'invalid_grant';

const CODES = 100 * CROWD;
test(
  `${CODES} codes, each redeemed by several at once: each is redeemed once`,
  async () => {
    const redeemed = await inTurns(CODES, async (index) => {
      const { sessionId, code } = await openSession(client);
      if (index % 20 === 0) await new SessionProbe(sessionId).evict();
      const answers = await Promise.all([client.redeem(code), client.redeem(code)]);
      expect(answers.every((answer) => answer.status === 200 || isRefused(answer))).toBe(true);
      return answers.filter(({ status }) => status === 200).length;
    });
    expect(redeemed.filter((count) => count !== 1)).toEqual([]);
  },
  TIMEOUT_MS,
);

const SESSIONS = 5 * CROWD;
const RACES = 20;
test(
  `${SESSIONS * RACES} refresh tokens, each used by several at once: everybody ends with a working token, nobody is locked out`,
  async () => {
    const members = await crowd(client, SESSIONS);
    const races = await inTurns(SESSIONS, async (session) => {
      const member = members[session]!;
      const lockouts: number[] = [];
      for (let race = 0; race < RACES; race += 1) {
        const before = member.tokens.refresh_token;
        const answers = await Promise.all([client.refresh(before), client.refresh(before), client.refresh(before)]);
        // An answer got lost, and with an eviction the memory of it, too.
        if (race % 10 === 0) {
          await new SessionProbe(member.sessionId).evict();
          answers.push(await client.refresh(before));
        }
        const good = answers.filter(({ status }) => status === 200);
        expect(answers.every((answer) => answer.status === 200 || isRefused(answer))).toBe(true);
        const distinct = [...new Map(good.map((answer) => [answer.body.access_token, answer])).values()];
        const alive = await Promise.all(distinct.map(works));
        if (good.length === 0 || !alive.every(Boolean)) lockouts.push(race);
        // The client goes on with what it got last, whichever that is.
        member.tokens = good.at(-1)?.body ?? member.tokens;
      }
      return lockouts;
    });
    expect(races.flat()).toEqual([]);
    const last = await Promise.all(members.map(({ tokens }) => client.refresh(tokens.refresh_token)));
    expect(last.every(({ status }) => status === 200)).toBe(true);
  },
  TIMEOUT_MS,
);
