// Who the client is, as far as it matters for what it can take, and how long a result it takes before it cuts, drops or
// files it away. Nothing is allowed or refused by this: a client that takes another's name only gets that one's limit.
import type { ClientName, Config } from '../../config';

interface KnownClient {
  /** Characters of a whole result: its texts and its structured content as JSON. */
  readonly characters: number;
  /** Its client id where that is a metadata document (draft-ietf-oauth-client-id-metadata-document): a proven name. */
  readonly document?: RegExp;
  /** The name that it gives itself (MCP `clientInfo`); all there is of one that registered itself. */
  readonly names?: RegExp;
}

/** In this order: the first that matches. */
const CLIENTS: Readonly<Record<ClientName, KnownClient>> = {
  // 25,000 tokens; tables and JSON cost about three characters each.
  'claude-code': {
    characters: 75_000,
    document: /^https:\/\/claude\.ai\/oauth\/claude-code-/,
    names: /^claude[- ]code\b/i,
  },
  // Documented as about 150,000 characters.
  claude: { characters: 150_000, document: /^https:\/\/claude\.(ai|com)\//, names: /^(claude|anthropic)\b/i },
  // No number of their own is documented for these three; their models take this much in one message. ChatGPT's host
  // has Codex's document, too. That is meant: neither steps up by a 403, and both show the words of a result.
  chatgpt: { characters: 100_000, document: /^https:\/\/chatgpt\.com\//, names: /^(openai-mcp|chatgpt)\b/i },
  cursor: { characters: 100_000, document: /^https:\/\/(www\.)?cursor\.com\//, names: /^cursor\b/i },
  vscode: { characters: 100_000, document: /^https:\/\/vscode\.dev\//, names: /^(visual studio code|vscode)\b/i },
  // Whoever it is, it may be the smallest of them.
  default: { characters: 75_000 },
};

/** @param name what the client calls itself; undefined on the 2025 wire without a session, where it doesn't say */
export function clientName(clientId: string, name: string | undefined): ClientName {
  const known = Object.keys(CLIENTS) as ClientName[];
  const byDocument = known.find((client) => CLIENTS[client].document?.test(clientId));
  if (byDocument) return byDocument;
  return (name !== undefined && known.find((client) => CLIENTS[client].names?.test(name))) || 'default';
}

/** The most characters that one result to this client may have; the operator's word (RESULT_LIMITS) before ours. */
export function resultLimit(client: ClientName, { resultLimits }: Config): number {
  return resultLimits[client] ?? CLIENTS[client].characters;
}
