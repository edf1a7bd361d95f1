// The requests that are measured, on both wires, and what a right answer to them looks like: a subject that answers
// something else isn't measured at all.

/** 2026-07-28, which is stateless, and the 2025-era revisions before it, without a session of the protocol's and in one. */
export type Wire = '2026-07-28' | '2025-11-25' | typeof IN_SESSION;
/** As autocannon writes the place of an id (`-I`). */
export const ID_PLACE = '[<id>]';
export const IN_SESSION = '2025-11-25, session';
/** `write` is a call of a tool that adds a record: in a session, tools that change something go another way than reads. */
export type Operation = 'call' | 'list' | 'write';

/** Where requests go, and with what headers. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The header of a session of the protocol's own, where one was begun. */
  readonly session: Readonly<Record<string, string>>;
}

export interface HttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const newLead = {
  company: 'Hooli',
  contact_name: 'Gavin Belson',
  contact_email: 'gavin@hooli.example',
  industry: 'software',
  region: 'amer',
};
const params = {
  call: { name: 'get_customer', arguments: { customer_id: 'cus_0001' } },
  list: {},
  write: { name: 'create_lead', arguments: newLead },
} as const;
const methods = { call: 'tools/call', list: 'tools/list', write: 'tools/call' } as const;

export function mcpRequest({ url, headers, session }: Target, wire: Wire, operation: Operation): HttpRequest {
  const method = methods[operation];
  const modern = wire === '2026-07-28';
  const meta = {
    'io.modelcontextprotocol/protocolVersion': wire,
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  // Ids are unique in a session: the load generator puts one in each time.
  const id = wire === IN_SESSION ? ID_PLACE : 1;
  const message = { jsonrpc: '2.0', id, method, params: { ...params[operation], ...(modern && { _meta: meta }) } };
  return {
    url: `${url}/mcp`,
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': wire === IN_SESSION ? '2025-11-25' : wire,
      ...(modern && { 'Mcp-Method': method, ...(operation !== 'list' && { 'Mcp-Name': params[operation].name }) }),
      ...headers,
      ...(wire === IN_SESSION && session),
    },
    body: JSON.stringify(message),
  };
}

export function send({ url, method, headers, body }: HttpRequest): Promise<Response> {
  return fetch(url, { method, headers, ...(body !== undefined && { body }) });
}

/** The result of an MCP request, be its answer JSON or a stream. @throws Error for any other answer */
export async function resultOf(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  const line = text.startsWith('{')
    ? text
    : text
        .split('\n')
        .findLast((one) => one.startsWith('data: {'))
        ?.slice(6);
  const { result } = JSON.parse(line ?? 'null') as { result?: Record<string, unknown> };
  if (!response.ok || !result || result['isError'] === true)
    throw new Error(`answered ${response.status}: ${text.slice(0, 500)}`);
  return result;
}

/**
 * @returns how many tools are listed; 0 for a call
 * @throws Error unless the subject does the work that is to be measured
 */
export async function prove(subject: Target, wire: Wire, operation: Operation): Promise<number> {
  const result = await resultOf(await send(mcpRequest(subject, wire, operation)));
  if (operation === 'list') return (result['tools'] as unknown[]).length;
  const { structuredContent, content } = result as {
    structuredContent?: { id?: unknown };
    content?: { text?: string }[];
  };
  const [id, company] = operation === 'write' ? ['lead_0001', 'Hooli'] : ['cus_0001', 'Initech'];
  if (structuredContent?.id !== id || !content?.[0]?.text?.includes(company))
    throw new Error(`${subject.name} answers a ${operation} with ${JSON.stringify(result).slice(0, 500)}`);
  return 0;
}
