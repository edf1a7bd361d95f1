// An ApiClient that records what it was asked and answers with the given body, or with what a function makes of the
// request; checked as the real one does.
import type { z } from 'zod';
import type { ApiClient, ApiPath } from '../../../src/define/api';
import { isAsk, type RequestContext } from '../../../src/define/context';
import type { AnyTool, Caller, ToolOutput } from '../../../src/define/tool';

/** Method and path, and the query or body that went with them. */
export type Recorded = readonly [request: string, payload: unknown];

export const ada: Caller = {
  userId: 'usr_1',
  email: 'ada@acme.example',
  tenantId: 'acme',
  tenantName: 'Acme | Industries',
  clientId: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
  scopes: ['profile:read', 'leads:*'],
  attainable: ['profile:read', 'leads:read', 'leads:write', 'tickets:write'],
  roleKnown: true,
  signedInAt: Date.UTC(2026, 10, 21),
};

export function fakeContext(answer?: unknown): { context: RequestContext; requests: Recorded[] } {
  const requests: Recorded[] = [];
  const reply =
    (method: string) =>
    async <Schema extends z.ZodType>(path: ApiPath, schema: Schema, payload?: unknown): Promise<z.output<Schema>> => {
      requests.push([`${method} ${path}`, payload]);
      return schema.parse(typeof answer === 'function' ? answer(`${method} ${path}`, payload) : answer);
    };
  const api: ApiClient = { get: reply('GET'), post: reply('POST'), patch: reply('PATCH') };
  const context: RequestContext = {
    caller: ada,
    moreAccess: { offered: ['tickets:write'], how: 'Call request_access.' },
    api,
    signal: new AbortController().signal,
    client: { name: undefined, version: undefined, can: () => false },
    round: { responses: {}, state: undefined },
    progress: () => Promise.resolve(),
    log: () => Promise.resolve(),
  };
  return { context, requests };
}

/** Runs a tool that asks its client for nothing. */
// oxlint-disable-next-line typescript/no-explicit-any -- a tool of some schemas, as in AnyTool
export async function runTool(tool: AnyTool, input: unknown, context: RequestContext): Promise<ToolOutput<any>> {
  const answer = await tool.run(input, context);
  if (isAsk(answer)) throw new Error(`${tool.name} asked its client`);
  return answer;
}
