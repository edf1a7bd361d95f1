// The redirect URIs that clients in the field use (RFC 8252, OAuth 2.1 §8.4): each as its client registers it, and as it
// then asks with it. A code goes to an address that the client has announced, and to no other.
import { beforeEach, describe, expect, test } from 'vitest';
import { catchLogs } from '../../support/logs';
import { Browser, OAuthClient } from '../../support/oauth-client';
import { expectPage } from '../../support/pages';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
});

const clients: [string, { registers: string[]; uses: string[] }][] = [
  [
    'Claude',
    {
      registers: ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
      uses: ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
    },
  ],
  [
    'Claude Code',
    {
      registers: ['http://localhost/callback', 'http://127.0.0.1/callback'],
      uses: ['http://localhost:54545/callback', 'http://127.0.0.1:61234/callback', 'http://localhost/callback'],
    },
  ],
  [
    'ChatGPT',
    {
      registers: ['https://chatgpt.com/connector_platform_oauth_redirect'],
      uses: ['https://chatgpt.com/connector_platform_oauth_redirect'],
    },
  ],
  [
    'Cursor',
    {
      registers: [
        'cursor://anysphere.cursor-mcp/oauth/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
      ],
      uses: ['https://www.cursor.com/agents/mcp/oauth/callback', 'http://localhost:8787/callback'],
    },
  ],
  [
    'VS Code',
    {
      registers: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect', 'http://127.0.0.1/', 'http://[::1]/'],
      uses: [
        'http://127.0.0.1:33418/',
        'https://vscode.dev/redirect',
        'http://127.0.0.1:49152/',
        'http://[::1]:49152/',
      ],
    },
  ],
];

const known: [string, (name: string, registers: string[]) => Promise<OAuthClient>][] = [
  ['registered', (name, registers) => OAuthClient.register({ client_name: name, redirect_uris: registers })],
  [
    'by its metadata document',
    async (name, registers) => {
      const id = 'https://app.example/oauth/client.json';
      const document = { client_id: id, client_name: name, redirect_uris: registers };
      world.intercept = ({ url }) => (url === id ? Response.json(document) : undefined);
      return new OAuthClient(id);
    },
  ],
];

describe.each(known)('%s', (_how, become) => {
  test.each(clients)('%s gets its code at each address that it uses', async (name, { registers, uses }) => {
    const client = await become(name, registers);
    for (const uri of uses) {
      const browser = new Browser();
      const page = await (await browser.open(await client.authorizationUrl({ redirect_uri: uri }))).text();
      const atProvider = (await browser.submit(page, 'approve')).headers.get('Location') ?? '';
      const back = await browser.open(world.idp.signIn(atProvider, 'ada@acme.example'));
      const location = back.headers.get('Location') ?? '';
      expect(location.startsWith(`${uri}?`)).toBe(true);
      const code = new URL(location).searchParams.get('code') ?? '';
      expect((await client.redeem(code, { redirect_uri: uri })).status).toBe(200);
    }
  });

  test.each([
    ['its private-use URI, which any program may claim', 'cursor://anysphere.cursor-mcp/oauth/callback'],
    ['another path on loopback', 'http://localhost:8787/other'],
    ['another spelling of loopback', 'http://127.0.0.1:8787/callback'],
    ['https on loopback', 'https://localhost:8787/callback'],
    ['another port of its host', 'https://www.cursor.com:8443/agents/mcp/oauth/callback'],
    ['a longer path', 'https://www.cursor.com/agents/mcp/oauth/callback/x'],
    ['http instead of https', 'http://www.cursor.com/agents/mcp/oauth/callback'],
    ['a host that begins like its own', 'https://www.cursor.com.evil.example/agents/mcp/oauth/callback'],
    ['a user before its host', 'https://www.cursor.com@evil.example/agents/mcp/oauth/callback'],
  ])('gets none at %s', async (_what, uri) => {
    expect.hasAssertions();
    const [, { registers }] = clients[3]!;
    const client = await become('Cursor', registers);
    await expectPage(
      await new Browser().open(await client.authorizationUrl({ redirect_uri: uri })),
      'redirect_uri_invalid',
    );
  });
});

test('a document with a script for an address gets nothing there', async () => {
  expect.hasAssertions();
  const uri = 'javascript:alert(1)';
  const client = await known[1]![1]('The App', [uri, 'https://app.example/callback']);
  await expectPage(
    await new Browser().open(await client.authorizationUrl({ redirect_uri: uri })),
    'redirect_uri_invalid',
  );
});
