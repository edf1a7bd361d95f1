// The MCP endpoint's way through the edge: body bounded and read, decision by the session, answer by the protocol,
// and the outcome sent to the session behind the answer. What only reads may begin while the session is asked, with what
// it granted a moment ago; until it has said yes, such a run reaches nothing but the upstream, and that to read.
import type { Context } from 'hono';
import type { GatewayDefinition } from '../define/gateway';
import { lostAccessChallenge, type ResourceScope, type ResourceServers } from '../auth/resource-server';
import type { McpEndpoint } from '../mcp/endpoint';
import type { Caller } from '../define/tool';
import type { PlainRequest } from '../mcp/plain';
import { createRequest, type McpRequest, type RequestBody } from '../mcp/request';
import type { ToolRun } from '../mcp/tool-run';
import type { GrantedCall, SessionFace } from '../session/face';
import type { Outcomes } from '../session/outcomes';
import { resourceAt, resourceDescribedAt, resourceOf } from '../shared/resources';
import { readBody } from './body';
import type { EdgeEnv } from './context';

export interface McpRouteParts {
  readonly definition: GatewayDefinition;
  readonly resourceServer: ResourceServers;
  readonly endpoint: McpEndpoint;
  readonly outcomes: Outcomes;
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
    const challenge = lostAccessChallenge(resource, definition);
    let body: RequestBody = { kind: 'none' };
    let plain: PlainRequest | undefined;
    let early: McpRequest | undefined;
    let begun: ToolRun | undefined;

    const requestOf = (caller: Caller, sessionId: string, call: GrantedCall | undefined, session: AskedSession) => {
      const { tenantId, userId, clientId } = caller;
      const callLog = log.with({ tenantId, userId, clientId });
      const around = { definition, config, log: callLog, now: Date.now };
      return createRequest({ body, caller, sessionId, call, challenge, ids, trace }, session, around);
    };

    let admit: ((value: undefined) => void) | undefined;
    const scope: ResourceScope = {
      bindings: c.env,
      config,
      ids,
      log,
      outcomes,
      describe: async () => {
        body = await readBody(http);
        const about = endpoint.describe(http, body, config);
        ({ plain } = about);
        return about;
      },
      beginEarly: ({ caller, credential }, session, sessionId) => {
        // Nothing of it is on record yet: its event has no id.
        const admitted = new Promise<undefined>((resolve) => (admit = resolve));
        const request = requestOf(caller, sessionId, { eventId: '', credential }, heldBack(session, admitted));
        early = { ...request, admitted };
        begun = plain && endpoint.beginEarly(http, early, plain);
      },
      serve: async ({ granted: { caller, call, expiresAt }, session, sessionId, earlyHolds }) => {
        const run = earlyHolds ? begun : undefined;
        if (run) admit?.(undefined);
        else begun?.discard();
        const request = (run && early) ?? requestOf(caller, sessionId, call, session);
        const { response, outcome } = await endpoint.serve(http, request, {
          bindings: c.env,
          expiresAt: expiresAt * 1_000,
          call,
          plain,
          begun: run,
        });
        if (run) begun = undefined;
        if (outcome) c.executionCtx.waitUntil(outcome);
        return response;
      },
    };
    try {
      return await resourceServer(config, resource).fetch(http, scope, c.executionCtx as ExecutionContext);
    } finally {
      begun?.discard(); // refused, or begun with what no longer holds
    }
  };
}

type AskedSession = Pick<SessionFace, 'renew' | 'publish'>;

/** A session that is asked nothing for a request before it has admitted it. */
function heldBack(session: AskedSession, admitted: Promise<undefined>): AskedSession {
  return {
    renew: async (...input) => {
      await admitted;
      return session.renew(...input);
    },
    publish: async (...input) => {
      await admitted;
      return session.publish(...input);
    },
  };
}
