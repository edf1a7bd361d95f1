// The MCP endpoint's way through the edge: body bounded and read, decision by the session, answer by the protocol,
// and the outcome sent to the session behind the answer.
import type { Context } from 'hono';
import type { GatewayDefinition } from '../define/gateway';
import { lostAccessChallenge, type ResourceScope, type ResourceServers } from '../auth/resource-server';
import type { McpEndpoint } from '../mcp/endpoint';
import { MAX_BODY_BYTES, MAX_BODY_DEPTH, MAX_BODY_PARTS } from '../mcp/limits';
import { createRequest, type RequestBody } from '../mcp/request';
import { FetchError, readBounded } from '../shared/bounded-fetch';
import { resourceAt, resourceDescribedAt, resourceOf } from '../shared/resources';
import { idsOf, type EdgeEnv } from './context';

export interface McpRouteParts {
  readonly definition: GatewayDefinition;
  readonly resourceServer: ResourceServers;
  readonly endpoint: McpEndpoint;
}

export function mcpRoute({
  definition,
  resourceServer,
  endpoint,
}: McpRouteParts): (c: Context<EdgeEnv>) => Promise<Response> {
  return async (c) => {
    const { config, log, trace } = c.var;
    const http = c.req.raw;
    const ids = idsOf(c.var);
    const { issuer } = config;
    // Addresses that lead to no resource are answered like any that the shared one isn't at: with 404.
    const resource = resourceAt(issuer, http.url) ?? resourceDescribedAt(issuer, http.url) ?? resourceOf(issuer, null);
    let body: RequestBody = { kind: 'none' };

    const serve: ResourceScope['serve'] = async ({ caller, call, expiresAt }, session, sessionId) => {
      const callLog = log.with({ tenantId: caller.tenantId, userId: caller.userId, clientId: caller.clientId });
      const challenge = lostAccessChallenge(resource, definition);
      const request = createRequest({ body, caller, sessionId, call, challenge, ids, trace }, session, {
        definition,
        config,
        log: callLog,
        now: Date.now,
      });
      const { response, outcome } = await endpoint.serve(http, request, {
        bindings: c.env,
        expiresAt: expiresAt * 1_000,
      });
      if (outcome) c.executionCtx.waitUntil(outcome);
      return response;
    };

    return resourceServer(config, resource).fetch(
      http,
      {
        bindings: c.env,
        config,
        ids,
        log,
        describe: async () => {
          body = await readBody(http);
          return endpoint.describe(body, config);
        },
        serve,
      },
      c.executionCtx as ExecutionContext,
    );
  };
}

async function readBody(request: Request): Promise<RequestBody> {
  if (request.method !== 'POST') return { kind: 'none' };
  try {
    const text = await readBounded(request, MAX_BODY_BYTES);
    if (hasMoreParts(text, MAX_BODY_PARTS)) return { kind: 'too_deep' };
    const value = JSON.parse(text) as unknown;
    return nestsDeeper(value, MAX_BODY_DEPTH) ? { kind: 'too_deep' } : { kind: 'json', value };
  } catch (error) {
    return { kind: error instanceof FetchError && error.reason === 'too_large' ? 'too_large' : 'malformed' };
  }
}

/** Counts what opens or continues a list or an object; such characters inside a text count as well, which is harmless. */
function hasMoreParts(text: string, parts: number): boolean {
  let count = 0;
  for (let index = 0; index < text.length && count <= parts; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x2c || code === 0x5b || code === 0x7b) count += 1;
  }
  return count > parts;
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return levels === 0 || Object.values(value).some((child) => nestsDeeper(child, levels - 1));
}
