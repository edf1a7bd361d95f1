// The demo CRM keeps its contract towards the gateway: tokens that rotate and die as a family, and tenants apart.
import { beforeEach, describe, expect, test } from 'vitest';
import {
  adminToken,
  call,
  counts,
  database,
  get,
  pass,
  post,
  refresh,
  startAfresh,
  switches,
  tokenOf,
  verify,
} from './demo-crm-client.ts';

beforeEach(startAfresh);

describe('installation', () => {
  test('concurrent first requests leave one set of rows', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => verify('ada@acme.example')));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    expect((await get('/v1/leads', answers[0]?.body.access_token)).body.total).toBe(320);
  });

  test('the data is the same every time', async () => {
    const first = (await get('/v1/leads/lead_0042', await tokenOf('ada@acme.example'))).body;
    await startAfresh();
    expect((await get('/v1/leads/lead_0042', await tokenOf('ada@acme.example'))).body).toEqual(first);
  });
});

describe('sign-in', () => {
  test('says who the user is, with the scopes of the role', async () => {
    const { body } = await verify('alan@acme.example');
    expect(body).toMatchObject({ tenant_id: 'acme', tenant_name: 'Acme Industries', expires_in: 60 });
    expect(body.scopes).toContain('leads:read');
    expect(body.scopes.filter((scope: string) => !scope.endsWith(':read'))).toEqual([]);
  });

  test('cuts the scopes down to the requested ones, and the token carries no more', async () => {
    const { body } = await verify('ada@acme.example', ['tickets:read', 'made:up']);
    expect(body.scopes).toEqual(['tickets:read']);
    expect((await get('/v1/tickets', body.access_token)).status).toBe(200);
    expect(await get('/v1/leads', body.access_token)).toMatchObject({ status: 403, body: { error: 'forbidden' } });
  });

  test('refuses strangers, disabled users and a wrong admin token', async () => {
    expect(await verify('mallory@elsewhere.example')).toMatchObject({ status: 404, body: { error: 'unknown_user' } });
    await switches({ disable_user: 'ada@acme.example' });
    expect(await verify('ada@acme.example')).toMatchObject({ status: 403, body: { error: 'user_disabled' } });
    const wrong = await post('/auth/verify', 'wrong', { email: 'alan@acme.example' });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'unauthorized' } });
  });

  test('lists the tenants of a person, and hands out a token for the one that is named', async () => {
    const katherine = 'katherine@consulting.example';
    const tenants = (email: string) => post('/auth/tenants', adminToken, { email });
    const both = [
      { tenant_id: 'acme', tenant_name: 'Acme Industries' },
      { tenant_id: 'globex', tenant_name: 'Globex Corporation' },
    ];
    expect((await tenants(katherine)).body).toEqual({ tenants: both });
    expect((await tenants('ada@acme.example')).body).toEqual({ tenants: [both[0]] });
    expect(await tenants('mallory@elsewhere.example')).toMatchObject({ status: 404, body: { error: 'unknown_user' } });
    for (const tenant_id of ['acme', 'globex']) {
      const { body } = await post('/auth/verify', adminToken, { email: katherine, tenant_id });
      expect(body.tenant_id).toBe(tenant_id);
      expect((await get('/v1/me', body.access_token)).body.tenant_id).toBe(tenant_id);
    }
    expect(await verify(katherine)).toMatchObject({ status: 422, body: { fields: { tenant_id: expect.any(String) } } });
    const foreign = await post('/auth/verify', adminToken, { email: 'ada@acme.example', tenant_id: 'globex' });
    expect(foreign).toMatchObject({ status: 404, body: { error: 'unknown_user' } });
    await switches({ disable_user: katherine });
    expect(await tenants(katherine)).toMatchObject({ status: 403, body: { error: 'user_disabled' } });
  });

  test('keeps tokens as digests only', async () => {
    const { access_token, refresh_token } = (await verify('ada@acme.example')).body;
    for (const table of ['access_tokens', 'refresh_tokens']) {
      const { results } = await database.prepare(`SELECT * FROM ${table}`).all();
      expect(JSON.stringify(results)).not.toContain(access_token.slice(4));
      expect(JSON.stringify(results)).not.toContain(refresh_token.slice(4));
    }
  });
});

describe('token rotation', () => {
  test('an access token lives for 60 seconds, and a refresh brings the next', async () => {
    const first = (await verify('ada@acme.example')).body;
    pass(61);
    expect(await get('/v1/me', first.access_token)).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect((await get('/v1/me', second.body.access_token)).body.email).toBe('ada@acme.example');
  });

  test('a reused refresh token kills its family, and no other', async () => {
    const other = (await verify('ada@acme.example')).body;
    const first = (await verify('ada@acme.example')).body;
    const second = (await refresh(first.refresh_token)).body;
    expect(await refresh(first.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await get('/v1/me', second.access_token)).status).toBe(401);
    expect((await refresh(second.refresh_token)).status).toBe(400);
    expect((await get('/v1/me', other.access_token)).status).toBe(200);
    expect((await counts()).reuse_detected).toBe(1);
  });

  test('of two concurrent refreshes one wins and the other is reuse', async () => {
    const { refresh_token } = (await verify('grace@globex.example')).body;
    const answers = await Promise.all([refresh(refresh_token), refresh(refresh_token)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400]);
    expect((await counts()).reuse_detected).toBe(1);
  });

  test('a disabled user can neither refresh nor read, and can again once enabled', async () => {
    const { access_token, refresh_token } = (await verify('ada@acme.example')).body;
    await switches({ disable_user: 'ada@acme.example' });
    expect((await get('/v1/me', access_token)).status).toBe(401);
    expect(await refresh(refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    await switches({ enable_user: 'ada@acme.example' });
    expect((await refresh(refresh_token)).status).toBe(200);
  });
});

describe('tenant isolation', () => {
  test("another tenant's rows do not exist, by id, by list or by search", async () => {
    const [ada, grace] = [await tokenOf('ada@acme.example'), await tokenOf('grace@globex.example')];
    const lead = (await get('/v1/leads/lead_0001', ada)).body;
    for (const path of ['/v1/leads/lead_0001', '/v1/customers/cus_0001', '/v1/tickets/tic_0001']) {
      expect((await get(path, ada)).status).toBe(200);
      expect(await get(path, grace)).toMatchObject({ status: 404, body: { error: 'not_found' } });
    }
    expect((await get(`/v1/leads?query=${lead.contact_email}`, grace)).body.total).toBe(0);
    const page = (await get('/v1/leads?limit=100', grace)).body;
    expect(page.items.every((item: { id: string }) => Number(item.id.slice(5)) > 1000)).toBe(true);
  });

  test("another tenant's rows cannot be changed or referred to", async () => {
    const grace = await tokenOf('grace@globex.example');
    expect((await call('PATCH', '/v1/leads/lead_0001', grace, { stage: 'won' })).status).toBe(404);
    expect((await call('PATCH', '/v1/customers/cus_0001', grace, { plan: 'starter' })).status).toBe(404);
    expect((await post('/v1/tickets/tic_0001/comments', grace, { body: 'Hello' })).status).toBe(404);
    const ticket = await post('/v1/tickets', grace, { subject: 'S', description: 'D', customer_id: 'cus_0001' });
    expect(ticket).toMatchObject({ status: 422, body: { fields: { customer_id: expect.any(String) } } });
    const owner = await call('PATCH', '/v1/customers/cus_1001', grace, { owner: 'ada@acme.example' });
    expect(owner).toMatchObject({ status: 422, body: { fields: { owner: expect.any(String) } } });
    const sent = await post('/v1/notifications', grace, {
      recipients: ['ada@acme.example'],
      subject: 'S',
      message: 'M',
    });
    expect(sent).toMatchObject({ status: 422, body: { fields: { recipients: expect.any(String) } } });
  });

  test("another tenant's people are nobody's colleagues", async () => {
    const grace = await tokenOf('grace@globex.example');
    const { items } = (await get('/v1/users?limit=100', grace)).body;
    const emails = items.map(({ email }: { email: string }) => email);
    expect(emails).toContain('maria@globex.example');
    expect(emails.filter((email: string) => email.endsWith('@acme.example'))).toEqual([]);
    expect((await get('/v1/users?query=ada', grace)).body.items).toEqual([]);
    expect((await get('/v1/leads?starts_with=lead_0001', grace)).body.total).toBe(0);
    expect((await get('/v1/analytics/pipeline?owner=ada@acme.example', grace)).body.open_leads).toBe(0);
    const ada = await tokenOf('ada@acme.example');
    const before = await get('/v1/tickets/tic_0001', ada);
    expect((await call('PATCH', '/v1/tickets/tic_0001', grace, { priority: 'urgent' })).status).toBe(404);
    expect((await get('/v1/tickets/tic_0001', ada)).body).toEqual(before.body);
  });

  test('a tenant in the body is refused', async () => {
    const lead = { company: 'C', contact_name: 'N', contact_email: 'n@c.example', industry: 'energy', region: 'apac' };
    const grace = await tokenOf('grace@globex.example');
    const answer = await post('/v1/leads', grace, { ...lead, tenant_id: 'acme' });
    expect(answer).toMatchObject({ status: 422, body: { fields: { tenant_id: expect.any(String) } } });
  });
});
