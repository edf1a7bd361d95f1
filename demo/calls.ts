// Tool calls of the demo: each is a step that is told, and is held to what it should answer.
import { UnauthorizedError } from '@modelcontextprotocol/client';
import { expect, type Narrator, quote, type Structured, type Summary } from './narrator.ts';
import type { Connection } from './oauth-client.ts';
import type { Wire } from './wire.ts';

export interface Scene {
  /** The connector URL. */
  readonly url: string;
  readonly wire: Wire;
  readonly tell: Narrator;
  /** Also outlive the CRM's access token. */
  readonly slow: boolean;
}

export interface ToolCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

type Answer = Awaited<ReturnType<Connection['client']['callTool']>>;

/** Calls it, and insists on an answer with data and text. */
export function call(
  { tell }: Scene,
  { client }: Connection,
  tool: ToolCall,
  summary: (answer: Structured) => Summary,
): Promise<Structured> {
  const answer = client.callTool({ ...tool }).then((result) => {
    expect(!result.isError, `${told(tool)} failed: ${textOf(result)}`);
    const complete = result.structuredContent !== undefined && textOf(result) !== '';
    expect(complete, `${told(tool)} should answer with data and with text.`);
    return result.structuredContent as Structured;
  });
  return tell.step(told(tool), answer, summary);
}

/** Calls it, and insists that the tool says no. */
export async function refused(
  { tell }: Scene,
  { client }: Connection,
  tool: ToolCall,
  otherwise: string,
): Promise<void> {
  const answer = await tell.step(told(tool), client.callTool({ ...tool }), (one) => ['refused', quote(textOf(one))]);
  expect(answer.isError === true, otherwise);
}

/** Calls it, and insists that HTTP says no: with this status, and this error in the challenge (RFC 6750 §3.1). */
export async function challenged(
  { tell, wire }: Scene,
  { client }: Connection,
  tool: ToolCall,
  { status, error }: { readonly status: 401 | 403; readonly error: 'invalid_token' | 'insufficient_scope' },
): Promise<void> {
  const outcome = client.callTool({ ...tool }).then(
    () => 'answered',
    (reason: unknown) => (UnauthorizedError.isInstance(reason) ? undefined : Promise.reject(reason)),
  );
  const answered = await tell.step(told(tool), outcome, (one) => one ?? `refused: HTTP ${status}, ${error}`);
  const last = wire.last();
  const challenge = last?.answer.headers.get('WWW-Authenticate') ?? '';
  const asExpected = answered === undefined && last?.status === status && challenge.includes(`error="${error}"`);
  expect(asExpected, `${told(tool)} should be refused with HTTP ${status} and ${error}.`);
}

const told = (tool: ToolCall): string => `${tool.name} ${JSON.stringify(tool.arguments)}`;

function textOf({ content: [first] }: Answer): string {
  return first?.type === 'text' ? first.text : '';
}
