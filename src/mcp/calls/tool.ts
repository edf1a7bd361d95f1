// One tool call: input checked, the user asked where the tool wants that, the tool run, its answer bounded. How it ended
// is kept beside the result, for the audit trail and for the answer's HTTP status.
import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type CallToolResult,
  type InputRequiredResult,
} from '@modelcontextprotocol/server';
import { isAsk } from '../../define/context';
import { shorten } from '../../define/text';
import type { AnyTool, ToolOutput } from '../../define/tool';
import { readArguments } from './arguments';
import { dialogueOf } from './input-required';
import { boundedResult, tooLongMessage } from './result-limits';
import type { Catalogue } from './catalogue';
import { resultLimit } from './known-clients';
import { decide } from './confirmation';
import { explain, type Failure } from './failures';
import { MAX_RECORDED_NAME } from './limits';
import { answerRequestAccess, REQUEST_ACCESS, withheldResult } from './request-access';
import { contextOf } from './tool-context';
import type { Serving } from './handler-context';

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
  const read = readArguments(tool, params.arguments);
  if (read.kind === 'problem') {
    serving.finish({ outcome: 'error', reason: 'invalid_arguments' });
    return failed(read.message);
  }
  try {
    return await answer(tool, read.input, params.arguments, serving);
  } catch (error) {
    return failure(explain(error, { kind: 'tool', name: tool.name }, serving.request), serving);
  }
}

async function answer(
  tool: AnyTool,
  input: Record<string, unknown>,
  given: unknown,
  serving: Serving,
): Promise<CallToolResult | InputRequiredResult> {
  const dialogue = await dialogueOf(serving, { method: 'tools/call', name: tool.name, arguments: given });
  const context = contextOf(serving, tool.upstream, dialogue.round);
  const decision = await decide(tool, input, context, dialogue, serving);
  if (decision.kind === 'ask') return dialogue.confirm(decision.requests);
  if (decision.kind === 'refuse') {
    serving.finish({ outcome: 'refused', reason: decision.reason });
    return failed(decision.message);
  }
  const output = await tool.run(input, context);
  return isAsk(output) ? await dialogue.ask(output, decision.confirmed) : await success(tool, output, serving);
}

async function success(
  tool: AnyTool,
  output: ToolOutput<Record<string, unknown>>,
  serving: Serving,
): Promise<CallToolResult> {
  const { request, client, finish } = serving;
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
function failure({ kind, message, requires, end }: Failure, { request, client, era, finish }: Serving): CallToolResult {
  if (kind !== 'access') {
    finish(end);
    if (requires && era === 'modern')
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
