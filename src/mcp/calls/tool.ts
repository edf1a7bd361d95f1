// One tool call: its input is checked, the user confirms it where the tool wants that, the tool runs, and its result is
// bounded. How the call ended is kept for the audit trail and for the answer's HTTP status.
import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type CallToolResult,
  type InputRequiredResult,
} from '@modelcontextprotocol/server';
import { isAsk } from '../../define/context';
import { shorten } from '../../define/text';
import type { AnyTool, NonInteractiveTool, ToolOutput } from '../../define/tool';
import { readArguments } from './arguments';
import { dialogueOf } from './input-required';
import { boundedResult, tooLongMessage } from './result-limits';
import type { Catalogue } from './catalogue';
import { resultLimit } from './known-clients';
import { decide } from './confirmation';
import { explain, type Failure } from './failures';
import { MAX_RECORDED_NAME } from './limits';
import { answerRequestAccess, REQUEST_ACCESS, withheldResult } from './request-access';
import { contextOf, interactiveContextOf } from './tool-context';
import type { CallContext, Serving } from './handler-context';

/** @throws ProtocolError for a tool that doesn't exist, which is a fault of the client and not of the model's input */
export async function callTool(
  serving: Serving,
  catalogue: Catalogue,
  params: { name: string; arguments?: Record<string, unknown> | undefined },
): Promise<CallToolResult | InputRequiredResult> {
  const withheld = withheldResult(serving.request);
  if (withheld) {
    // On record already, as a refusal.
    serving.finish({ outcome: 'refused', reason: 'insufficient_scope' });
    return withheld;
  }
  const answered = params.name === REQUEST_ACCESS && answerRequestAccess(params.arguments, serving.request);
  if (answered) {
    const end = { outcome: 'error', reason: 'invalid_arguments' } as const;
    serving.finish(answered.isError ? end : { outcome: 'success', reason: null });
    return answered;
  }
  const tool = catalogue.tool(params.name);
  if (!tool || !serving.request.call) {
    serving.finish({ outcome: 'refused', reason: 'unknown_tool' });
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `Unknown tool: ${shorten(params.name, MAX_RECORDED_NAME)}`,
    );
  }
  if (runsAlone(tool)) return callAlone(tool, params.arguments, serving);
  return checked(tool, params.arguments, serving, (input) => converse(tool, input, params.arguments, serving));
}

/** A tool whose call is its run and nothing else: it neither asks for a confirmation nor talks to its client. */
export type LoneTool = NonInteractiveTool & { readonly confirm?: undefined };

export function runsAlone(tool: AnyTool): tool is LoneTool {
  return tool.interactive !== true && tool.confirm === undefined;
}

/** Calls a tool that {@link runsAlone}, for which nobody needs the SDK. */
export function callAlone(
  tool: LoneTool,
  given: Record<string, unknown> | undefined,
  call: CallContext,
): Promise<CallToolResult> {
  return checked(tool, given, call, async (input) =>
    success(tool, await tool.run(input, contextOf(call, tool.upstream)), call),
  );
}

/** Checks the input, runs, and turns what is thrown into a result. */
async function checked<Result>(
  tool: AnyTool,
  given: Record<string, unknown> | undefined,
  call: CallContext,
  run: (input: Record<string, unknown>) => Promise<Result>,
): Promise<Result | CallToolResult> {
  const read = readArguments(tool, given);
  if (read.kind === 'problem') {
    call.finish({ outcome: 'error', reason: 'invalid_arguments' });
    return failed(read.message);
  }
  try {
    return await run(read.input);
  } catch (error) {
    return failure(explain(error, { kind: 'tool', name: tool.name }, call.request), call);
  }
}

/** Runs a tool that may ask: the gateway's own question first, then those of the run. */
async function converse(
  tool: AnyTool,
  input: Record<string, unknown>,
  given: unknown,
  serving: Serving,
): Promise<CallToolResult | InputRequiredResult> {
  const dialogue = await dialogueOf(serving, { method: 'tools/call', name: tool.name, arguments: given });
  const decision = await decide(tool, input, contextOf(serving, tool.upstream), dialogue, serving);
  if (decision.kind === 'ask') return dialogue.confirm(decision.requests);
  if (decision.kind === 'refuse') {
    serving.finish({ outcome: 'refused', reason: decision.reason });
    return failed(decision.message);
  }
  if (tool.interactive !== true)
    return success(tool, await tool.run(input, contextOf(serving, tool.upstream)), serving);
  const output = await tool.run(input, interactiveContextOf(serving, tool.upstream, dialogue.round));
  return isAsk(output) ? await dialogue.ask(output, decision.confirmed) : await success(tool, output, serving);
}

async function success(
  tool: AnyTool,
  output: ToolOutput<Record<string, unknown>>,
  { request, client, finish }: CallContext,
): Promise<CallToolResult> {
  // What was done is told to those who listen even if the answer turns out to be too long.
  if (output.changed && output.changed.length > 0)
    await request
      .publish(output.changed)
      .catch((error: unknown) => request.log.error('tool.publish_failed', { tool: tool.name, error }));
  const limit = resultLimit(client.known, request.config);
  const result = boundedResult(output, limit);
  if ('content' in result) {
    finish({ outcome: 'success', reason: null });
    return result;
  }
  finish({ outcome: 'error', reason: 'result_too_long' });
  const done = tool.hints.readOnlyHint ? '' : ' The call itself succeeded: do not repeat it.';
  return failed(`${tooLongMessage('The result', result, limit)}${done}`);
}

/** @throws MissingRequiredClientCapabilityError on the 2026-07-28 wire, which has a code for that */
function failure({ kind, message, requires, end }: Failure, call: CallContext | Serving): CallToolResult {
  const { request, client, finish } = call;
  if (kind !== 'access') {
    finish(end);
    if (requires && 'era' in call && call.era === 'modern')
      throw new MissingRequiredClientCapabilityError({ requiredCapabilities: requires }, message);
    return failed(message);
  }
  // Access is lost: the HTTP answer is a 401, with the challenge in the result as well. ChatGPT is the one client that
  // reads it there, in a result of a call that went through; by OpenAI's documents ("Authentication", Apps SDK) that is
  // what makes it offer to sign in again.
  finish({ ...end, reauthorize: client.known !== 'chatgpt' });
  return { ...failed(message), _meta: { 'mcp/www_authenticate': [request.challenge] } };
}

function failed(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}
