// The plainest of requests, a tool call or a list of tools, known again. The MCP SDK decides which messages are
// well-formed, which headers must agree with them, and what revision and client they are of; that costs more than the call
// itself. Here nothing of it is decided: a request's shape is everything that the SDK may look at except its id, the
// tool's name and the arguments, and only a shape that the SDK has let through before is known. What has a shape, and what
// in it may differ, is kept narrower than the protocol: when in doubt, a request goes the long way.
import type { ClientCapabilities, Implementation } from '@modelcontextprotocol/server';
import { BoundedMap } from '../../shared/bounded-map';
import type { RequestBody } from '../calls/request';

/** What the SDK found out about a request, and would find out about each of the same shape. */
export interface Shape {
  readonly era: 'modern' | 'legacy';
  readonly info: Implementation | undefined;
  readonly capabilities: ClientCapabilities | undefined;
}

export type PlainRequest = PlainCall | PlainList;

export interface PlainCall {
  readonly method: 'tools/call';
  readonly id: string | number;
  /** The session that it names, of the 2025 era. */
  readonly mcpSessionId: string | undefined;
  readonly name: string;
  readonly arguments: Record<string, unknown> | undefined;
  /** Whether the client asked to be told how it goes. */
  readonly wantsProgress: boolean;
  readonly shape: string;
}

export interface PlainList {
  readonly method: 'tools/list';
  readonly id: string | number;
  /** In a session it isn't plain: the object remembers which lists its client was given. */
  readonly mcpSessionId: undefined;
  readonly shape: string;
}

/** Shapes that the SDK has let through. A client sends one or two, whatever it calls. */
export class KnownShapes {
  readonly #shapes = new BoundedMap<string, Shape>(MAX_SHAPES);

  of({ shape }: PlainRequest): Shape | undefined {
    return this.#shapes.get(shape);
  }

  add({ shape }: PlainRequest, found: Shape): void {
    this.#shapes.set(shape, found);
  }

  get size(): number {
    return this.#shapes.size;
  }
}

export const MAX_SHAPES = 256;
/** Characters. Clients that are known take about 500. */
const MAX_SHAPE = 2_048;
/** What the SDK reads of a POST, beside its session's id. */
const HEADERS = ['Content-Type', 'Accept', 'MCP-Protocol-Version', 'Mcp-Method'];
const MESSAGE_KEYS = new Set(['jsonrpc', 'id', 'method', 'params']);
const CALL_KEYS = new Set(['name', 'arguments', '_meta']);
const LIST_KEYS = new Set(['_meta']);
/** Keys of `_meta` that the protocol gives a meaning to; what is under any other is the client's own business. */
const PROTOCOL_KEY = /^io\.modelcontextprotocol\//;

/** @returns undefined for a request that has to go the long way */
export function plainRequest({ method: verb, headers }: Request, body: RequestBody): PlainRequest | undefined {
  if (verb !== 'POST' || body.kind !== 'json' || !isObject(body.value)) return undefined;
  const { id, method, params, jsonrpc } = body.value;
  if (jsonrpc !== '2.0') return undefined;
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) return undefined;
  if (!hasOnly(body.value, MESSAGE_KEYS) || (params !== undefined && !isObject(params))) return undefined;
  const meta = params === undefined ? '' : shapeOfMeta(params['_meta']);
  if (meta === undefined) return undefined;
  let around = `${typeof id} ${params && Object.keys(params).join()}`;
  for (const name of HEADERS) around += header(headers.get(name));
  const named = headers.get('Mcp-Name');
  const mcpSessionId = headers.get('Mcp-Session-Id') ?? undefined;
  if (method === 'tools/list' && mcpSessionId === undefined && (!params || hasOnly(params, LIST_KEYS)))
    return bounded({
      method,
      mcpSessionId,
      id: id as string | number,
      shape: `list ${around}${header(named)}\n${meta}`,
    });
  if (method !== 'tools/call' || !params || !hasOnly(params, CALL_KEYS)) return undefined;
  const { name, arguments: given } = params;
  if (typeof name !== 'string' || (given !== undefined && !isObject(given))) return undefined;
  // The SDK's schemas drop this key; a tool's own would see it.
  if (given && Object.hasOwn(given, '__proto__')) return undefined;
  // A name that stands there in another way (encoded, padded) is for the SDK to compare, and so is one that looks encoded.
  if (named !== null && (named !== name || named.startsWith('=?'))) return undefined;
  const wantsProgress = isObject(params['_meta']) && 'progressToken' in params['_meta'];
  const shape = `call ${around}\n${named !== null}\n${meta}`;
  return bounded({ method, mcpSessionId, id: id as string | number, name, arguments: given, wantsProgress, shape });
}

/** A line of its own, which no header's value holds; one that is empty isn't the same as none. */
function header(value: string | null): string {
  return value === null ? '\n' : `\n=${value}`;
}

/** Values of the client's own, such as an id of its tool use, differ with each request; only what kind they are counts. */
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

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function hasOnly(value: object, allowed: ReadonlySet<string>): boolean {
  return Object.keys(value).every((key) => allowed.has(key));
}
