// The shape of a plain request, which is a tool call or a list of tools. The MCP SDK decides which messages are
// well-formed, which headers must agree with them, and which revision and client sent them; that costs more than the call
// itself. The fast path decides none of this. A shape is everything that the SDK reads of a request, except its id, the
// tool's name and the arguments; so the SDK treats all requests of one shape alike. A test records what the SDK reads
// (test/unit/mcp/fast-path/what-the-sdk-reads.test.ts). In doubt a request is not plain, and goes to the SDK.
import { isObject, type Received } from '../calls/message';

export type PlainRequest = PlainCall | PlainList;

export interface PlainCall {
  readonly method: 'tools/call';
  readonly id: string | number;
  /** The session of a 2025 revision that its header names. */
  readonly mcpSessionId: string | undefined;
  readonly name: string;
  readonly arguments: Record<string, unknown> | undefined;
  readonly shape: string;
}

export interface PlainList {
  readonly method: 'tools/list';
  readonly id: string | number;
  readonly mcpSessionId: string | undefined;
  readonly shape: string;
}

/** Characters. The known clients' shapes have about 500. */
const MAX_SHAPE = 2_048;
/** The headers of a POST that the SDK reads and that are part of its shape as they are. */
export const SHAPE_HEADERS = ['Content-Type', 'Accept', 'MCP-Protocol-Version', 'Mcp-Method'] as const;
const MESSAGE_KEYS = new Set(['jsonrpc', 'id', 'method', 'params']);
const CALL_KEYS = new Set(['name', 'arguments', '_meta']);
const LIST_KEYS = new Set(['_meta']);
/** Keys of `_meta` to which the protocol gives a meaning: their whole value is part of the shape. */
export const PROTOCOL_KEY = /^io\.modelcontextprotocol\//;

/** @returns undefined for a request that only the SDK can answer */
export function plainRequest({ http, message }: Pick<Received, 'http' | 'message'>): PlainRequest | undefined {
  if (message.kind !== 'request') return undefined;
  const { headers } = http;
  const { id, method, value } = message;
  const { jsonrpc, params } = value;
  if (jsonrpc !== '2.0') return undefined;
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) return undefined;
  if (!hasOnly(value, MESSAGE_KEYS) || (params !== undefined && !isObject(params))) return undefined;
  const meta = params === undefined ? '' : shapeOfMeta(params['_meta']);
  if (meta === undefined) return undefined;
  let around = `${typeof id} ${params && Object.keys(params).join()}`;
  for (const name of SHAPE_HEADERS) around += header(headers.get(name));
  const named = headers.get('Mcp-Name');
  const mcpSessionId = headers.get('Mcp-Session-Id') ?? undefined;
  if (method === 'tools/list' && (!params || hasOnly(params, LIST_KEYS)))
    return bounded({
      method,
      mcpSessionId,
      id,
      shape: `list ${around}${header(named)}\n${meta}`,
    });
  if (method !== 'tools/call' || !params || !hasOnly(params, CALL_KEYS)) return undefined;
  const { name, arguments: given } = params;
  if (typeof name !== 'string' || (given !== undefined && !isObject(given))) return undefined;
  // The SDK's schemas drop this key, and a tool's own schema would see it.
  if (given && Object.hasOwn(given, '__proto__')) return undefined;
  // The SDK decodes and compares a name that is encoded or padded, or looks as if it were.
  if (named !== null && (named !== name || named.startsWith('=?'))) return undefined;
  const shape = `call ${around}\n${named !== null}\n${meta}`;
  return bounded({ method, mcpSessionId, id, name, arguments: given, shape });
}

/** Ends the header's line, since no value holds a line break. An empty value and no header differ. */
function header(value: string | null): string {
  return value === null ? '\n' : `\n=${value}`;
}

/** A client's own values, such as the id of a tool use, differ with each request: only their kind is part of the shape. */
function shapeOfMeta(meta: unknown): string | undefined {
  if (meta === undefined) return '';
  if (!isObject(meta)) return undefined;
  return JSON.stringify(
    Object.entries(meta).map(([key, value]) =>
      PROTOCOL_KEY.test(key) || (value !== null && typeof value === 'object') ? [key, value] : [key, kindOf(value)],
    ),
  );
}

/** A progress token may be an integer, but no other number. */
function kindOf(value: unknown): string {
  return Number.isSafeInteger(value) ? 'integer' : value === null ? 'null' : typeof value;
}

function bounded<Plain extends PlainRequest>(plain: Plain): Plain | undefined {
  return plain.shape.length > MAX_SHAPE ? undefined : plain;
}

function hasOnly(value: object, allowed: ReadonlySet<string>): boolean {
  return Object.keys(value).every((key) => allowed.has(key));
}
