// The answer to a plain request in the SDK's own words, written without the SDK. Tests send every message of the
// conformance suite both ways and compare the answers (test/gateway/fast-path/).
import { SERVER_INFO_META_KEY, type CallToolResult, type RequestId } from '@modelcontextprotocol/server';
import type { GatewayDefinition } from '../../define/gateway';
import type { Lists } from '../calls/catalogue';
import type { Negotiated } from '../calls/client';
import type { PlainCall, PlainList } from './request-shape';
import { implementationOf, LISTED, toolsPage } from '../protocol/server';

export class ResponseWriter {
  readonly #info: object;
  /** What revision 2026-07-28 adds to each result, as the end of its JSON. */
  readonly #resultEnd: string;
  readonly #listEnd: (ttlMs: number) => string;
  /** The text of a list is as long as all tools' schemas: written once for each set of scopes. */
  readonly #lists = new WeakMap<Lists, { readonly text: string; readonly end: string }>();

  constructor(definition: GatewayDefinition) {
    this.#info = implementationOf(definition);
    const meta = { _meta: { [SERVER_INFO_META_KEY]: this.#info } };
    this.#resultEnd = endOf({ resultType: 'complete', ...meta });
    this.#listEnd = (ttlMs) => endOf({ resultType: 'complete', ...LISTED, ttlMs, ...meta });
  }

  call({ id, mcpSessionId }: PlainCall, era: Negotiated['era'], result: CallToolResult): Response {
    if (era === 'legacy') return answer(id, JSON.stringify(result), mcpSessionId);
    const { _meta: meta } = result;
    if (meta === undefined) return answer(id, JSON.stringify(result).slice(0, -1) + this.#resultEnd);
    const whole = { ...result, resultType: 'complete', _meta: { ...meta, [SERVER_INFO_META_KEY]: this.#info } };
    return answer(id, JSON.stringify(whole));
  }

  toolList({ id, mcpSessionId }: PlainList, era: Negotiated['era'], lists: Lists): Response {
    let known = this.#lists.get(lists);
    if (known === undefined) {
      known = { text: JSON.stringify(toolsPage(lists, undefined)), end: this.#listEnd(lists.ttlMs) };
      this.#lists.set(lists, known);
    }
    return answer(id, era === 'legacy' ? known.text : known.text.slice(0, -1) + known.end, mcpSessionId);
  }
}

const TEXT_KEYS = new Set(['type', 'text']);

/** Whether a result holds text and data only: the SDK lets those through as they are, and checks and prunes the rest. */
export function isTextAndData({ content, structuredContent }: CallToolResult): boolean {
  return content.every(isText) && (structuredContent === undefined || isData(structuredContent));
}

function isText(block: CallToolResult['content'][number]): boolean {
  return (
    block.type === 'text' && typeof block.text === 'string' && Object.keys(block).every((key) => TEXT_KEYS.has(key))
  );
}

function isData(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !Object.hasOwn(value, '__proto__')
  );
}

/** The members of an object as JSON that follows other members. */
function endOf(members: object): string {
  return `,${JSON.stringify(members).slice(1)}`;
}

function answer(id: RequestId, result: string, mcpSessionId?: string): Response {
  const text = `{"result":${result},"jsonrpc":"2.0","id":${JSON.stringify(id)}}`;
  const headers = {
    'Content-Type': 'application/json',
    ...(mcpSessionId !== undefined && { 'Mcp-Session-Id': mcpSessionId }),
  };
  return new Response(text, { headers });
}
