// The tools as clients see them. Schemas are converted once per isolate, and a list is built once per set of scopes:
// converting zod schemas per request would cost five to twenty times the CPU of the whole call.
import type { Tool } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { AnyTool } from '../define/tool';
import { visibleTools } from '../policy/scopes';
import { MAX_CACHED_LISTS } from './limits';

export interface Catalogue {
  find(name: string): AnyTool | undefined;
  /** What a token with these scopes may call, in the definition's order. */
  visible(scopes: readonly string[]): Tool[];
}

export function createCatalogue(tools: readonly AnyTool[]): Catalogue {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const listings = new Map<AnyTool, Tool>();
  const lists = new Map<string, Tool[]>();

  const listing = (tool: AnyTool): Tool => {
    const known = listings.get(tool);
    if (known) return known;
    const converted = toListing(tool);
    listings.set(tool, converted);
    return converted;
  };

  return {
    find: (name) => byName.get(name),
    visible(scopes) {
      const key = scopes.toSorted().join(' ');
      const known = lists.get(key);
      if (known) return known;
      const list = visibleTools(tools, scopes).map(listing);
      if (lists.size >= MAX_CACHED_LISTS) lists.clear();
      lists.set(key, list);
      return list;
    },
  };
}

function toListing(tool: AnyTool): Tool {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: z.toJSONSchema(tool.input as z.ZodObject, { io: 'input' }) as Tool['inputSchema'],
    outputSchema: z.toJSONSchema(tool.output as z.ZodObject, { io: 'output' }),
    annotations: { title: tool.title, ...tool.hints },
  };
}
