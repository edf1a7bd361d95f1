// Clients of the field as their vendors document them: how each makes itself known, where its users come back to, and
// what it asks for. Not the vendors' services: those are out of reach of a test.
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs } from '../../support/logs';
import { legacyMcp, mcp } from '../../support/mcp-client';
import { Browser, gateway, OAuthClient, resource } from '../../support/oauth-client';
import { expectPage } from '../../support/pages';
import { openConsent } from '../../support/sign-in';
import { World } from '../../support/world';

interface Profile {
  readonly client: string;
  /** Its client id metadata document, where it has one. Otherwise, and beside, it registers itself. */
  readonly document?: string;
  readonly redirectUris: readonly string[];
  /** Where its users come back to, if it isn't exactly what it has registered. */
  readonly uses?: readonly string[];
  readonly more?: Record<string, unknown>;
}

const profiles: readonly Profile[] = [
  {
    client: 'Claude',
    document: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
    redirectUris: ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
  },
  {
    client: 'Claude Code',
    document: 'https://claude.ai/oauth/claude-code-client-metadata',
    // Without a port, and used with whichever is free (RFC 8252 §7.3).
    redirectUris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    uses: ['http://localhost:58135/callback', 'http://127.0.0.1:8080/callback'],
  },
  {
    client: 'ChatGPT',
    document: 'https://chatgpt.com/oauth/client.json',
    redirectUris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
    more: { token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'], jwks: { keys: [{ kty: 'EC' }] } },
  },
  {
    client: 'Cursor',
    redirectUris: [
      'http://localhost:8787/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'cursor://anysphere.cursor-mcp/oauth/callback',
    ],
    uses: ['http://localhost:8787/callback', 'https://www.cursor.com/agents/mcp/oauth/callback'],
  },
  {
    client: 'VS Code',
    document: 'https://vscode.dev/oauth/client-metadata.json',
    redirectUris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
    uses: ['http://127.0.0.1:33418/', 'http://127.0.0.1:50123/', 'https://vscode.dev/redirect'],
    more: {
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    },
  },
];

interface Case {
  readonly profile: Profile;
  readonly by: 'document' | 'registration';
  readonly redirectUri: string;
}

const cases: readonly (readonly [name: string, given: Case])[] = profiles.flatMap((profile) =>
  (profile.uses ?? profile.redirectUris).flatMap((redirectUri) =>
    (['document', 'registration'] as const)
      .filter((by) => by === 'registration' || profile.document !== undefined)
      .map((by) => [`${profile.client}, by ${by}, at ${redirectUri}`, { profile, by, redirectUri }] as const),
  ),
);

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
});

async function known({ profile, by }: Pick<Case, 'profile' | 'by'>): Promise<OAuthClient> {
  const { client, document, redirectUris, more } = profile;
  const metadata = {
    client_name: client,
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  if (by === 'registration' || document === undefined) return OAuthClient.register(metadata);
  world.intercept = (request) =>
    request.url === document ? Response.json({ ...metadata, ...more, client_id: document }) : undefined;
  return new OAuthClient(document);
}

test.each(cases)(
  '%s: from the authorization request to data, and a refresh',
  async (_name, { profile, by, redirectUri }) => {
    const client = await known({ profile, by });
    const browser = new Browser();
    // As Claude does: every scope that there is, and one that nobody offered.
    const { scopes_supported: offered } = await (
      await gateway('/.well-known/oauth-protected-resource/mcp')
    ).json<{ scopes_supported: string[] }>();
    const asked = { redirect_uri: redirectUri, scope: [...offered, 'offline_access'].join(' ') };
    const page = await openConsent(browser, await client.authorizationUrl(asked));
    expect(page).toContain(profile.client);
    expect(page.includes('Name not verified')).toBe(by === 'registration');

    const toProvider = (await browser.submit(page, 'approve')).headers.get('Location') ?? '';
    const back = await browser.open(world.idp.signIn(toProvider, 'ada@acme.example'));
    const callback = new URL(back.headers.get('Location') ?? '');
    expect(callback.href.split('?')[0]).toBe(redirectUri);
    expect(callback.searchParams.get('iss')).toBe('https://gateway.example');
    expect(callback.searchParams.get('state')).toBe('client-state');

    const code = callback.searchParams.get('code') ?? '';
    const { status, body } = await client.redeem(code, { redirect_uri: redirectUri });
    expect(status).toBe(200);
    expect(body).toMatchObject({ resource, scope: offered.join(' ') });
    const renewed = await client.refresh(body.refresh_token);
    expect(renewed.status).toBe(200);
    for (const send of [mcp, legacyMcp]) {
      const reply = await send(renewed.body.access_token, 'tools/call', { name: 'whoami', arguments: {} });
      expect(reply.body.result.structuredContent.email).toBe('ada@acme.example');
    }
  },
);

describe('what they have to find before they begin', () => {
  test('the authorization server offers documents, public clients, PKCE and `iss`', async () => {
    const answer = await gateway('/.well-known/oauth-authorization-server');
    expect(await answer.json()).toMatchObject({
      client_id_metadata_document_supported: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['none']),
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
  });

  test('the resource is the URL as typed, and its authorization server the one there is', async () => {
    const answer = await gateway('/.well-known/oauth-protected-resource/mcp');
    expect(await answer.json()).toMatchObject({ resource, authorization_servers: ['https://gateway.example'] });
  });
});

test('an address that any program can claim gets no code, although Cursor lists one', async () => {
  const cursor = profiles.find(({ client }) => client === 'Cursor');
  if (!cursor) throw new Error('no such profile');
  const client = await known({ profile: cursor, by: 'registration' });
  const redirectUri = 'cursor://anysphere.cursor-mcp/oauth/callback';
  const answer = await new Browser().open(await client.authorizationUrl({ redirect_uri: redirectUri }));
  expect(answer.headers.get('Location')).toBeNull();
  expect(await expectPage(answer, 'redirect_uri_invalid')).not.toContain('code=');
});
