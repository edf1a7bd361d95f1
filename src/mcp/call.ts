// One tool call: input checked, tool run, and whatever it throws turned, here and nowhere else, into what a model may
// read. How it ended is kept beside the result, for the audit trail and for the answer's HTTP status.
import { ProtocolError, ProtocolErrorCode, type CallToolResult } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import type { ApiClient } from '../define/api';
import { isAsk, type RequestContext } from '../define/context';
import { ToolInputError } from '../define/errors';
import { shorten } from '../define/text';
import type { AnyTool } from '../define/tool';
import { messageOf } from '../shared/errors';
import { traceparent } from '../shared/trace';
import { createApiClient, type AccessToken } from '../upstream/client';
import { UpstreamError, UpstreamUnauthorizedError } from '../upstream/errors';
import type { CredentialAnswer } from '../session/face';
import type { Catalogue } from './catalogue';
import type { CallEnd } from './exchange';
import { CALL_TIMEOUT_MS, MAX_PROBLEMS_TEXT, MAX_RECORDED_NAME } from './limits';
import type { McpRequest } from './request';

/** @throws ProtocolError for a tool that doesn't exist, which is a fault of the client and not of the model's input */
export async function callTool(
  request: McpRequest,
  catalogue: Catalogue,
  params: { name: string; arguments?: Record<string, unknown> | undefined },
  signal: AbortSignal,
  ended: (end: CallEnd) => void,
): Promise<CallToolResult> {
  const tool = catalogue.find(params.name);
  if (!tool || !request.call) {
    ended({ outcome: 'refused', reason: 'unknown_tool' });
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `Unknown tool: ${shorten(params.name, MAX_RECORDED_NAME)}`,
    );
  }
  const input = (tool.input as z.ZodObject).safeParse(params.arguments ?? {});
  if (!input.success) {
    ended({ outcome: 'error', reason: 'invalid_arguments' });
    return failure(invalidArguments(tool.name, input.error));
  }
  try {
    const output = await run(
      tool,
      input.data,
      request,
      AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
    );
    if (isAsk(output)) throw new Error('asking the client is not served yet');
    ended({ outcome: 'success', reason: null });
    return { structuredContent: output.structured, content: [{ type: 'text', text: output.markdown }] };
  } catch (error) {
    return toResult(error, tool, request, ended);
  }
}

function run(tool: AnyTool, input: unknown, request: McpRequest, signal: AbortSignal): ReturnType<AnyTool['run']> {
  const { config, definition, call, ids } = request;
  if (tool.upstream === 'none') return tool.run(input, contextOf(request, noApi, signal));
  const { title } = definition.upstream;
  const api = createApiClient({
    baseUrl: config.upstream.baseUrl,
    title,
    accessToken: call?.credential ? accessToken(call.credential, title) : { value: '', version: 0 },
    renew: async (version) => accessToken(await request.renew(version), title),
    requestId: ids.requestId,
    traceparent: traceparent(request.trace),
    signal,
  });
  return tool.run(input, contextOf(request, api, signal));
}

function contextOf({ caller }: McpRequest, api: ApiClient, signal: AbortSignal): RequestContext {
  return {
    caller,
    api,
    signal,
    client: { name: undefined, version: undefined, can: () => false },
    round: { responses: {}, state: undefined },
    progress: () => Promise.resolve(),
    log: () => Promise.resolve(),
  };
}

/** For a tool that declares no upstream: it was given no credential, and gets none this way either. */
const refuseRequest = () => Promise.reject(new Error('a tool that declares `upstream: none` has no API'));
const noApi: ApiClient = { get: refuseRequest, post: refuseRequest, patch: refuseRequest };

function accessToken(answer: CredentialAnswer, title: string): AccessToken {
  switch (answer.kind) {
    case 'ready':
      return { value: answer.accessToken, version: answer.version };
    case 'ended':
      throw new UpstreamUnauthorizedError(`no credential: ${answer.reason}`);
    case 'unavailable':
      throw new UpstreamError(
        'upstream_unavailable',
        `${title} could not be reached to confirm your access. Try again in ${answer.retryAfterSeconds} seconds.`,
        'the credential could not be renewed',
      );
  }
}

function toResult(error: unknown, tool: AnyTool, request: McpRequest, ended: (end: CallEnd) => void): CallToolResult {
  if (error instanceof ToolInputError) {
    ended({ outcome: 'error', reason: 'invalid_arguments' });
    return failure(`Invalid arguments for ${tool.name}: ${error.field}: ${error.message}`);
  }
  if (error instanceof UpstreamUnauthorizedError) {
    request.log.warn('tool.unauthorized', { tool: tool.name, problem: error.message });
    ended({ outcome: 'refused', reason: error.code, reauthorize: true });
    return failure(error.publicMessage);
  }
  if (error instanceof UpstreamError) {
    request.log.warn('tool.upstream_failed', { tool: tool.name, reason: error.code, problem: error.message });
    ended({ outcome: error.code === 'upstream_forbidden' ? 'refused' : 'error', reason: error.code });
    return failure(error.publicMessage);
  }
  request.log.error('tool.failed', { tool: tool.name, problem: messageOf(error), error });
  ended({ outcome: 'error', reason: 'internal_error' });
  return failure(
    `The gateway could not finish this call. Its operator can find it by the request id ${request.ids.requestId}.`,
  );
}

function invalidArguments(tool: string, error: z.ZodError): string {
  const problems = error.issues.slice(0, 10).map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`);
  return `Invalid arguments for ${tool}: ${shorten(problems.join('; '), MAX_PROBLEMS_TEXT)}. Correct them and call the tool again.`;
}

function failure(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}
