// A whole life of a session, well and badly, with every secret of it collected: none may stand in any log line.
import { beforeEach, expect, test } from 'vitest';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { Browser, OAuthClient, sessionIdOf } from '../../support/oauth-client';
import { flushSession } from '../../support/records';
import { attemptSignIn, openConsent } from '../../support/sign-in';
import { choiceAction, choose, katherine } from '../../support/tenants';
import { testVars } from '../../support/vars';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

const email = 'ada@acme.example';

/** Every secret that the neighbours are sent or send, by the name of its field. */
function wiretap(): Map<string, string> {
  const heard = new Map<string, string>();
  const secret = /token|secret|code|verifier|nonce/;
  const listen = (fields: Iterable<[string, unknown]>): void => {
    for (const [name, value] of fields)
      if (typeof value === 'string' && value.length > 12 && secret.test(name) && name !== 'token_type')
        heard.set(`${name} ${heard.size}`, value);
  };
  world.intercept = async (request) => {
    listen(new URLSearchParams(request.method === 'POST' ? await request.clone().text() : ''));
    const authorization = request.headers.get('Authorization');
    if (authorization) heard.set(`authorization ${heard.size}`, authorization.replace(/^\w+ /, ''));
    const answer = await world.neighbour(request);
    const body: unknown = await answer
      .clone()
      .json()
      .catch(() => null);
    if (body !== null && typeof body === 'object') listen(Object.entries(body));
    return answer;
  };
  return heard;
}

test('no code, token, state, handle, verifier, id_token, upstream token, cookie or email in any line', async () => {
  const secrets = wiretap();
  const browser = new Browser();
  const note = (name: string, value: string | null | undefined): string => {
    if (!value) throw new Error(`no ${name}`);
    secrets.set(`${name} ${secrets.size}`, value);
    return value;
  };

  // The way in.
  const client = await OAuthClient.register();
  note('client verifier', client.verifier);
  const page = await openConsent(browser, await client.authorizationUrl({ state: 'a-state-of-the-client' }));
  note('handle', /name="handle" value="([^"]+)"/.exec(page)?.[1]);
  note('client state', 'a-state-of-the-client');
  const atProvider = (await browser.submit(page, 'approve')).headers.get('Location') ?? '';
  const asked = new URL(atProvider).searchParams;
  note('state', asked.get('state'));
  note('nonce', asked.get('nonce'));
  for (const value of browser.cookies.values()) note('cookie', value);
  const callback = world.idp.signIn(atProvider, email);
  note('provider code', new URL(callback).searchParams.get('code'));
  const back = await browser.open(callback);
  const code = note('code', new URL(back.headers.get('Location') ?? '').searchParams.get('code'));

  // Things that go wrong, with real secrets in hand.
  await browser.open(callback);
  await new Browser().open(callback);
  await new Browser().submit(page, 'approve');
  await client.redeem(code, { code_verifier: 'a-wrong-verifier-of-at-least-forty-three-characters' });
  await (await OAuthClient.register()).redeem(code);
  world.backend.set({ fail: { path: '/auth/verify', status: 503, times: 3 } });
  await client.redeem(code);

  // A session, its failures, and its end.
  const first = (await client.redeem(code)).body;
  const second = (await client.refresh(first.refresh_token)).body;
  for (const { access_token: access, refresh_token: refresh } of [first, second]) {
    note('access token', access);
    note('refresh token', refresh);
  }
  await callTool(second.access_token, 'search_items');
  world.backend.set({ revoke_access_tokens: true });
  await callTool(second.access_token, 'search_items');
  world.backend.set({ fail: { path: '/v1/', status: 500, times: 9 } });
  await callTool(second.access_token, 'search_items');
  await callTool(`${second.access_token}x`, 'whoami');
  await client.redeem(code);
  await callTool(second.access_token, 'whoami');
  await client.refresh(second.refresh_token);
  await flushSession(sessionIdOf(second));

  // The provider lies, and another user isn't known.
  world.idp.lies = { claims: { email_verified: false } };
  await world.authorize(client, email).catch(() => undefined);
  world.idp.lies = { badSignature: true };
  await world.authorize(client, email).catch(() => undefined);
  world.idp.lies = {};
  await attemptSignIn(world, { client, email: 'mallory@elsewhere.example' });
  world.backend.set({ fail: { path: '/auth/tenants', status: 503, times: 1 } });
  await attemptSignIn(world, { client, email });

  // Somebody of two tenants chooses, in the right browser and in the wrong one, and once too often.
  const chooser = new Browser();
  const choice = await (await attemptSignIn(world, { client, browser: chooser, email: katherine })).text();
  note('state of a choice', choiceAction(choice).split('state=')[1] ?? null);
  await choose(new Browser(), choice, { tenant: 'acme' });
  const chosen = await choose(chooser, choice, { tenant: 'acme' });
  const forAcme = new URL(chosen.headers.get('Location') ?? '').searchParams.get('code');
  await client.redeem(note('code', forAcme));
  await choose(chooser, choice, { tenant: 'acme' });

  note('email', email);
  note('email', 'mallory@elsewhere.example');
  note('email', katherine);
  for (const name of ['IDP_CLIENT_SECRET', 'PRODUCT_ADMIN_TOKEN', 'CONSENT_KEY', 'SESSION_KEY'] as const)
    note(name, testVars[name]);

  expect(logs.lines().length).toBeGreaterThan(12);
  const text = logs.text();
  expect([...secrets.keys()].join()).toMatch(/id_token.*access_token.*refresh_token/);
  for (const [name, value] of secrets)
    for (const form of [value, encodeURIComponent(value)])
      expect(text.includes(form), `${name} in a log line`).toBe(false);
});
