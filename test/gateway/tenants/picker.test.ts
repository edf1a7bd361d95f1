// A person of several tenants at the connector URL that all share: they choose one right after signing in. What is
// offered is the backend's word for their verified email, and it may be answered once, where the sign-in began. Beside
// that, what the page says when the backend won't have somebody, or can't be asked.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs, type Logs } from '../../support/logs';
import { objectsIn } from '../../support/objects';
import { Browser, OAuthClient, resource, useGateway, sessionIdOf } from '../../support/oauth-client';
import { recordsStored } from '../../support/oauth-records';
import { otherGateway } from '../../support/other-gateway';
import { expectPage, wayBack } from '../../support/pages';
import { anythingGranted, auditEvent, sessionRow } from '../../support/records';
import { allow, attemptSignIn } from '../../support/sign-in';
import {
  backendQuestions,
  callAt,
  choiceAction,
  choices,
  choose,
  katherine,
  signInAt,
  tenantUrl,
} from '../../support/tenants';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
let browser: Browser;
let client: OAuthClient;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
  browser = new Browser();
  client = await OAuthClient.register();
});

/** Signs Katherine in. @returns the page on which she chooses */
async function offered(by = browser): Promise<string> {
  const answer = await attemptSignIn(world, { client, browser: by, email: katherine });
  expect(answer.status).toBe(200);
  return answer.text();
}

const locationOf = (answer: Response): URL => new URL(answer.headers.get('Location') ?? 'none:');

describe('the choice', () => {
  test('offers what the backend says, and grants nothing yet', async () => {
    const asked = backendQuestions(world);
    const page = await offered();
    expect(choices(page)).toEqual(['acme', 'globex']);
    for (const text of ['Acme Industries', 'Globex Corporation', katherine]) expect(page).toContain(text);
    expect(asked).toEqual([{ path: '/auth/tenants', body: { email: katherine } }]);
    expect(await anythingGranted()).toBe(false);
  });

  test.each(['acme', 'globex'])('of %s leads to a session of it, and of no other', async (tenant) => {
    const answer = await choose(browser, await offered(), { tenant });
    expect(answer.status).toBe(302);
    const back = locationOf(answer);
    expect(back.origin + back.pathname).toBe('https://client.example/callback');
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      state: 'client-state',
      iss: 'https://gateway.example',
    });
    const asked = backendQuestions(world);
    const { body } = await client.redeem(back.searchParams.get('code') ?? '');
    expect(asked).toMatchObject([{ path: '/auth/verify', body: { email: katherine, tenant_id: tenant } }]);
    expect(body.resource).toBe(resource);
    expect((await callAt(resource, body.access_token)).structured).toMatchObject({
      tenant_id: tenant,
      email: katherine,
    });
    // The tenant was chosen for this URL only.
    for (const url of [tenantUrl('acme'), tenantUrl('globex')])
      expect((await callAt(url, body.access_token)).status).toBe(401);
    expect(await sessionRow(sessionIdOf(body))).toMatchObject({ tenant_id: tenant });
  });

  test('stays the same when the token is refreshed and the credential renewed', async () => {
    const answer = await choose(browser, await offered(), { tenant: 'globex' });
    const { body } = await client.redeem(locationOf(answer).searchParams.get('code') ?? '');
    const asked = backendQuestions(world);
    const refreshed = await client.refresh(body.refresh_token);
    world.advance(61_000);
    world.intercept = (
      (before) => (request: Request) =>
        request.url.endsWith('/auth/refresh')
          ? Response.json({ error: 'invalid_grant' }, { status: 400 })
          : before?.(request)
    )(world.intercept);
    expect((await callAt(resource, refreshed.body.access_token, 'search_items')).status).toBe(200);
    expect(asked.filter(({ path }) => path === '/auth/verify').map(({ body }) => body['tenant_id'])).toEqual([
      'globex',
      'globex',
    ]);
  });

  test('is not needed by somebody of one', async () => {
    const answer = await attemptSignIn(world, { client, browser });
    expect(answer.status).toBe(302);
    const { body } = await client.redeem(locationOf(answer).searchParams.get('code') ?? '');
    expect((await callAt(resource, body.access_token)).structured).toMatchObject({ tenant_id: 'acme' });
  });

  test('nor by somebody who is left with one', async () => {
    world.backend.user(katherine, 'acme').disabled = true;
    const answer = await attemptSignIn(world, { client, browser, email: katherine });
    const { body } = await client.redeem(locationOf(answer).searchParams.get('code') ?? '');
    expect((await callAt(resource, body.access_token)).structured).toMatchObject({ tenant_id: 'globex' });
  });

  test('may be left: the client is told, and so is the audit trail', async () => {
    const answer = await choose(browser, await offered(), { decision: 'deny' });
    expect(answer.status).toBe(302);
    expect(Object.fromEntries(locationOf(answer).searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'client-state',
    });
    expect(await anythingGranted()).toBe(false);
    expect(await auditEvent({ reason: 'sign_in_denied' })).toMatchObject({ action: 'sign_in', user_email: katherine });
  });

  test('is asked for again at the next sign-in, where consent is not', async () => {
    await choose(browser, await offered(), { tenant: 'acme' });
    const again = await browser.open(await client.authorizationUrl());
    expect(again.status).toBe(302);
    const page = await browser.open(world.idp.signIn(again.headers.get('Location') ?? '', katherine));
    expect(choices(await page.text())).toEqual(['acme', 'globex']);
  });
});

describe('an attack on the choice', () => {
  test.each(['nobody', 'ACME', 'acme ', '', 'acme,globex'])('a tenant that was not offered: "%s"', async (tenant) => {
    const page = await offered();
    await expectPage(await choose(browser, page, { tenant }), 'request_invalid');
    expect(await anythingGranted()).toBe(false);
    expect(await auditEvent({ reason: 'tenant_not_offered' })).toMatchObject({
      outcome: 'refused',
      user_email: katherine,
      tenant_id: null,
    });
    await expectPage(await choose(browser, page, { tenant: 'acme' }), 'sign_in_expired');
  });

  test("another person's tenant, which this one was not offered", async () => {
    const elsewhere = { ...world.backend.user(katherine, 'acme'), id: 'usr_9', tenant: 'initech' };
    world.backend.user(katherine, 'acme').disabled = true;
    world.backend.users.push(elsewhere);
    const page = await offered();
    expect(choices(page)).toEqual(['globex', 'initech']);
    await expectPage(await choose(browser, page, { tenant: 'acme' }), 'request_invalid');
  });

  test.each(['', 'tenant', 'x=y', 'tenant=nobody&tenant=acme'])('a form that says "%s"', async (form) => {
    await expectPage(await choose(browser, await offered(), form), 'request_invalid');
    expect(await anythingGranted()).toBe(false);
  });

  test('a form that is too large', async () => {
    expect.hasAssertions();
    await expectPage(await choose(browser, await offered(), { tenant: 'x'.repeat(20_000) }), 'request_invalid');
  });

  test('a second time: the same button gets the same code, any other nothing', async () => {
    const page = await offered();
    const clicks = await Promise.all([1, 2].map(() => choose(browser, page, { tenant: 'acme' })));
    clicks.push(await choose(browser, page, { tenant: 'acme' }));
    expect(new Set(clicks.map((answer) => locationOf(answer).href)).size).toBe(1);
    expect(new Set(clicks.map((answer) => answer.headers.getSetCookie().join('\n'))).size).toBe(1);
    for (const other of [{ tenant: 'globex' }, { decision: 'deny' }, { decision: 'switch' }])
      await expectPage(await choose(browser, page, other), 'sign_in_expired');
    await expectPage(await choose(new Browser(), page, { tenant: 'acme' }), 'sign_in_expired');
    expect((await client.redeem(locationOf(clicks[2]!).searchParams.get('code') ?? '')).status).toBe(200);
  });

  test('and the code that waits for a second click stands in no record as it is', async () => {
    const code = locationOf(await choose(browser, await offered(), { tenant: 'acme' })).searchParams.get('code') ?? '';
    const [, , secret = ''] = code.split(':');
    expect(secret.length).toBeGreaterThan(20);
    expect(JSON.stringify(await recordsStored())).not.toContain(secret);
  });

  test('too late', async () => {
    const page = await offered();
    world.advance(601_000);
    await expectPage(await choose(browser, page, { tenant: 'acme' }), 'sign_in_expired');
    expect(await anythingGranted()).toBe(false);
  });

  test('in another browser, with none of the cookies or with those of a sign-in of its own', async () => {
    const page = await offered();
    const victim = new Browser();
    await expectPage(await choose(victim, page, { tenant: 'acme' }), 'sign_in_other_browser');
    await offered(victim);
    await expectPage(await choose(victim, page, { tenant: 'acme' }), 'sign_in_other_browser');
    expect(await anythingGranted()).toBe(false);
    expect((await choose(browser, page, { tenant: 'acme' })).status).toBe(302);
  });

  test('with the state of a sign-in that is still at the provider', async () => {
    const atProvider = new URL((await allow({ client, browser })).headers.get('Location') ?? '');
    const action = `/authorize/tenant?state=${atProvider.searchParams.get('state')}`;
    const page = `<form method="post" action="${action}"`;
    await expectPage(await choose(browser, page, { tenant: 'acme' }), 'sign_in_expired');
    expect(await anythingGranted()).toBe(false);
  });

  test('its state at the callback, with a code of the provider', async () => {
    const page = await offered();
    const state = new URL(choiceAction(page), 'https://gateway.example').searchParams.get('state') ?? '';
    const answer = await browser.open(`/callback?code=x&state=${state}`);
    await expectPage(answer, 'sign_in_expired');
    expect(await anythingGranted()).toBe(false);
  });

  test.each(['/authorize/tenant', '/authorize/tenant?state=', '/authorize/tenant?state=invented'])(
    'nobody began it: %s',
    async (action) => {
      expect.hasAssertions();
      await expectPage(await browser.open(action), 'sign_in_expired');
      const page = `<form method="post" action="${action}"`;
      await expectPage(await choose(browser, page, { tenant: 'acme' }), 'sign_in_expired');
    },
  );

  test('the person left the tenant between the choice and the token: the token endpoint has the last word', async () => {
    const answer = await choose(browser, await offered(), { tenant: 'acme' });
    world.backend.user(katherine, 'acme').tenant = 'initech';
    const { status, body } = await client.redeem(locationOf(answer).searchParams.get('code') ?? '');
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'access_denied' });
  });

  test('the backend verifies somebody for another tenant than was chosen: nothing is stored', async () => {
    const answer = await choose(browser, await offered(), { tenant: 'acme' });
    const code = locationOf(answer).searchParams.get('code') ?? '';
    world.intercept = async (request) => {
      if (!request.url.endsWith('/auth/verify')) return undefined;
      const asked = await request.clone().json<{ email: string; scopes: string[] }>();
      return world.neighbour(
        new Request(request, { method: 'POST', body: JSON.stringify({ ...asked, tenant_id: 'globex' }) }),
      );
    };
    const { body } = await client.redeem(code);
    expect(body).toMatchObject({
      error: 'access_denied',
      error_description: expect.stringMatching(/not in the .* workspace/),
    });
    expect((await env.DB.prepare('SELECT * FROM credentials').all()).results).toEqual([]);
    expect((await client.redeem(code)).body.error).toBe('invalid_grant');
  });
});

describe('the backend says no: the page says why', () => {
  test.each([
    ['unknown_user', 'mallory@elsewhere.example'],
    ['user_disabled', 'ada@acme.example'],
  ] as const)('%s', async (reason, email) => {
    world.backend.set({ disable_user: 'ada@acme.example' });
    const page = await expectPage(await attemptSignIn(world, { client, browser, email }), reason);
    expect(page).toContain(email);
    expect(Object.fromEntries(wayBack(page).searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'client-state',
    });
    expect(await anythingGranted()).toBe(false);
    expect(logs.of('sign_in.failed')).toMatchObject([{ failure: reason, level: 'warn' }]);
    expect(logs.text()).not.toContain(email);
    expect(await auditEvent({ reason })).toMatchObject({
      action: 'sign_in',
      user_email: email,
      client_id: client.clientId,
    });
  });

  test('also to who lost access upstream, was challenged, and signs in again', async () => {
    const { client: own, tokens } = await signInAt(world, resource, 'ada@acme.example');
    world.backend.set({ disable_user: 'ada@acme.example', revoke_access_tokens: true });
    expect((await callAt(resource, tokens.access_token, 'search_items')).status).toBe(401);
    await expectPage(await attemptSignIn(world, { client: own }), 'user_disabled');
  });

  test('a list of nobody’s tenants is the same as no account', async () => {
    expect.hasAssertions();
    world.intercept = (request) => (request.url.endsWith('/auth/tenants') ? Response.json({ tenants: [] }) : undefined);
    await expectPage(await attemptSignIn(world, { client, browser }), 'unknown_user');
  });
});

describe('the backend cannot be asked', () => {
  const retry = (page: string): string =>
    (/<a class="button primary" href="([^"]+)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&');

  test('the page says so, and trying again goes on where it stopped', async () => {
    world.backend.set({ fail: { path: '/auth/tenants', status: 503, times: 2 } });
    const first = await expectPage(await attemptSignIn(world, { client, browser }), 'backend_unavailable');
    const second = await expectPage(await browser.open(retry(first)), 'backend_unavailable');
    expect(await anythingGranted()).toBe(false);
    await expectPage(await new Browser().open(retry(second)), 'sign_in_other_browser');
    const answer = await browser.open(retry(second));
    expect(answer.status).toBe(302);
    expect(locationOf(answer).searchParams.has('code')).toBe(true);
    await expectPage(await browser.open(retry(second)), 'sign_in_expired');
    await expectPage(await browser.open(retry(first)), 'sign_in_expired');
  });

  test('trying again leads to the choice, where there is one', async () => {
    world.backend.set({ fail: { path: '/auth/tenants', status: 503, times: 1 } });
    const page = await expectPage(
      await attemptSignIn(world, { client, browser, email: katherine }),
      'backend_unavailable',
    );
    // Nothing was offered there, so nothing can be chosen.
    const form = `<form method="post" action="${retry(page)}"`;
    expect(choices(await (await browser.open(retry(page))).text())).toEqual(['acme', 'globex']);
    await expectPage(await choose(browser, form, { tenant: 'acme' }), 'sign_in_expired');
  });

  test('and nothing can be chosen before it was', async () => {
    expect.hasAssertions();
    world.backend.set({ fail: { path: '/auth/tenants', status: 503, times: 1 } });
    const page = await expectPage(
      await attemptSignIn(world, { client, browser, email: katherine }),
      'backend_unavailable',
    );
    const form = `<form method="post" action="${retry(page)}"`;
    await expectPage(await choose(browser, form, { tenant: 'acme' }), 'request_invalid');
  });

  test.each([
    ['a 404 of some proxy', () => new Response('not here', { status: 404 })],
    ['a 403 with other words', () => Response.json({ error: 'forbidden' }, { status: 403 })],
    ['a denial with status 200', () => Response.json({ error: 'unknown_user' })],
    ['401', () => Response.json({ error: 'unauthorized' }, { status: 401 })],
    ['a list of something else', () => Response.json({ tenants: [{ id: 'acme' }] })],
    ['an id that is empty', () => Response.json({ tenants: [{ tenant_id: '', tenant_name: 'x' }] })],
    ['a page', () => new Response('<html></html>')],
    ['more than anybody has', () => Response.json({ tenants: 'x'.repeat(70_000) })],
    ['a redirect', () => Response.redirect('https://api.example/auth/verify')],
  ])('%s is not a no', async (_what, answer) => {
    world.intercept = (request) => (request.url.endsWith('/auth/tenants') ? answer() : undefined);
    await expectPage(await attemptSignIn(world, { client, browser }), 'backend_unavailable');
    expect(await anythingGranted()).toBe(false);
  });
});

test('names from the backend are text, and only text', async () => {
  const name = '"><script>alert(1)</script>';
  world.intercept = (request) =>
    request.url.endsWith('/auth/tenants')
      ? Response.json({
          tenants: [
            { tenant_id: '"><b>', tenant_name: name },
            { tenant_id: 'b', tenant_name: 'B' },
          ],
        })
      : undefined;
  const page = await offered();
  expect(page).not.toContain('<script');
  expect(page).not.toContain('<b>"');
  expect(choices(page)).toEqual(['&quot;&gt;&lt;b&gt;', 'b']);
});

test('what waits for the choice cannot be read where it is kept', async () => {
  await offered();
  const { keys } = await env.OAUTH_KV.list();
  const inKv = await Promise.all(keys.map(({ name }) => env.OAUTH_KV.get(name)));
  const objects = await objectsIn(env.OAUTH_RECORDS);
  const inObjects = await Promise.all(
    objects.map((id) => runInDurableObject(env.OAUTH_RECORDS.get(id), (_, { storage }) => [...storage.kv.list()])),
  );
  const kept = JSON.stringify([inKv, inObjects]);
  expect(kept).toContain(client.clientId);
  for (const word of ['katherine', 'acme', 'Globex']) expect(kept).not.toContain(word);
});

test('under another configuration the same', async () => {
  useGateway(otherGateway({ CONSENT_KEY: 'another-consent-key-of-thirty-two-characters' }));
  client = await OAuthClient.register();
  expect(choices(await offered())).toEqual(['acme', 'globex']);
});
