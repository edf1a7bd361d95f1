// The demo CRM's data: lists and pages, errors that name fields, and switches that other tests can rely on.
import { beforeEach, describe, expect, test } from 'vitest';
import { internalDetail } from '../../demo/crm/app.ts';
import {
  adminToken,
  call,
  counts,
  get,
  post,
  refresh,
  startAfresh,
  switches,
  tokenOf,
  verify,
} from './demo-crm-client.ts';

beforeEach(startAfresh);

describe('data', () => {
  test('pages cover a list once, newest change first', async () => {
    const ada = await tokenOf('ada@acme.example');
    const seen: { id: string; updated_at: string }[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await get(`/v1/tickets?limit=50&cursor=${encodeURIComponent(cursor)}`, ada);
      seen.push(...body.items);
      cursor = body.next_cursor;
    }
    expect(new Set(seen.map((ticket) => ticket.id)).size).toBe(180);
    expect(seen.map((ticket) => ticket.updated_at)).toEqual(
      seen
        .map((ticket) => ticket.updated_at)
        .toSorted()
        .toReversed(),
    );
  });

  test('filters combine, and a search takes % as a character', async () => {
    const ada = await tokenOf('ada@acme.example');
    const { body } = await get('/v1/leads?stage=won&region=emea&min_value=20000&limit=100', ada);
    expect(body.total).toBeGreaterThan(0);
    for (const lead of body.items) expect(lead).toMatchObject({ stage: 'won', region: 'emea' });
    expect((await get('/v1/leads?query=%25', ada)).body.total).toBe(0);
    expect((await get('/v1/leads?query=PIPE%20%7C%20SONS', ada)).body.total).toBe(1);
  });

  test('what is not valid is named', async () => {
    const ada = await tokenOf('ada@acme.example');
    const query = await get('/v1/leads?stage=maybe&limit=0&cursor=x', ada);
    expect(query.status).toBe(422);
    expect(Object.keys(query.body.fields).sort()).toEqual(['limit', 'stage']);
    expect((await get('/v1/leads?cursor=x', ada)).body.fields).toHaveProperty('cursor');
    const body = await post('/v1/leads', ada, { company: '', contact_email: 'nobody', value_usd: 1.5 });
    expect(body.body.error).toBe('validation_failed');
    expect(Object.keys(body.body.fields).sort()).toEqual([
      'company',
      'contact_email',
      'contact_name',
      'industry',
      'region',
      'value_usd',
    ]);
    expect((await get('/v1/analytics/forecast?quarter=soon', ada)).body.fields).toHaveProperty('quarter');
  });

  test('a viewer reads and does not write', async () => {
    const alan = await tokenOf('alan@acme.example');
    expect((await get('/v1/leads/lead_0001', alan)).status).toBe(200);
    expect(await call('PATCH', '/v1/leads/lead_0001', alan, { stage: 'won' })).toMatchObject({ status: 403 });
  });

  test('a lead moves until it is won or lost', async () => {
    const ada = await tokenOf('ada@acme.example');
    const lead = { company: 'C', contact_name: 'N', contact_email: 'n@c.example', industry: 'energy', region: 'apac' };
    const created = await post('/v1/leads', ada, lead);
    expect(created).toMatchObject({ status: 201, body: { stage: 'new', owner: 'ada@acme.example', value_usd: 0 } });
    const path = `/v1/leads/${created.body.id}`;
    const won = await call('PATCH', path, ada, { stage: 'won', note: 'Signed.' });
    expect(won.body).toMatchObject({ stage: 'won', notes: '[2026-11-10 ada@acme.example] Signed.' });
    expect(await call('PATCH', path, ada, { stage: 'lost' })).toMatchObject({
      status: 409,
      body: { error: 'conflict' },
    });
  });

  test('a ticket takes comments until it is closed', async () => {
    const ada = await tokenOf('ada@acme.example');
    const { body } = await post('/v1/tickets', ada, { subject: 'S', description: 'D', customer_id: 'cus_0001' });
    expect(body).toMatchObject({ status: 'open', priority: 'normal', comments: [], comment_count: 0 });
    const comment = await post(`/v1/tickets/${body.id}/comments`, ada, { body: 'Hello' });
    expect(comment).toMatchObject({ status: 201, body: { author: 'ada@acme.example', body: 'Hello' } });
    expect((await get(`/v1/tickets/${body.id}`, ada)).body.comments).toEqual([comment.body]);
    const closed = (await get('/v1/tickets?status=closed&limit=1', ada)).body.items[0];
    expect((await post(`/v1/tickets/${closed.id}/comments`, ada, { body: 'Hello' })).status).toBe(409);
  });

  test('a ticket is closed and opened again, and given to a colleague', async () => {
    const ada = await tokenOf('ada@acme.example');
    const { body } = await post('/v1/tickets', ada, { subject: 'S', description: 'D' });
    const change = (changes: unknown) => call('PATCH', `/v1/tickets/${body.id}`, ada, changes);
    const closed = await change({ status: 'closed', assignee: 'rosa@acme.example' });
    expect(closed.body).toEqual({ ...body, status: 'closed', assignee: 'rosa@acme.example' });
    expect((await change({ status: 'open', priority: 'high' })).body).toMatchObject({
      status: 'open',
      priority: 'high',
    });
    expect((await change({})).body.fields).toHaveProperty('body');
    expect((await change({ assignee: 'grace@globex.example' })).body.fields).toHaveProperty('assignee');
    expect((await change({ status: 'open', customer_id: 'cus_0002' })).body.fields).toHaveProperty('customer_id');
    expect((await call('PATCH', '/v1/tickets/tic_9999', ada, { status: 'open' })).status).toBe(404);
  });

  test('a list can be cut down to ids that begin as typed, where % is a character', async () => {
    const ada = await tokenOf('ada@acme.example');
    const idsOf = async (query: string) =>
      (await get(`/v1/leads?limit=100&${query}`, ada)).body.items.map(({ id }: { id: string }) => id).toSorted();
    expect(await idsOf('starts_with=lead_000')).toEqual(
      Array.from({ length: 9 }, (_, index) => `lead_000${index + 1}`),
    );
    expect(await idsOf('starts_with=lead_%25')).toEqual([]);
    const { slug } = (await get('/v1/articles?limit=1', ada)).body.items[0];
    expect((await get(`/v1/articles?starts_with=${slug}`, ada)).body.items).toMatchObject([{ slug }]);
  });

  test('colleagues are found by name or email, with no more than that', async () => {
    const ada = await tokenOf('ada@acme.example');
    expect((await get('/v1/users?query=DIAZ', ada)).body).toEqual({
      items: [{ email: 'rosa@acme.example', name: 'Rosa Diaz' }],
    });
    expect((await get('/v1/users?limit=2', ada)).body.items).toHaveLength(2);
    await switches({ disable_user: 'rosa@acme.example' });
    expect((await get('/v1/users?query=rosa', ada)).body.items).toEqual([]);
    const narrow = await tokenOf('ada@acme.example', ['profile:read', 'knowledge:read']);
    expect(await get('/v1/users', narrow)).toMatchObject({ status: 403, body: { error: 'forbidden' } });
    expect((await get('/v1/users', await tokenOf('ada@acme.example', ['tickets:read']))).status).toBe(200);
  });

  test('the pipeline of one owner in one industry is part of the whole', async () => {
    const ada = await tokenOf('ada@acme.example');
    const part = (await get('/v1/analytics/pipeline?owner=rosa@acme.example&industry=energy', ada)).body;
    const leads = (await get('/v1/leads?owner=rosa@acme.example&industry=energy&limit=100', ada)).body;
    const counted = part.stages.reduce((sum: number, stage: { leads: number }) => sum + stage.leads, 0);
    expect(counted).toBe(leads.total);
    expect(counted).toBeGreaterThan(0);
  });

  test('forecast, pipeline and articles answer in their forms', async () => {
    const ada = await tokenOf('ada@acme.example');
    const forecast = (await get('/v1/analytics/forecast', ada)).body;
    expect(forecast).toMatchObject({ quarter: '2026-Q4', region: null, currency: 'USD' });
    expect(forecast.committed_usd).toBeLessThan(forecast.best_case_usd);
    expect(forecast.best_case_usd).toBeLessThan(forecast.pipeline_usd);
    expect((await get('/v1/analytics/pipeline', ada)).body.stages).toHaveLength(7);
    const articles = (await get('/v1/articles?query=refund&category=policy', ada)).body;
    expect(articles.next_cursor).toBeNull();
    expect((await get('/v1/articles/returns-faq', ada)).body.body).toContain('credit note');
  });
});

describe('switches', () => {
  test('a failure is acted out as often as told, and counted', async () => {
    const ada = await tokenOf('ada@acme.example');
    await switches({ fail: { path: '/v1/leads', status: 503, times: 2, retry_after: 7 } });
    const failed = await get('/v1/leads', ada);
    expect(failed.status).toBe(503);
    expect(failed.headers.get('Retry-After')).toBe('7');
    expect(failed.body.message).toBe(internalDetail);
    expect((await get('/v1/leads/lead_0001', ada)).status).toBe(503);
    expect((await get('/v1/leads', ada)).status).toBe(200);
    expect(await counts()).toMatchObject({ verify: 1, data: 3, by_path: { 'GET /v1/leads': 2 } });
  });

  test('tokens can be short-lived, expired or revoked', async () => {
    await switches({ token_ttl: 5 });
    const first = (await verify('ada@acme.example')).body;
    expect(first.expires_in).toBe(5);
    await switches({ expire_access_tokens: true });
    expect((await get('/v1/me', first.access_token)).status).toBe(401);
    const second = (await refresh(first.refresh_token)).body;
    await switches({ revoke_access_tokens: true });
    expect((await get('/v1/me', second.access_token)).status).toBe(401);
    expect((await refresh(second.refresh_token)).status).toBe(200);
  });

  test('reset clears switches and counters, not data', async () => {
    const ada = await tokenOf('ada@acme.example');
    const created = await post('/v1/tickets', ada, { subject: 'S', description: 'D' });
    await switches({
      delay_ms: 1,
      token_ttl: 5,
      fail: { path: '/', status: 500, times: 9 },
      disable_user: 'ada@acme.example',
    });
    await post('/__demo/reset', adminToken, {});
    expect(await counts()).toEqual({ verify: 0, refresh: 0, reuse_detected: 0, data: 0, by_path: {} });
    expect((await verify('ada@acme.example')).body.expires_in).toBe(60);
    expect((await get(`/v1/tickets/${created.body.id}`, ada)).status).toBe(200);
  });
});
