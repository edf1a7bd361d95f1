import { describe, expect, test } from 'vitest';
import type { Config } from '../../../../src/config';
import { clientName, resultLimit } from '../../../../src/mcp/calls/known-clients';

describe('who the client is', () => {
  test.each([
    ['https://claude.ai/oauth/mcp-oauth-client-metadata', 'claude'],
    ['https://claude.ai/oauth/claude-code-client-metadata', 'claude-code'],
    ['https://chatgpt.com/oauth/client.json', 'chatgpt'],
    // Codex shows the words of a result, and of a 403 no more than "Insufficient scope".
    ['https://chatgpt.com/oauth/codex/client.json', 'chatgpt'],
    ['https://www.cursor.com/oauth/client.json', 'cursor'],
    ['https://vscode.dev/oauth/client-metadata.json', 'vscode'],
    ['https://claude.ai.evil.example/oauth/x', 'default'],
    ['https://evil.example/https://claude.ai/', 'default'],
    ['http://claude.ai/oauth/x', 'default'],
  ])('%s is %s', (clientId, client) => {
    expect(clientName(clientId, undefined)).toBe(client);
  });

  test('is rather what its document says than what it calls itself', () => {
    expect(clientName('https://chatgpt.com/oauth/client.json', 'claude-code')).toBe('chatgpt');
    expect(clientName('self-registered', 'claude-code')).toBe('claude-code');
  });
});

test('the operator’s limit comes before ours', () => {
  const config = { resultLimits: { claude: 5_000 } } as Config;
  expect(resultLimit('claude', config)).toBe(5_000);
  expect(resultLimit('default', config)).toBe(75_000);
});
