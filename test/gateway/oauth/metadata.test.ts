// What a client finds out before it signs anyone in (RFC 8414, RFC 9728), whatever Host it is asked under.
import { beforeEach, describe, expect, test } from 'vitest';
import { gateway, resource, useGateway } from '../../support/oauth-client';
import { catchLogs } from '../../support/logs';
import { otherGateway } from '../../support/other-gateway';
import { World } from '../../support/world';

beforeEach(async () => {
  catchLogs();
  await World.begin();
});

const scopes = [
  'profile:read',
  'items:read',
  'items:write',
  'notes:read',
  'notes:write',
  'reports:read',
  'messages:send',
];

describe('authorization server metadata (RFC 8414)', () => {
  test('names the endpoints and everything that clients choose by', async () => {
    const answer = await gateway('/.well-known/oauth-authorization-server');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toContain('application/json');
    expect(await answer.json()).toMatchObject({
      issuer: 'https://gateway.example',
      authorization_endpoint: 'https://gateway.example/authorize',
      token_endpoint: 'https://gateway.example/oauth/token',
      registration_endpoint: 'https://gateway.example/oauth/register',
      revocation_endpoint: 'https://gateway.example/oauth/token',
      scopes_supported: scopes,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
    });
  });

  test('offers public clients and clients with a secret', async () => {
    const metadata = await (await gateway('/.well-known/oauth-authorization-server')).json<Record<string, string[]>>();
    expect(metadata['token_endpoint_auth_methods_supported']).toEqual(
      expect.arrayContaining(['none', 'client_secret_basic', 'client_secret_post']),
    );
  });

  test.each(['evil.example', 'gateway.example.evil.example', 'localhost'])(
    'is not served, let alone with another issuer, under the host %s',
    async (host) => {
      const answer = await gateway(`https://${host}/.well-known/oauth-authorization-server`);
      expect(answer.status).toBe(421);
      expect(await answer.text()).not.toContain(host);
    },
  );

  test('does not take its issuer from a Host or Forwarded header', async () => {
    const answer = await gateway('/.well-known/oauth-authorization-server', {
      headers: { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' },
    });
    expect(await answer.text()).not.toContain('evil.example');
  });

  test('lets a web page read it, since it is public', async () => {
    const headers = { Origin: 'https://app.example' };
    const answer = await gateway('/.well-known/oauth-authorization-server', { headers });
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://app.example');
  });

  test.each(['POST', 'PUT', 'DELETE'])('refuses %s', async (method) => {
    expect((await gateway('/.well-known/oauth-authorization-server', { method })).status).toBe(405);
  });

  test.each(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/mcp'])(
    'answers clients that probe %s with a plain 404',
    async (path) => {
      expect((await gateway(path)).status).toBe(404);
    },
  );
});

describe('protected resource metadata (RFC 9728)', () => {
  test('names the endpoint as clients type it, and its authorization server', async () => {
    const answer = await gateway('/.well-known/oauth-protected-resource/mcp');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      resource,
      authorization_servers: ['https://gateway.example'],
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
      resource_name: 'Shelf',
    });
  });

  test.each(['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/other'])(
    'stands at no other address, such as %s (§3.3)',
    async (path) => {
      expect((await gateway(path)).status).toBe(404);
    },
  );

  test('is not served under another host', async () => {
    expect((await gateway('https://evil.example/.well-known/oauth-protected-resource/mcp')).status).toBe(421);
  });
});

describe('a deployment under another address', () => {
  test('speaks of that address only', async () => {
    useGateway(otherGateway({ PUBLIC_URL: 'https://mcp.acme.example' }));
    const server = await gateway('https://mcp.acme.example/.well-known/oauth-authorization-server');
    expect(await server.json()).toMatchObject({
      issuer: 'https://mcp.acme.example',
      token_endpoint: 'https://mcp.acme.example/oauth/token',
    });
    const metadata = await gateway('https://mcp.acme.example/.well-known/oauth-protected-resource/mcp');
    expect(await metadata.json()).toMatchObject({ resource: 'https://mcp.acme.example/mcp' });
    expect((await gateway('/.well-known/oauth-authorization-server')).status).toBe(421);
  });
});
