// Tenants' URLs before a backend that cannot list tenants: verify decides, and a URL only holds it to the tenant that it
// names. And what holds any backend to the tenant of a session, whatever it answers later.
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import { newSessionId, subjectOf } from '../../../src/crypto/subject';
import type { GatewayDefinition } from '../../../src/define/gateway';
import { product } from '../../product/definition';
import { servesAt } from '../../../src/session/record';
import { catchLogs } from '../../support/logs';
import { OAuthClient, resource, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { sessionRow } from '../../support/records';
import { attemptSignIn } from '../../support/sign-in';
import { backendQuestions, callAt, signInAt, tenantUrl } from '../../support/tenants';
import { testVars } from '../../support/vars';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
});

const acme = tenantUrl('acme');
const globex = tenantUrl('globex');

describe('a backend that cannot list tenants', () => {
  beforeEach(() => {
    const { tenantsPath: _, ...credential } = product.upstream.credential;
    const definition: GatewayDefinition = { ...product, upstream: { ...product.upstream, credential } };
    useGateway(otherGateway({}, definition));
  });

  test.each([acme, resource])('is asked to verify, in the words it knows: %s', async (url) => {
    const asked = backendQuestions(world);
    const { tokens } = await signInAt(world, url, 'ada@acme.example');
    expect((await callAt(url, tokens.access_token)).structured).toMatchObject({ tenant_id: 'acme' });
    expect(asked.map(({ path }) => path)).toEqual(['/auth/verify']);
    expect(Object.keys(asked[0]?.body ?? {})).toEqual(['email', 'scopes']);
  });

  test('cannot put one tenant behind the URL of another: access_denied, and nothing is kept', async () => {
    const client = await OAuthClient.register({}, globex);
    const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code') ?? '';
    const { status, body } = await client.redeem(code);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'access_denied' });
    expect(body.error_description).toMatch(/^ada@acme\.example is not in the Shelf API workspace/);
    expect((await client.redeem(code)).body.error).toBe('invalid_grant');
    expect((await env.DB.prepare('SELECT * FROM credentials').all()).results).toEqual([]);
  });

  test('leaves somebody unknown to the token endpoint', async () => {
    const client = await OAuthClient.register();
    const answer = await attemptSignIn(world, { client, email: 'mallory@elsewhere.example' });
    const code = new URL(answer.headers.get('Location') ?? '').searchParams.get('code') ?? '';
    expect((await client.redeem(code)).body.error).toBe('access_denied');
  });
});

describe('a session stays in its tenant', () => {
  /** The backend answers as if the user were in another tenant, whatever it is asked. */
  async function moved(): Promise<void> {
    world.intercept = async (request) => {
      if (request.url.endsWith('/auth/refresh')) return Response.json({ error: 'invalid_grant' }, { status: 400 });
      if (!request.url.endsWith('/auth/verify')) return undefined;
      const answer = await world.neighbour(request);
      return Response.json({
        ...(await answer.json<object>()),
        tenant_id: 'globex',
        tenant_name: 'Globex Corporation',
      });
    };
  }

  test.each([acme, resource])('at a refresh: %s', async (url) => {
    const { client, tokens, sessionId } = await signInAt(world, url, 'ada@acme.example');
    await moved();
    expect((await client.refresh(tokens.refresh_token)).body.error).toBe('invalid_grant');
    expect((await callAt(url, tokens.access_token)).status).toBe(401);
    expect(await sessionRow(sessionId)).toMatchObject({ tenant_id: 'acme', end_reason: 'identity_changed' });
  });

  test('when its credential is renewed', async () => {
    const { tokens, sessionId } = await signInAt(world, acme, 'ada@acme.example');
    await moved();
    world.advance(61_000);
    expect((await callAt(acme, tokens.access_token, 'search_items')).status).toBe(401);
    expect(await sessionRow(sessionId)).toMatchObject({ tenant_id: 'acme', end_reason: 'identity_changed' });
  });

  test('at a call, even if its audience did not tell: audience and tenant both have to agree', () => {
    const user = { userId: 'usr_0001', tenantId: 'acme', tenantName: 'Acme Industries' };
    const issuer = 'https://gateway.example';
    expect(servesAt({ resource: acme, user }, acme, issuer)).toBe(true);
    expect(servesAt({ resource, user }, resource, issuer)).toBe(true);
    expect(servesAt({ resource: globex, user }, globex, issuer)).toBe(false);
    expect(servesAt({ resource, user }, acme, issuer)).toBe(false);
    expect(servesAt({ resource: acme, user }, resource, issuer)).toBe(false);
    expect(servesAt({ resource: acme, user }, 'https://evil.example/t/acme/mcp', issuer)).toBe(false);
  });
});

test('a client that comes back to a session long forgotten hears that its grant is gone, and signs in anew', async () => {
  const key = Uint8Array.fromBase64(testVars.SESSION_KEY);
  const client = await OAuthClient.register({}, acme);
  for (const token of [`${subjectOf(newSessionId(), key)}:grant:secret`, 'never:issued:here', 'garbage'])
    for (const url of [acme, resource])
      expect((await client.refresh(token, { resource: url })).body.error).toBe('invalid_grant');
});
