// Gateways that tell which way they answered, and answers that can be compared: an answer of the fast path
// (src/mcp/fast-path/) must look like the SDK's own, on the wire and in the audit trail. A new gateway knows no shape, so
// the SDK gives its first answer.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import type { GatewayDefinition } from '../../../src/define/gateway';
import { createGateway } from '../../../src/gateway';
import { ResponseWriter } from '../../../src/mcp/fast-path/response';
import { Run } from '../../../src/mcp/fast-path/run';
import { PendingOutcomes } from '../../../src/session/client/pending-outcomes';
import { contentHeaders, modernHeaders, modernMessage } from '../../support/envelope';
import { EventReader } from '../../support/mcp-session';
import { resource } from '../../support/oauth-client';
import type { World } from '../../support/world';

export interface Message {
  readonly method?: string;
  /** Pairs, for headers that are there twice. */
  readonly headers: readonly (readonly [string, string])[];
  /** Text is sent as it is. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly messages: readonly unknown[];
  /** How its call ended, for the audit trail. */
  readonly outcomes: readonly unknown[];
}

/** `finished`: the call ran on the fast path, and the SDK wrote its finished result. */
export type Way = 'long' | 'finished' | 'short';

export interface Answered {
  readonly answer: Answer;
  readonly way: Way;
}

/** What is needed of a world of any product. */
type Network = Pick<World, 'intercept' | 'neighbour'>;

export type Gateway = (token: string, message: Message) => Promise<Answered>;

/** Of each request, or of its session. */
const OWN_HEADERS = new Set(['x-request-id', 'date', 'mcp-session-id']);

export function newGateway(definition: GatewayDefinition): Gateway {
  const { handler } = createGateway(definition);
  const written = [vi.spyOn(ResponseWriter.prototype, 'call'), vi.spyOn(ResponseWriter.prototype, 'toolList')];
  const finished = vi.spyOn(Run.prototype, 'finished');
  const delivered = vi.spyOn(PendingOutcomes.prototype, 'deliver');
  return async (token, { method = 'POST', headers: given, body }) => {
    for (const spy of [...written, finished, delivered]) spy.mockClear();
    const headers = new Headers({ Authorization: `Bearer ${token}` });
    for (const [name, value] of given) headers.append(name, value);
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const request = new Request(resource, { method, headers, ...(text !== undefined && { body: text }) });
    const context = createExecutionContext();
    const response = await handler.fetch(request as never, env, context);
    const messages = await messagesOf(response, text?.includes('"subscriptions/listen"') === true);
    await waitOnExecutionContext(context);
    const answer = {
      status: response.status,
      headers: [...response.headers].filter(([name]) => !OWN_HEADERS.has(name)),
      messages,
      outcomes: delivered.mock.calls.map(([, { result }]) => ({ ...result, durationMs: 'any' })),
    };
    const short = written.some(({ mock }) => mock.calls.length > 0);
    return { answer, way: short ? 'short' : finished.mock.calls.length > 0 ? 'finished' : 'long' };
  };
}

async function messagesOf(response: Response, goesOn: boolean): Promise<unknown[]> {
  const requestId = response.headers.get('X-Request-Id') ?? 'none';
  if (response.headers.get('Content-Type')?.startsWith('text/event-stream') && response.body) {
    const reader = new EventReader(response.body);
    if (!goesOn) return (await reader.rest()).map((message) => comparable(message, requestId));
    const first: unknown = await reader.message();
    await reader.drop();
    return [first];
  }
  const text = await response.text();
  return text === '' ? [] : [comparable(JSON.parse(text), requestId)];
}

/** Without what differs with each request: its id, which an error tells, and the time at which something was signed. */
function comparable(message: unknown, requestId: string): unknown {
  return JSON.parse(JSON.stringify(message).replaceAll(requestId, 'request-id'), (key, value: unknown) =>
    key === 'requestState' ? 'signed' : value,
  );
}

/**
 * Sends a message to a new gateway again and again: first by the long way, then, if it is plain, by a shorter one, and then
 * begun early where it may be. Fails if the answers differ.
 * @returns the way that it went at last
 */
export async function bothWays(
  definition: GatewayDefinition,
  token: string,
  message: Message,
  world?: Network,
): Promise<Answered> {
  const gateway = newGateway(definition);
  const upstream = world && recordUpstream(world);
  const long = await gateway(token, message);
  expect(long.way, nameOf(message)).toBe('long');
  upstream?.replay();
  const second = await gateway(token, message);
  expect(second.answer, `${nameOf(message)}, the second time`).toEqual(long.answer);
  upstream?.replay();
  const third = await gateway(token, message);
  expect(third.answer, `${nameOf(message)}, the third time`).toEqual(long.answer);
  upstream?.stop();
  return third;
}

export function nameOf({ method = 'POST', headers, body }: Message): string {
  return `${method} ${JSON.stringify(headers)} ${JSON.stringify(body)?.slice(0, 300)}`;
}

/** Lets the backend answer once, and then gives its answers again in their order: a write happens once. */
function recordUpstream(world: Network): { replay: () => void; stop: () => void } {
  const { intercept } = world;
  const tape: Response[] = [];
  let left: Response[] | undefined;
  world.intercept = async (request) => {
    if (!new URL(request.url).pathname.startsWith('/v1/')) return intercept?.(request);
    if (left) {
      const next = left.shift();
      if (!next) throw new Error(`the backend was asked for more than before: ${request.url}`);
      return next.clone();
    }
    const answer = (await intercept?.(request)) ?? (await world.neighbour(request));
    tape.push(answer.clone());
    return answer;
  };
  return {
    replay() {
      expect(left ?? [], 'what the backend was not asked for again').toEqual([]);
      left = [...tape];
    },
    stop() {
      world.intercept = intercept;
    },
  };
}

/** A request as a client of revision 2026-07-28 sends it. */
export function modern(method: string, params: Record<string, unknown> = {}): Message {
  return {
    headers: Object.entries({ ...contentHeaders, ...modernHeaders(method, params) }),
    body: modernMessage(method, params),
  };
}

/** And as one of the 2025 era does, without a session. */
export function legacy(method: string, params: Record<string, unknown> = {}): Message {
  return {
    headers: Object.entries({ ...contentHeaders, 'MCP-Protocol-Version': '2025-11-25' }),
    body: { jsonrpc: '2.0', id: 1, method, params },
  };
}

export const eras = [
  { era: '2026-07-28', request: modern },
  { era: '2025-11-25', request: legacy },
] as const;

/** The example that the tool's description gives. */
export function goodArguments(description: string): object {
  const [, example = ''] = /^Example: (\{.*\})$/m.exec(description) ?? [];
  return JSON.parse(example) as object;
}
