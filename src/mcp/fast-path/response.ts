// The answer to a plain request (plain.ts) in the SDK's own words, written without it. A test holds both against each
// other, for every message of the conformance suite (test/integration/mcp-plain-*.test.ts).
import { SERVER_INFO_META_KEY, type CallToolResult, type RequestId } from '@modelcontextprotocol/server';
import type { GatewayDefinition } from '../../define/gateway';
import type { Lists } from '../calls/catalogue';
import type { PlainCall, Shape } from './request-shape';
import { implementationOf, LISTED, toolsPage } from '../protocol/server';

export class PlainAnswers {
  readonly #info: object;
  /** What a 2026-07-28 result says beside what it is, as the end of its JSON. */
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

  call({ id, mcpSessionId }: PlainCall, era: Shape['era'], result: CallToolResult): Response {
    if (era === 'legacy') return answer(id, JSON.stringify(result), mcpSessionId);
    const { _meta: meta } = result;
    if (meta === undefined) return answer(id, JSON.stringify(result).slice(0, -1) + this.#resultEnd);
    const whole = { ...result, resultType: 'complete', _meta: { ...meta, [SERVER_INFO_META_KEY]: this.#info } };
    return answer(id, JSON.stringify(whole));
  }

  toolList(id: RequestId, era: Shape['era'], lists: Lists): Response {
    let known = this.#lists.get(lists);
    if (known === undefined) {
      known = { text: JSON.stringify(toolsPage(lists, undefined)), end: this.#listEnd(lists.ttlMs) };
      this.#lists.set(lists, known);
    }
    return answer(id, era === 'legacy' ? known.text : known.text.slice(0, -1) + known.end);
  }
}

/** The members of an object as they follow others. */
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
