// Complaint 1 of the field: "the connector signs in, and its first call is refused". KV shows nobody anything that is
// younger than a minute here, objects lose their memory in between, and every token is used the moment it is there.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { crowd, CROWD, inTurns, beginCrowd, endCrowd, type Member } from '../support/crowd';
import { lieAboutKv, type LyingKv } from '../support/lying-kv';
import { legacyMcp } from '../support/mcp-client';
import { OAuthClient } from '../support/oauth-client';
import { SessionProbe } from '../support/session';

let kv: LyingKv;
beforeEach(async () => {
  await beginCrowd();
  kv = lieAboutKv();
});
afterEach(() => {
  kv.stop();
  endCrowd();
});

const SESSIONS = 10 * CROWD;
const TOKENS_EACH = 100;
/** Far more than it takes on a quiet machine. */
const TIMEOUT_MS = 600_000;
const firstCall = async (member: Member): Promise<number> =>
  (await legacyMcp(member.tokens.access_token, 'ping')).status;

test(
  `${SESSIONS * TOKENS_EACH} first calls after issue: not one is refused, and after revocation not one is accepted`,
  async () => {
    const client = await OAuthClient.register();
    const members = await crowd(client, SESSIONS);
    const issued = new Set<string>();
    const refused: string[] = [];
    await inTurns(SESSIONS, async (index) => {
      const member = members[index]!;
      for (let turn = 0; turn < TOKENS_EACH; turn += 1) {
        if (turn > 0) member.tokens = (await client.refresh(member.tokens.refresh_token)).body;
        issued.add(member.tokens.access_token);
        if (turn % 50 === 1) await new SessionProbe(member.sessionId).evict();
        const status = await firstCall(member);
        if (status !== 200) refused.push(`session ${index}, token ${turn}: ${status}`);
      }
    });
    expect(issued.size).toBe(SESSIONS * TOKENS_EACH);
    expect(refused).toEqual([]);
    await inTurns(SESSIONS, async (index) => {
      const member = members[index]!;
      await client.revoke(member.tokens.refresh_token);
      if (index % 2 === 0) await new SessionProbe(member.sessionId).evict();
      const after = await Promise.all([firstCall(member), firstCall(member), firstCall(member)]);
      expect(after).toEqual([401, 401, 401]);
      expect(await client.refresh(member.tokens.refresh_token)).toMatchObject({ body: { error: 'invalid_grant' } });
    });
  },
  TIMEOUT_MS,
);
