// What the documents of well-known clients said when somebody last looked (docs/clients.md), shipped with the gateway for
// the time in which a document's host turns the gateway away and no copy was ever held (documents.ts). Never keys.
// A look is good for so long: `.ci/run` warns when one is old (.ci/pins.ts, which reads this file, so it imports nothing).

interface PinnedClient {
  /** The URL of its metadata document. */
  readonly clientId: string;
  readonly clientName: string;
  readonly redirectUris: readonly string[];
  readonly tokenEndpointAuthMethod: 'none';
  /** When somebody last compared this with the document: a date. */
  readonly checkedOn: string;
}

/** A client may have moved after half a year, and its old redirect URIs may be somebody else's. */
export const PIN_DAYS = 180;

export const PINNED_CLIENTS: readonly PinnedClient[] = [
  {
    clientId: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
    clientName: 'Claude',
    redirectUris: ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
    tokenEndpointAuthMethod: 'none',
    checkedOn: '2026-11-28',
  },
  {
    clientId: 'https://claude.ai/oauth/claude-code-client-metadata',
    clientName: 'Claude Code',
    // Any port (RFC 8252 §7.3).
    redirectUris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    tokenEndpointAuthMethod: 'none',
    checkedOn: '2026-11-28',
  },
  {
    clientId: 'https://chatgpt.com/oauth/client.json',
    clientName: 'ChatGPT',
    redirectUris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
    // Also private_key_jwt, for which there are no keys here: its assertions wait for the document.
    tokenEndpointAuthMethod: 'none',
    checkedOn: '2026-11-28',
  },
  {
    clientId: 'https://chatgpt.com/oauth/codex/client.json',
    clientName: 'Codex',
    redirectUris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    tokenEndpointAuthMethod: 'none',
    checkedOn: '2026-11-28',
  },
  {
    clientId: 'https://vscode.dev/oauth/client-metadata.json',
    clientName: 'VS Code',
    redirectUris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
    tokenEndpointAuthMethod: 'none',
    checkedOn: '2026-11-28',
  },
];

/** When a pin ends, in milliseconds since the epoch. */
export function pinEnds({ checkedOn }: Pick<PinnedClient, 'checkedOn'>): number {
  return Date.parse(checkedOn) + PIN_DAYS * 86_400_000;
}
