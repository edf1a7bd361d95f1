// A connector URL of each tenant's own, `/t/{tenant}/mcp`: a protected resource beside `/mcp`, with its own metadata,
// challenge, audience and consent. What it serves is that tenant, and what a stranger learns of it is nothing.
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs, type Logs } from '../../support/logs';
import { Browser, gateway, OAuthClient, redirectUri, resource } from '../../support/oauth-client';
import { expectPage, wayBack } from '../../support/pages';
import { anythingGranted, auditEvent, auditEvents, flushSession, sessionRow } from '../../support/records';
import { attemptSignIn, openConsent } from '../../support/sign-in';
import { backendQuestions, callAt, choose, katherine, signInAt, tenantUrl } from '../../support/tenants';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

const metadataOf = (url: string): string =>
  url.replace('https://gateway.example/', 'https://gateway.example/.well-known/oauth-protected-resource/');
const acme = tenantUrl('acme');
const globex = tenantUrl('globex');

describe('what anybody can see', () => {
  test('each has metadata of its own, with its URL as typed (RFC 9728 §3.3)', async () => {
    const shared = await (await gateway(metadataOf(resource))).json<object>();
    const answer = await gateway(metadataOf(acme));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ...shared, resource: acme, resource_name: 'Shelf (acme)' });
  });

  test('it is the same for a tenant that does not exist, and names none as its data do', async () => {
    const real = await (await gateway(metadataOf(acme))).text();
    const invented = await (await gateway(metadataOf(tenantUrl('nobody')))).text();
    expect(invented).toBe(real.replaceAll('acme', 'nobody'));
    expect(real).not.toContain('Acme');
    expect(world.sent).toEqual([]);
  });

  test('the challenge leads to its own metadata', async () => {
    const { status, challenge } = await callAt(acme, undefined);
    expect(status).toBe(401);
    expect(challenge).toContain(`resource_metadata="${metadataOf(acme)}"`);
    const invented = await callAt(tenantUrl('nobody'), undefined);
    expect(invented).toEqual({
      status,
      text: '',
      structured: undefined,
      challenge: challenge.replace('acme', 'nobody'),
    });
  });

  test('the authorization server has one document, which names no tenant', async () => {
    const answer = await gateway('/.well-known/oauth-authorization-server');
    expect(await answer.json()).toMatchObject({ issuer: 'https://gateway.example', protected_resources: [resource] });
  });

  test.each([
    '/t//mcp',
    '/t/a%2Fb/mcp',
    '/t/%61cme/mcp',
    '/t/acme%2F..%2Fglobex/mcp',
    '/t/acme/mcp/',
    '/t/acme/MCP',
    '/T/acme/mcp',
    '/t/.acme/mcp',
    '/t/acmé/mcp',
    `/t/${'x'.repeat(65)}/mcp`,
    `/t/${'x'.repeat(10_000)}/mcp`,
  ])('nothing is at %.40s, whoever asks', async (path) => {
    const { tokens } = await signInAt(world, acme, 'ada@acme.example');
    expect((await gateway(metadataOf(`https://gateway.example${path}`))).status).toBe(404);
    for (const token of [undefined, tokens.access_token]) {
      const reply = await callAt(`https://gateway.example${path}`, token);
      expect(reply).toMatchObject({ status: 404, challenge: '' });
    }
  });

  test.each(['/t/../mcp', '/t/%2e%2e/mcp', '/t/acme/../../mcp'])(
    '%s is what a URL parser makes of it',
    async (path) => {
      expect((await callAt(`https://gateway.example${path}`, undefined)).challenge).toContain(metadataOf(resource));
    },
  );

  test('a browser gets the page with that connector URL, for any name', async () => {
    for (const tenant of ['acme', 'nobody']) {
      const page = await gateway(`/t/${tenant}`, { headers: { Accept: 'text/html' } });
      const [, address = ''] = /<code class="paste"[^>]*>([^]*?)<\/code/.exec(await page.text()) ?? [];
      expect(address.replaceAll(/<[^>]*>/g, '')).toBe(tenantUrl(tenant));
    }
    expect((await gateway('/t/%61cme', { headers: { Accept: 'text/html' } })).status).toBe(404);
  });

  test('thousands of made-up tenants are answered alike', async () => {
    for (let at = 0; at < 3_000; at += 1) {
      const answer = await gateway(metadataOf(tenantUrl(`made-up-${at}`)));
      expect(await answer.json()).toMatchObject({ resource: tenantUrl(`made-up-${at}`) });
    }
  });
});

describe('consent', () => {
  const headingOf = (page: string): string =>
    (/<h1>(.*?)<\/h1>/s.exec(page)?.[1] ?? '')
      .replaceAll(/<[^>]+>/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim();

  test('names the tenant as the URL does, to a browser that does not know it', async () => {
    const client = await OAuthClient.register({}, acme);
    const page = await openConsent(new Browser(), await client.authorizationUrl());
    expect(headingOf(page)).toBe('Allow the app at client.example to use Shelf for you in the workspace acme?');
    expect(page).not.toContain('Acme');
    const shared = await openConsent(new Browser(), await client.authorizationUrl({ resource }));
    expect(headingOf(shared)).toBe('Allow the app at client.example to use Shelf for you?');
    expect(world.sent).toEqual([]);
  });

  test('that is remembered for one resource counts for no other', async () => {
    const browser = new Browser();
    const client = await OAuthClient.register();
    const asked = async (parameters: { resource: string | undefined }): Promise<boolean> =>
      (await browser.open(await client.authorizationUrl(parameters))).status === 200;
    await attemptSignIn(world, { client, browser, parameters: { resource: acme } });
    expect(await asked({ resource: acme })).toBe(false);
    expect(await asked({ resource: globex })).toBe(true);
    expect(await asked({ resource })).toBe(true);
    expect(await asked({ resource: undefined })).toBe(true);
    await attemptSignIn(world, { client, browser, parameters: { resource } });
    expect(await asked({ resource })).toBe(false);
    expect(await asked({ resource: undefined })).toBe(false);
    expect(await asked({ resource: globex })).toBe(true);
  });

  test('that is remembered makes signing in again a way with nothing but the account to confirm', async () => {
    const browser = new Browser();
    const client = await OAuthClient.register({}, globex);
    await world.authorize(client, katherine, { browser });
    const again = await browser.open(await client.authorizationUrl());
    expect(again.status).toBe(302);
    const back = await browser.open(world.idp.signIn(again.headers.get('Location') ?? '', katherine));
    const page = await back.text();
    for (const text of [katherine, 'Globex Corporation']) expect(page).toContain(text);
    const connected = await choose(browser, page, { decision: 'connect' });
    expect(connected.headers.get('Location')).toMatch(/^https:\/\/client\.example\/callback\?code=/);
  });
});

describe('signing in', () => {
  test('the session is of that tenant, on record and for the backend', async () => {
    const asked = backendQuestions(world);
    const { tokens, sessionId } = await signInAt(world, acme, 'ada@acme.example');
    expect(tokens.resource).toBe(acme);
    expect((await callAt(acme, tokens.access_token)).structured).toMatchObject({ tenant_id: 'acme' });
    expect(asked.map(({ path }) => path)).toEqual(['/auth/tenants', '/auth/verify']);
    expect(asked[0]?.body).toEqual({ email: 'ada@acme.example' });
    expect(asked[1]?.body).toMatchObject({ email: 'ada@acme.example', tenant_id: 'acme' });
    expect(await sessionRow(sessionId)).toMatchObject({ tenant_id: 'acme', status: 'active' });
  });

  test('a person of two tenants uses both at once, each under its own URL, without being asked', async () => {
    const [inAcme, inGlobex] = [await signInAt(world, acme, katherine), await signInAt(world, globex, katherine)];
    const [one, two] = await Promise.all([
      callAt(acme, inAcme.tokens.access_token, 'search_items', { limit: 3 }),
      callAt(globex, inGlobex.tokens.access_token, 'search_items', { limit: 3 }),
    ]);
    expect(one.text).toContain('@acme.example');
    expect(one.text).not.toContain('@globex.example');
    expect(two.text).toContain('@globex.example');
    expect(two.text).not.toContain('@acme.example');
  });

  test.each(['globex', 'nobody', 'ACME', 'acme.'])(
    'someone who is not in %s is told so, and no more',
    async (tenant) => {
      const asked = backendQuestions(world);
      const client = await OAuthClient.register({}, tenantUrl(tenant));
      const answer = await attemptSignIn(world, { client });
      const page = await expectPage(answer, 'not_in_tenant');
      expect(page).toContain('ada@acme.example');
      expect(page).not.toContain('Globex');
      expect(Object.fromEntries(wayBack(page).searchParams)).toMatchObject({
        error: 'access_denied',
        state: 'client-state',
      });
      expect(await anythingGranted()).toBe(false);
      expect(asked.map(({ path }) => path)).toEqual(['/auth/tenants']);
      expect(logs.of('sign_in.failed')).toMatchObject([{ failure: 'not_in_tenant', problem: `not in ${tenant}` }]);
      expect(await auditEvent({ reason: 'not_in_tenant' })).toMatchObject({
        action: 'sign_in',
        outcome: 'refused',
        user_email: 'ada@acme.example',
        tenant_id: null,
        client_id: client.clientId,
      });
    },
  );

  test('another tenant, another page: what each shows differs in nothing but the reference', async () => {
    const pages = [];
    for (const tenant of ['globex', 'nobody']) {
      const client = await OAuthClient.register({}, tenantUrl(tenant));
      const answer = await attemptSignIn(world, { client });
      const page = (await answer.text()).replaceAll(answer.headers.get('X-Request-Id') ?? '', '');
      pages.push(page.replace(/state=[\w-]{43}/, 'state='));
    }
    expect(pages[0]).toBe(pages[1]);
  });
});

describe('a token is good at one URL', () => {
  const everywhere = [resource, acme, globex, tenantUrl('nobody'), tenantUrl('ACME')];

  test.each([acme, globex, resource])(
    'of %s: refused at every other with the challenge of the URL called',
    async (own) => {
      const email = own === globex ? 'grace@globex.example' : 'ada@acme.example';
      const { client, tokens, sessionId } = await signInAt(world, own, email);
      for (const url of everywhere.filter((other) => other !== own)) {
        const before = world.backend.counts().data;
        const reply = await callAt(url, tokens.access_token, 'search_items');
        expect(reply).toMatchObject({ status: 401, text: '' });
        expect(reply.challenge).toContain('error="invalid_token"');
        expect(reply.challenge).toContain(`resource_metadata="${metadataOf(url)}"`);
        expect(world.backend.counts().data).toBe(before);
      }
      expect(logs.of('token.refused').map(({ reason }) => reason)).toEqual(Array(4).fill('other_resource'));
      // It costs the session nothing: the right URL works, before and after a refresh.
      expect((await callAt(own, tokens.access_token)).status).toBe(200);
      const { body } = await client.refresh(tokens.refresh_token, { resource: own });
      expect((await callAt(own, body.access_token)).status).toBe(200);
      expect((await callAt(own === acme ? globex : acme, body.access_token)).status).toBe(401);
      await flushSession(sessionId);
      expect(await auditEvents({ action: 'refusal', reason: 'other_resource' })).toHaveLength(5);
    },
  );

  test('a step-up is asked for at the URL that was called', async () => {
    const { tokens } = await signInAt(world, acme, 'ada@acme.example', { scope: 'items:read' });
    const item = { name: 'Example', kind: 'book' };
    const reply = await callAt(acme, tokens.access_token, 'create_item', item);
    expect(reply.status).toBe(403);
    expect(reply.challenge).toContain(`resource_metadata="${metadataOf(acme)}"`);
  });

  test('so is a new sign-in when access upstream is lost', async () => {
    const { tokens } = await signInAt(world, acme, 'ada@acme.example');
    world.intercept = (request) =>
      new URL(request.url).pathname.startsWith('/v1/')
        ? Response.json({ error: 'invalid_token' }, { status: 401 })
        : undefined;
    const reply = await callAt(acme, tokens.access_token, 'search_items');
    expect(reply.status).toBe(401);
    expect(reply.challenge).toContain(`resource_metadata="${metadataOf(acme)}"`);
  });
});

describe('the resource of a request', () => {
  async function codeFor(url: string): Promise<{ client: OAuthClient; code: string }> {
    const client = await OAuthClient.register({}, url);
    const location = await world.authorize(client, katherine);
    return { client, code: location.searchParams.get('code') ?? '' };
  }

  test.each([globex, resource, tenantUrl('nobody')])(
    'cannot be swapped for %s when the code is redeemed',
    async (other) => {
      const { client, code } = await codeFor(acme);
      expect((await client.redeem(code, { resource: other })).body.error).toBe('invalid_target');
      const { body } = await client.redeem(code);
      expect(body.resource).toBe(acme);
    },
  );

  test('cannot be swapped when a token is refreshed', async () => {
    const { client, tokens } = await signInAt(world, acme, katherine);
    for (const other of [globex, resource])
      expect((await client.refresh(tokens.refresh_token, { resource: other })).body.error).toBe('invalid_target');
  });

  test('may be left out afterwards: it stays the one that was asked for', async () => {
    const { client, code } = await codeFor(globex);
    const { body } = await client.redeem(code, { resource: '' });
    expect(body.resource).toBe(globex);
    expect((await client.refresh(body.refresh_token)).body.resource).toBe(globex);
  });

  test('left out from the start, is the shared one', async () => {
    const client = await OAuthClient.register();
    const answer = await attemptSignIn(world, { client, parameters: { resource: undefined } });
    const code = new URL(answer.headers.get('Location') ?? '').searchParams.get('code') ?? '';
    const { body } = await client.redeem(code, { resource: '' });
    expect(body.resource).toBe(resource);
  });

  test.each([
    'https://gateway.example/t/acme/mcp/',
    'https://gateway.example/t/%61cme/mcp',
    'https://gateway.example/t/acme',
    'https://evil.example/t/acme/mcp',
    'https://gateway.example/t/a%2Fb/mcp',
  ])('must name one: %s', async (stray) => {
    const client = await OAuthClient.register();
    const answer = await new Browser().open(await client.authorizationUrl({ resource: stray }));
    const back = wayBack(await expectPage(answer, 'request_invalid'));
    expect(back.href).toContain(`${redirectUri}?error=invalid_target`);
  });

  test('must name one, not two', async () => {
    const client = await OAuthClient.register({}, acme);
    const url = `${await client.authorizationUrl()}&resource=${encodeURIComponent(globex)}`;
    const page = await expectPage(await new Browser().open(url), 'request_invalid');
    expect(wayBack(page).searchParams.get('error')).toBe('invalid_target');
  });
});
