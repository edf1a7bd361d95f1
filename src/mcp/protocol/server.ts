// The protocol's handlers over one definition. A server knows no caller: each handler takes the request it serves from
// the exchange beside it, so the same server may serve one request (2026-07-28) or one session (2025 era).
import type { CacheHint, Implementation, Server, ServerContext, Tool } from '@modelcontextprotocol/server';
import type { GatewayDefinition } from '../../define/gateway';
import type { Caller } from '../../define/tool';
import { callTool } from '../calls/tool';
import { capabilitiesOf, type ServerMode } from './capabilities';
import type { Catalogue, Lists } from '../calls/catalogue';
import { CheckedServer } from './checked-server';
import { complete } from '../calls/completion';
import { exchangeOf, PROTOCOL_ERROR } from '../calls/request-context';
import { LIST_TTL_MS, READ_TTL_MS, STATE_TTL_SECONDS } from '../calls/limits';
import type { Icons } from '../calls/listings';
import { pageOf } from './pagination';
import { getPrompt } from '../calls/prompt';
import { verifyState } from '../calls/request-state';
import { readResource, subscribe, type Subscriptions } from '../calls/resource';
import { SESSION_REVISIONS } from './revisions';
import { negotiatedIn, servingOf, type Serving } from '../calls/handler-context';

/** Private throughout: what is listed depends on who asks. */
export const LISTED = { ttlMs: LIST_TTL_MS, cacheScope: 'private' } as const;
const CACHE = {
  'server/discover': LISTED,
  'tools/list': LISTED,
  'prompts/list': LISTED,
  'resources/list': LISTED,
  'resources/templates/list': LISTED,
  'resources/read': { ttlMs: READ_TTL_MS, cacheScope: 'private' },
} as const satisfies Record<string, CacheHint>;

/** How the server names itself. */
export function implementationOf({ name, title, version, websiteUrl, icons }: GatewayDefinition): Implementation {
  return { name, title, version, ...(websiteUrl && { websiteUrl }), ...(icons && { icons: icons as Icons }) };
}

/** A page of the caller's tools. @throws ProtocolError for a cursor that isn't ours */
export function toolsPage({ tools }: Lists, cursor: string | undefined): { tools: Tool[]; nextCursor?: string } {
  const { entries, next } = pageOf('tools', tools, (tool) => tool.name, cursor);
  return { tools: entries, ...next };
}

/**
 * @param caller whom its instructions are for
 * @param subscriptions of a 2025-era session; without them its clients can't subscribe to resources
 */
export function createServer(
  definition: GatewayDefinition,
  catalogue: Catalogue,
  mode: ServerMode,
  caller: Caller,
  subscriptions?: Subscriptions,
): Server {
  const { instructions } = catalogue.visible(caller);
  const capabilities = capabilitiesOf(definition, mode, subscriptions !== undefined);
  const server = new CheckedServer(implementationOf(definition), {
    capabilities,
    instructions,
    cacheHints: CACHE,
    supportedProtocolVersions: SESSION_REVISIONS,
    requestState: { verify: (state, context) => verifyState(state, context) },
    // In a session the SDK waits for the user's answer as long as the state of the question is good.
    inputRequired: { roundTimeoutMs: STATE_TTL_SECONDS * 1_000 },
  });
  const serve = async <Result>(context: ServerContext, run: (serving: Serving) => Promise<Result>): Promise<Result> => {
    const serving = servingOf(server, context);
    try {
      return await run(serving);
    } catch (error) {
      serving.finish(PROTOCOL_ERROR);
      throw error;
    }
  };
  const list = <Page extends object>(context: ServerContext, page: (lists: Lists) => Page): Page => {
    const exchange = exchangeOf(context);
    exchange.passedAs = negotiatedIn(server, context);
    const lists = catalogue.visible(exchange.request.caller);
    // Said on the newer wire alone, in place of the hint above.
    return exchange.passedAs.era === 'modern' ? { ...page(lists), ttlMs: lists.ttlMs } : page(lists);
  };

  server.setRequestHandler('tools/list', ({ params }, context) =>
    list(context, (lists) => toolsPage(lists, params?.cursor)),
  );
  server.setRequestHandler('tools/call', ({ params }, context) =>
    serve(context, (serving) => exchangeOf(context).finished?.result ?? callTool(serving, catalogue, params)),
  );

  if (capabilities.prompts) {
    server.setRequestHandler('prompts/list', ({ params }, context) =>
      list(context, (lists) => {
        const { entries, next } = pageOf('prompts', lists.prompts, (prompt) => prompt.name, params?.cursor);
        return { prompts: entries, ...next };
      }),
    );
    server.setRequestHandler('prompts/get', ({ params }, context) =>
      serve(context, (serving) => getPrompt(serving, catalogue, params)),
    );
  }

  if (capabilities.resources) {
    server.setRequestHandler('resources/list', ({ params }, context) =>
      list(context, (lists) => {
        const { entries, next } = pageOf('resources', lists.resources, ({ uri }) => uri, params?.cursor);
        return { resources: entries, ...next };
      }),
    );
    server.setRequestHandler('resources/templates/list', ({ params }, context) =>
      list(context, ({ resourceTemplates }) => {
        const { entries, next } = pageOf('templates', resourceTemplates, (one) => one.uriTemplate, params?.cursor);
        return { resourceTemplates: entries, ...next };
      }),
    );
    server.setRequestHandler('resources/read', ({ params }, context) =>
      serve(context, (serving) => readResource(serving, catalogue, params)),
    );
  }
  if (subscriptions && capabilities.resources?.subscribe) {
    server.setRequestHandler('resources/subscribe', ({ params }, context) =>
      serve(context, (serving) => subscribe(serving, catalogue, subscriptions, params)),
    );
    server.setRequestHandler('resources/unsubscribe', async ({ params }) => {
      await subscriptions.unsubscribe(params.uri);
      return {};
    });
  }
  if (capabilities.completions)
    server.setRequestHandler('completion/complete', ({ params }, context) =>
      serve(context, (serving) => complete(serving, catalogue, params)),
    );
  return server;
}
