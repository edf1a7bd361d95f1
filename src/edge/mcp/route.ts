// The MCP endpoint's way through the edge: body bounded and read, decision by the session, answer by the protocol,
// and the outcome sent to the session behind the answer. What only reads may begin while the session is asked, with what
// it granted a moment ago; until it has said yes, such a run reaches nothing but the upstream, and that to read.
import type { Context } from 'hono';
import type { GatewayDefinition } from '../../define/gateway';
import type { Granted } from '../../session/client/recent-grants';
import type { Decision, ResourceScope, ResourceServers } from '../../oauth/resource-server';
import type { Described, McpEndpoint } from '../../mcp/http/endpoint';
import { createRequest, type McpRequest, type RequestBody } from '../../mcp/calls/request';
import type { ToolRun } from '../../mcp/fast-path/run';
import type { PendingOutcomes } from '../../session/client/pending-outcomes';
import { resourceAt, resourceDescribedAt, resourceOf } from '../../shared/resources';
import { readBody } from '../../mcp/http/body';
import type { EdgeEnv } from '../context';

export interface McpRouteParts {
  readonly definition: GatewayDefinition;
  readonly resourceServer: ResourceServers;
  readonly endpoint: McpEndpoint;
  readonly outcomes: PendingOutcomes;
}

export function mcpRoute({
  definition,
  resourceServer,
  endpoint,
  outcomes,
}: McpRouteParts): (c: Context<EdgeEnv>) => Promise<Response> {
  return async (c) => {
    const [config, log, trace] = [c.get('config'), c.get('log'), c.get('trace')];
    const http = c.req.raw;
    const ids = { requestId: c.get('requestId'), traceId: trace.traceId };
    const { issuer } = config;
    // Addresses that lead to no resource are answered like any that the shared one isn't at: with 404.
    const resource = resourceAt(issuer, http.url) ?? resourceDescribedAt(issuer, http.url) ?? resourceOf(issuer, null);
    const server = resourceServer(config, resource);
    const challenge = server.lostAccess;
    let body: RequestBody = { kind: 'none' };
    let about: Described | undefined;
    let early: McpRequest | undefined;
    let begun: ToolRun | undefined;

    const requestOf = (
      { caller, access, call, withheld }: Pick<Granted, 'caller' | 'access' | 'call' | 'withheld'>,
      { session, sessionId, standing }: Pick<Decision, 'session' | 'sessionId' | 'standing'>,
      admitted?: Promise<undefined>,
    ): McpRequest => {
      const { tenantId, userId, clientId } = caller;
      const callLog = log.with({ tenantId, userId, clientId });
      const around = { definition, config, log: callLog, now: Date.now, admitted, standing };
      const stepUp = withheld && server.stepUp(withheld.needed);
      const data = { body, caller, access, sessionId, call, withheld, challenge, stepUp, ids, trace };
      return createRequest(data, session, around);
    };

    let admit: ((value: undefined) => void) | undefined;
    const scope: ResourceScope = {
      bindings: c.env,
      config,
      ids,
      log,
      outcomes,
      describe: async (sessionId) => {
        body = await readBody(http);
        about = await endpoint.describe(http, body, config, sessionId);
        return about;
      },
      beginEarly: ({ credential, ...recent }, by) => {
        const admitted = new Promise<undefined>((resolve) => (admit = resolve));
        // Nothing of it is on record yet: its event has no id.
        early = requestOf({ ...recent, call: { eventId: '', credential } }, by, admitted);
        begun = about && endpoint.begin(http, early, about);
      },
      serve: async ({ granted, earlyHolds, ...by }) => {
        const { call, expiresAt, ours } = granted;
        const run = earlyHolds ? begun : undefined;
        if (run) admit?.(undefined);
        else begun?.discard();
        // What began early did so before its intent was on record.
        const request = run && early ? { ...early, call } : requestOf(granted, by);
        const { response, outcome } = await endpoint.serve(http, request, {
          bindings: c.env,
          token: { expiresAt, ours },
          about,
          begun: run,
        });
        if (run) begun = undefined;
        if (outcome) c.executionCtx.waitUntil(outcome);
        return response;
      },
    };
    try {
      return await server.fetch(http, scope, c.executionCtx as ExecutionContext);
    } finally {
      begun?.discard(); // refused, or begun with what no longer holds
    }
  };
}
