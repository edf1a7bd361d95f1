// The addresses of the MCP endpoint: each leads to a protected resource and its server, and makes one lifecycle.
import type { Context } from 'hono';
import type { ResourceServers } from '../../oauth/resource-server';
import { RecentGrants } from '../../session/client/recent-grants';
import { resourceAt, resourceDescribedAt, resourceOf } from '../../shared/resources';
import type { EdgeEnv } from '../context';
import { McpRequestLifecycle, type LifecycleParts } from './request-lifecycle';

export interface McpRouteParts extends Pick<LifecycleParts, 'definition' | 'endpoint' | 'outcomes'> {
  readonly resourceServer: ResourceServers;
}

export function mcpRoute({ resourceServer, ...given }: McpRouteParts): (c: Context<EdgeEnv>) => Promise<Response> {
  const now = (): number => Date.now();
  const parts = { ...given, recents: new RecentGrants(now), now };
  return async (c) => {
    const { issuer } = c.get('config');
    const { raw: http } = c.req;
    // An address that leads to no resource is answered with 404, as the shared resource's server does.
    const resource = resourceAt(issuer, http.url) ?? resourceDescribedAt(issuer, http.url) ?? resourceOf(issuer, null);
    const server = resourceServer(c.get('config'), resource);
    const request = new McpRequestLifecycle(c, server, parts);
    try {
      return await server.fetch(http, request, c.executionCtx as ExecutionContext);
    } finally {
      request.dispose();
    }
  };
}
