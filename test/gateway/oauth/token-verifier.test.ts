// The door for tokens of an external authorization server: a second verifier maps them to sessions, and everything behind
// it serves them like our own. The verifier of this test takes JWTs of one issuer (RFC 9068), checked by jose.
import { beforeEach, describe, expect, test } from 'vitest';
import { generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { product } from '../../product/definition';
import { ownTokens, type TokenVerifier } from '../../../src/oauth/token-verifier';
import { FOREIGN_ISSUER, openForeignSession } from '../../support/foreign-session';
import { catchLogs } from '../../support/logs';
import { callTool, mcp, type McpReply } from '../../support/mcp-client';
import { resource, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { World } from '../../support/world';

const SESSION = 'foreign-session-000001';
const keys = generateKeyPair('ES256');
const stranger = generateKeyPair('ES256');

/** Sessions by the subject of a token. */
const sessions = new Map([['ada', SESSION]]);
const theirTokens: TokenVerifier = {
  async locate(token, called) {
    try {
      const { payload } = await jwtVerify(token, (await keys).publicKey, {
        issuer: FOREIGN_ISSUER,
        audience: called,
        algorithms: ['ES256'],
        requiredClaims: ['sub', 'exp', 'scope'],
      });
      const sessionId = sessions.get(payload.sub ?? '');
      const scopes = String(payload['scope']).split(' ');
      if (sessionId === undefined) return undefined;
      return { sessionId, verified: { scopes, audience: called, expiresAt: (payload.exp ?? 0) * 1_000 } };
    } catch {
      return undefined;
    }
  },
};

async function tokenOf(claims: JWTPayload = {}, pair = keys): Promise<string> {
  const payload = { iss: FOREIGN_ISSUER, sub: 'ada', aud: resource, scope: 'profile:read items:read', ...claims };
  const token = new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' }).setIssuedAt();
  return token.setExpirationTime('5m').sign((await pair).privateKey);
}

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  useGateway(otherGateway({}, product, { verifiers: [ownTokens, theirTokens] }));
});

const open = () => openForeignSession(SESSION, { kind: 'idle', idleMs: 3_600_000, endsAt: Date.now() + 86_400_000 });
const readLead = (token: string): Promise<McpReply> => callTool(token, 'get_item', { item_id: 'item_0001' });

describe('a token of another issuer', () => {
  test('reaches its session, whose credential reads from the upstream', async () => {
    const session = await open();
    const reply = await readLead(await tokenOf());
    expect(reply.status).toBe(200);
    expect(reply.body.result.structuredContent.id).toBe('item_0001');
    const events = (await session.outbox()).map(({ event }) => event);
    expect(events.find(({ action }) => action === 'tool_call')).toMatchObject({
      tool: 'get_item',
      tenantId: 'acme',
      clientId: 'partner-app',
      sessionId: SESSION,
    });
  });

  test('is served again and again, also once its read begins early', async () => {
    await open();
    const token = await tokenOf();
    for (let call = 0; call < 3; call += 1) expect((await readLead(token)).body.result.isError).toBeUndefined();
  });

  test('may do what its scopes and its session allow, both', async () => {
    await open();
    const narrow = await mcp(await tokenOf({ scope: 'profile:read' }), 'tools/list');
    expect(narrow.body.result.tools.map(({ name }: { name: string }) => name)).not.toContain('get_item');
    const wide = await mcp(await tokenOf({ scope: '*' }), 'tools/list');
    expect(wide.body.result.tools.map(({ name }: { name: string }) => name)).not.toContain('create_item');
  });

  test.each<[string, JWTPayload, typeof keys]>([
    ['signed by somebody else', {}, stranger],
    ['of an issuer that nobody trusts', { iss: 'https://elsewhere.example' }, keys],
    ['for another resource', { aud: 'https://elsewhere.example/mcp' }, keys],
    ['of a subject without a session', { sub: 'grace' }, keys],
  ])('%s is refused with 401, and wakes no object', async (_what, claims, pair) => {
    const session = await open();
    const before = await session.outbox();
    const reply = await readLead(await tokenOf(claims, pair));
    expect(reply.status).toBe(401);
    expect(reply.headers.get('WWW-Authenticate')).toContain('resource_metadata=');
    expect(await session.outbox()).toEqual(before);
    expect(world.sent).toEqual([]);
  });

  test('is refused by a session that lives with a grant of ours', async () => {
    const { sessionId, tokens } = await world.signIn();
    sessions.set('thief', sessionId);
    expect((await readLead(await tokenOf({ sub: 'thief' }))).status).toBe(401);
    expect((await readLead(tokens.access_token)).status).toBe(200);
  });
});
