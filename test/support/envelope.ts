// A request of revision 2026-07-28 as a plain client makes it: what it says of itself in `_meta`, and the headers that
// repeat what the body says (SEP-2243).

export const MODERN = '2026-07-28';

export const modernMeta = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** The message. What `params._meta` has is added to what every request says of its client. */
export function modernMessage(method: string, params: Record<string, unknown> = {}, id: string | number = 1) {
  return { jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...modernMeta, ...Object(params['_meta']) } } };
}

export function modernHeaders(method: string, params: Record<string, unknown> = {}): Record<string, string> {
  const name = params['name'] ?? params['uri'];
  return {
    'MCP-Protocol-Version': MODERN,
    'Mcp-Method': method,
    ...(typeof name === 'string' ? { 'Mcp-Name': name } : {}),
  };
}

/** What every client of Streamable HTTP sends. */
export const contentHeaders = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };

/** All of it, for `fetch`. */
export function modernRequest(
  token: string | undefined,
  method: string,
  params: Record<string, unknown> = {},
  id: string | number = 1,
): { method: 'POST'; headers: Record<string, string>; body: string } {
  const authorization: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return {
    method: 'POST',
    headers: { ...contentHeaders, ...modernHeaders(method, params), ...authorization },
    body: JSON.stringify(modernMessage(method, params, id)),
  };
}
