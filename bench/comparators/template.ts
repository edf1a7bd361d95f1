// Cloudflare's template for a remote MCP server with OAuth: a McpAgent (one Durable Object per MCP session) behind the
// OAuth provider. It is built on the MCP SDK's first version, and speaks 2025-era revisions only.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpAgent } from 'agents/mcp';
import { behindProvider, type Env, type Props } from './provider';
import { tools } from './tools';

export class TemplateAgent extends McpAgent<Cloudflare.Env & Env, unknown, Props> {
  server = new McpServer({ name: 'comparator', version: '1.0.0' });

  async init(): Promise<void> {
    const url = this.env.UPSTREAM_URL;
    for (const { name, config, run } of tools)
      this.server.registerTool(name, config, (input) =>
        run(input, { url, accessToken: this.props?.accessToken ?? '' }),
      );
  }
}

const agent = TemplateAgent.serve('/mcp', { binding: 'AGENTS' });
export default behindProvider({ fetch: (request, env, ctx) => agent.fetch(request, env, ctx) });
