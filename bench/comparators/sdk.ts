// The MCP SDK's own handler, bare: no authorization, no sessions, no record. Less than anybody could put into service.
import { env } from 'cloudflare:workers';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { createServer } from './sdk-server';

const { UPSTREAM_URL: url } = env as unknown as { UPSTREAM_URL: string };
const handler = createMcpHandler(() => createServer(() => ({ url, accessToken: 'none' })));

export default { fetch: (request) => handler.fetch(request) } satisfies ExportedHandler;
