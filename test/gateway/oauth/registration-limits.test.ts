// Registration doesn't sprawl (complaint 5 of the field: thousands of orphaned clients): it can be closed, an address may
// register so many at once, and what nobody uses is swept.
import { createExecutionContext, createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { forgetFailures } from '../../../src/oauth/clients/documents';
import { SWEEP_RUN, sweepClients } from '../../../src/oauth/clients/sweep';
import type { Bindings } from '../../../src/config';
import worker from '../../product/worker';
import { createLog } from '../../../src/shared/log';
import { recordAt } from '../../../src/oauth/store/record-stub';
import { register } from '../../support/clients';
import { catchLogs, type Logs } from '../../support/logs';
import { Browser, gateway, OAuthClient, redirectUri, useGateway } from '../../support/oauth-client';
import { otherGateway } from '../../support/other-gateway';
import { expectPage } from '../../support/pages';
import { openConsent } from '../../support/sign-in';
import { World } from '../../support/world';
import wrangler from '../../../wrangler.toml?raw';

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});
afterEach(() => {
  vi.useRealTimers();
});

const metadata = { client_name: 'x', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' };

describe('an address that registers and registers', () => {
  /** Registers until it is told to wait, or has registered `most`. */
  async function registerFrom(address: (n: number) => string | undefined, most: number): Promise<Response[]> {
    const answers: Response[] = [];
    for (let n = 0; n < most; n += 1) {
      const ip = address(n);
      answers.push(await register(metadata, ip === undefined ? {} : { 'CF-Connecting-IP': ip }));
      if (answers.at(-1)?.status === 429) break;
    }
    return answers;
  }

  test('is told to wait, by a status and a time, and nothing is stored', async () => {
    const answers = await registerFrom(() => '192.0.2.1', 200);
    const last = answers.at(-1)!;
    expect(answers.length).toBeGreaterThan(50);
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(last.headers.get('Cache-Control')).toBe('no-store');
    expect(await last.json()).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) });
    expect(logs.of('address.limited')).toHaveLength(1);
    // Others are not held up by it.
    expect((await register(metadata, { 'CF-Connecting-IP': '192.0.2.2' })).status).toBe(201);
  });

  test('does not get further with the many addresses of one IPv6 host', async () => {
    const answers = await registerFrom((n) => `2001:db8:0:7:${(n + 1).toString(16)}::${n + 1}`, 200);
    expect(answers.at(-1)?.status).toBe(429);
    const spelled = await register(metadata, { 'CF-Connecting-IP': '2001:db8:0:7::1' });
    expect(spelled.status).toBe(429);
    expect((await register(metadata, { 'CF-Connecting-IP': '2001:db8:0:8::1' })).status).toBe(201);
  });

  test('is nobody in front of no Cloudflare, and every address with a limiter that fails', async () => {
    expect((await registerFrom(() => undefined, 110)).at(-1)?.status).toBe(201);
    const broken = { limit: () => Promise.reject(new Error('down')) };
    const request = new Request(new URL('/oauth/register', 'https://gateway.example'), {
      method: 'POST',
      body: JSON.stringify(metadata),
      headers: { 'Content-Type': 'application/json', 'CF-Connecting-IP': '192.0.2.3' },
    }) as Parameters<typeof worker.fetch>[0];
    const bindings = { ...env, REGISTRATION_LIMIT: broken } as unknown as Bindings;
    expect((await worker.fetch(request, bindings, createExecutionContext())).status).toBe(201);
    expect(logs.of('address.limit_failed')).toHaveLength(1);
  });
});

describe('an address that asks for page after page', () => {
  const from = { 'CF-Connecting-IP': '192.0.2.9' };
  const id = 'https://app.example/oauth/client.json';

  test('is told to wait, before anything is fetched for it; Deny and registration are of the same count', async () => {
    const url = await new OAuthClient(id).authorizationUrl();
    const open = (): Promise<Response> => new Browser().open(url, { headers: from });
    let asked = 0;
    let answer = await open();
    for (; answer.status !== 429 && asked < 200; asked += 1) {
      // As for every request a host of its own would be fetched from, which a rest after a failure doesn't stop.
      forgetFailures();
      answer = await open();
    }
    await expectPage(answer, 'too_many_requests');
    expect(answer.headers.get('Retry-After')).toBe('60');
    const fetched = world.sent.length;
    expect(fetched).toBeLessThanOrEqual(100);
    await open();
    expect(world.sent).toHaveLength(fetched);
    const deny = await gateway('/authorize', {
      method: 'POST',
      body: 'decision=deny',
      headers: { ...from, 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(deny.status).toBe(429);
    expect((await register(metadata, from)).status).toBe(429);
    expect(logs.of('address.limited')[0]).toMatchObject({ level: 'warn', path: '/authorize' });
    expect((await new Browser().open(url, { headers: { 'CF-Connecting-IP': '192.0.2.10' } })).status).toBe(503);
  });
});

describe('closed registration (CLIENT_REGISTRATION)', () => {
  const closed = otherGateway({ CLIENT_REGISTRATION: 'closed' });

  test('is not announced, and refused with a reason', async () => {
    useGateway(closed);
    const server = await (await gateway('/.well-known/oauth-authorization-server')).json<Record<string, unknown>>();
    expect(server).not.toHaveProperty('registration_endpoint');
    expect(server['client_id_metadata_document_supported']).toBe(true);
    const answer = await register(metadata);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: 'access_denied', error_description: /registers no clients/ });
    expect((await env.OAUTH_KV.list({ prefix: 'client:' })).keys).toEqual([]);
  });

  test('leaves those alone that have registered before', async () => {
    const { client, tokens } = await world.signIn();
    useGateway(closed);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
    expect(await openConsent(new Browser(), await client.authorizationUrl())).toContain('Test Client');
  });
});

describe('the sweep', () => {
  const DAY = 86_400_000;
  const sweep = async (): Promise<void> => {
    const controller = createScheduledController({ scheduledTime: new Date(Date.now()), cron: '*/5 * * * *' });
    await worker.scheduled(controller, env);
  };
  const known = async (client: OAuthClient): Promise<boolean> =>
    (await new Browser().open(await client.authorizationUrl())).status === 200;
  const inKv = async (): Promise<number> => (await env.OAUTH_KV.list({ prefix: 'client:' })).keys.length;

  test('removes a registration that nobody used for ninety days, and no other', async () => {
    const forgotten = await OAuthClient.register();
    const opened = await OAuthClient.register();
    const { client: signedIn, tokens } = await world.signIn();
    await vi.waitFor(async () => expect(await inKv()).toBe(3));
    let token = tokens.refresh_token;
    for (let month = 0; month < 4; month += 1) {
      world.advance(25 * DAY);
      token = (await signedIn.refresh(token)).body.refresh_token;
      if (month === 1) await openConsent(new Browser(), await opened.authorizationUrl());
      await sweep();
    }
    await vi.waitFor(async () => expect(await inKv()).toBe(2));
    expect((await signedIn.refresh(token)).status).toBe(200);
    expect(await known(opened)).toBe(true);
    await expectPage(await new Browser().open(await forgotten.authorizationUrl()), 'client_unknown');
    expect(logs.of('client.sweep').map(({ removed }) => removed)).toEqual([0, 0, 0, 1]);
  });

  test('goes by the object: a copy that is behind only nominates, and is put right', async () => {
    const client = await OAuthClient.register();
    const key = `client:${client.clientId}`;
    await vi.waitFor(async () => expect(await inKv()).toBe(1));
    await env.OAUTH_KV.put(key, 'stale', { metadata: { usedOn: 1 } });
    await sweep();
    expect(await known(client)).toBe(true);
    expect(logs.of('client.sweep')).toMatchObject([{ asked: 1, removed: 0 }]);
    world.advance(DAY);
    expect(await known(client)).toBe(true);
    await vi.waitFor(async () =>
      expect((await env.OAUTH_KV.getWithMetadata(key)).metadata).toEqual({ usedOn: Math.floor(Date.now() / DAY) }),
    );
  });

  test('removes a copy without a client', async () => {
    await env.OAUTH_KV.put('client:a-copy-alone-123', 'x');
    await sweep();
    expect(await inKv()).toBe(0);
  });

  test('does not let a client go whose sessions may still come back', async () => {
    const client = await OAuthClient.register();
    await vi.waitFor(async () => expect(await inKv()).toBe(1));
    world.advance(100 * DAY);
    const log = createLog({});
    await sweepClients(env, (200 * DAY) / 1000, Date.now(), log);
    expect(await inKv()).toBe(1);
    await sweepClients(env, 0, Date.now(), log);
    expect(await inKv()).toBe(0);
    expect(await known(client)).toBe(false);
  });

  test('keeps up with what one address may register', () => {
    const limits = [...wrangler.matchAll(/simple = \{ limit = (\d+), period = (\d+) \}/g)];
    const crons = [...wrangler.matchAll(/^crons = \["\*\/(\d+) \* \* \* \*"\]$/gm)];
    expect([limits.length, crons.length]).toEqual([2, 2]);
    for (const [index, [, limit, period]] of limits.entries()) {
      const registrations = (Number(limit) * 3600) / Number(period);
      const runs = 60 / Number(crons[index]?.[1]);
      expect(runs * SWEEP_RUN.asks).toBeGreaterThan(registrations);
      expect(runs * SWEEP_RUN.looksAt).toBeGreaterThan(registrations);
    }
  });

  test('goes on where it stopped, a bounded batch at a time, also from a cursor that KV has forgotten', async () => {
    const old = { metadata: { usedOn: 1 } };
    await Promise.all(Array.from({ length: 1_050 }, (_, n) => env.OAUTH_KV.put(`client:${n}`, 'x', old)));
    const asked: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      await sweepClients(env, 0, Date.now(), createLog({}));
      asked.push(Number(logs.of('client.sweep').at(-1)?.['asked']));
    }
    expect(Math.max(...asked)).toBe(SWEEP_RUN.asks);
    expect(await inKv()).toBe(0);
    const list = vi.spyOn(Object.getPrototypeOf(env.OAUTH_KV) as KVNamespace, 'list');
    list.mockRejectedValueOnce(new Error('bad cursor'));
    await recordAt(env, 'sweep:clients').write('a cursor of last week', 600);
    await sweep();
    expect(logs.of('client.sweep_restarted')).toHaveLength(1);
    expect(logs.of('client.sweep').at(-1)).toMatchObject({ done: true });
  });
});
