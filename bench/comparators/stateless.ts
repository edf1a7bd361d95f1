// What Cloudflare's documents recommend today: the agents package's stateless handler behind its OAuth provider.
import { env } from 'cloudflare:workers';
import { createMcpHandler, getMcpAuthContext } from 'agents/mcp/server';
import { behindProvider, type Env, type Props } from './provider';
import { createServer } from './sdk-server';

const { UPSTREAM_URL: url } = env as unknown as Env;
const accessToken = () => (getMcpAuthContext()?.props as Props | undefined)?.accessToken ?? '';
const handler = createMcpHandler(() => createServer(() => ({ url, accessToken: accessToken() })));

export default behindProvider({ fetch: (request, bindings, ctx) => handler(request, bindings, ctx) });
