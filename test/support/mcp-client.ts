// Requests to the MCP endpoint on both wires, as bare HTTP.
import { contentHeaders, MODERN, modernHeaders, modernMessage } from './envelope';
import { gateway } from './oauth-client';

export interface McpReply {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a JSON-RPC answer, looked into freely by each test
  readonly body: any;
  /** Every message of a streamed answer, the result last; of any other, that one. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly messages: any[];
}

/** One request on the 2026-07-28 wire. `params._meta` is added to what every request says of its client. */
export function mcp(
  token: string | undefined,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<McpReply> {
  return post(token, modernMessage(method, params), { ...modernHeaders(method, params), ...headers });
}

/** One request on the 2025-11-25 wire, without a session. */
export function legacyMcp(
  token: string | undefined,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<McpReply> {
  return post(token, { jsonrpc: '2.0', id: 1, method, params }, { 'MCP-Protocol-Version': '2025-11-25', ...headers });
}

/** Both wires, for `describe.each`. */
export const wires = [
  { revision: MODERN, send: mcp },
  { revision: '2025-11-25', send: legacyMcp },
];

export function callTool(
  token: string | undefined,
  name: string,
  args: Record<string, unknown> = {},
): Promise<McpReply> {
  return mcp(token, 'tools/call', { name, arguments: args });
}

export async function post(
  token: string | undefined,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<McpReply> {
  const response = await gateway('/mcp', {
    method: 'POST',
    headers: {
      ...contentHeaders,
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const streams = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
  const data = streams ? [...text.matchAll(/^data: (.+)$/gm)].map(([, line = '']) => line) : text === '' ? [] : [text];
  const messages = data.map((message) => JSON.parse(message));
  return { status: response.status, headers: response.headers, body: messages.at(-1), messages };
}
