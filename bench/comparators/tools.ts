// What every comparator serves: the tools of the gateway under test, with the same schemas and the same rendering, over
// the plain API client that a person would write first. Built once per isolate, which is the kindest way to all of them.
import type * as z from 'zod';
import { apiClient, type ApiClient } from '../../src/define/api';
import { isAsk, type RequestContext } from '../../src/define/context';
import type { AnyTool } from '../../src/define/tool';
import { nexus } from '../../src/nexus/definition';

export interface ToolResult {
  [key: string]: unknown;
  structuredContent: Record<string, unknown>;
  content: { type: 'text'; text: string }[];
}

export interface ServedTool {
  readonly name: string;
  readonly config: {
    readonly title: string;
    readonly description: string;
    readonly inputSchema: z.ZodObject;
    readonly outputSchema: z.ZodObject;
    readonly annotations: AnyTool['hints'];
  };
  readonly run: (input: Record<string, unknown>, upstream: Upstream) => Promise<ToolResult>;
}

export interface Upstream {
  readonly url: string;
  readonly accessToken: string;
}

export const tools: readonly ServedTool[] = nexus.tools.map((tool) => ({
  name: tool.name,
  config: {
    title: tool.title,
    description: tool.description,
    inputSchema: tool.input,
    outputSchema: tool.output,
    annotations: tool.hints,
  },
  async run(input, upstream) {
    const output = await tool.run(input, { api: apiOf(upstream) } as unknown as RequestContext);
    if (isAsk(output)) throw new Error('not a tool that this benchmark calls');
    return { structuredContent: output.structured, content: [{ type: 'text', text: output.markdown }] };
  },
}));

function apiOf({ url, accessToken }: Upstream): ApiClient {
  return apiClient(async (method, path, schema, { body } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${accessToken}`, Accept: 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`the upstream answered ${response.status}`);
    return schema.parse(await response.json());
  });
}
