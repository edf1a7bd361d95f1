// A server of the MCP SDK (v2) with every tool, as the SDK's documents build one for each request.
import { McpServer } from '@modelcontextprotocol/server';
import { tools, type Upstream } from './tools';

export function createServer(upstream: () => Upstream): McpServer {
  const server = new McpServer({ name: 'comparator', version: '1.0.0' });
  for (const { name, config, run } of tools) server.registerTool(name, config, (input) => run(input, upstream()));
  return server;
}
