// Pins: copies of what the documents of well-known clients said at the last check (docs/clients.md), shipped with the
// gateway. A pin stands in when the document's host blocks the gateway and no copy was ever stored (documents.ts). It
// never contains keys. A pin expires, and `.ci/run` warns of old ones (.ci/pins.ts reads this file, so it imports
// nothing).

interface PinnedClient {
  /** The URL of its metadata document. */
  readonly clientId: string;
  readonly clientName: string;
  readonly redirectUris: readonly string[];
  readonly tokenEndpointAuthMethod: 'none';
  /** The date of the last comparison with the document. */
  readonly checkedOn: string;
}

/** After half a year a client may have moved, and its old redirect URIs may belong to somebody else. */
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
    // The document offers private_key_jwt as well. A pin has no keys, so assertions wait for the document.
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
