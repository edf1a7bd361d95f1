// The protocol's handlers over one definition. A server knows no caller: each handler takes the request it serves from
// the exchange beside it, so the same server may serve one request (2026-07-28) or one session (2025 era).
import { Server } from '@modelcontextprotocol/server';
import type { GatewayDefinition } from '../define/gateway';
import { callTool } from './call';
import type { Catalogue } from './catalogue';
import { exchangeOf } from './exchange';
import { LIST_TTL_MS } from './limits';

export function createServer(definition: GatewayDefinition, catalogue: Catalogue): Server {
  const cache = { ttlMs: LIST_TTL_MS, cacheScope: 'private' } as const;
  const server = new Server(
    { name: definition.name, title: definition.title, version: definition.version },
    {
      capabilities: { tools: {} },
      instructions: definition.instructions,
      cacheHints: { 'tools/list': cache, 'server/discover': cache },
    },
  );
  server.setRequestHandler('tools/list', (_request, context) => ({
    tools: catalogue.visible(exchangeOf(context).request.caller.scopes),
  }));
  server.setRequestHandler('tools/call', ({ params }, context) => {
    const exchange = exchangeOf(context);
    const signal = AbortSignal.any([context.mcpReq.signal, exchange.gone]);
    return callTool(exchange.request, catalogue, params, signal, (end) => exchange.finish(end));
  });
  return server;
}
