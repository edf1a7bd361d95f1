import { describe, expect, test } from 'vitest';
import { listTenants, tenantDirectory } from '../../../src/upstream/tenants';
import { shelfApi } from '../../product/definition';

const connection = {
  baseUrl: 'https://api.example',
  adminToken: 'admin-token-of-the-gateway',
  correlation: () => ({ 'X-Request-Id': 'request-1' }),
};

async function listed(answer: Response) {
  const sent: { url: string; headers: Headers; body: unknown }[] = [];
  const result = await listTenants(connection, '/auth/tenants', 'ada@acme.example', async (url, init) => {
    sent.push({ url, headers: new Headers(init.headers), body: JSON.parse(init.body as string) });
    return answer;
  });
  return { result, sent };
}

describe('the tenants of a person', () => {
  test('are asked for by email, as the gateway, under the request’s id', async () => {
    const tenants = [{ tenant_id: 'acme', tenant_name: 'Acme Industries', more: 'ignored' }];
    const { result, sent } = await listed(Response.json({ tenants }));
    expect(result).toEqual({ kind: 'listed', tenants: [{ id: 'acme', name: 'Acme Industries' }] });
    expect(sent).toMatchObject([{ url: 'https://api.example/auth/tenants', body: { email: 'ada@acme.example' } }]);
    expect(sent[0]?.headers.get('Authorization')).toBe('Bearer admin-token-of-the-gateway');
    expect(sent[0]?.headers.get('X-Request-Id')).toBe('request-1');
  });

  test.each([
    [404, { error: 'unknown_user' }, { kind: 'denied', reason: 'unknown_user' }],
    [403, { error: 'user_disabled' }, { kind: 'denied', reason: 'user_disabled' }],
    [200, { tenants: [] }, { kind: 'denied', reason: 'unknown_user' }],
    [200, { error: 'unknown_user' }, { kind: 'unavailable', reason: 'malformed_answer' }],
    [200, { tenants: [{ tenant_id: 'acme' }] }, { kind: 'unavailable', reason: 'malformed_answer' }],
    [404, { error: 'not_found' }, { kind: 'unavailable', reason: 'http_404' }],
    [422, { error: 'unknown_user' }, { kind: 'unavailable', reason: 'http_422' }],
    [503, {}, { kind: 'unavailable', reason: 'http_503' }],
  ])('%i %j', async (status, body, expected) => {
    expect((await listed(Response.json(body, { status }))).result).toEqual(expected);
  });

  test('cannot be had from a backend that names no path for them', () => {
    const { tenantsPath: _, ...credential } = shelfApi.credential;
    expect(tenantDirectory({ ...shelfApi, credential })).toBeUndefined();
  });
});
