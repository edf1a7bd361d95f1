// Cloudflare's OAuth provider in front of an MCP handler, set up as its documents do. Signing in is a formality here:
// whoever comes is let in at once, with a token for the upstream in the grant's props.
import { env } from 'cloudflare:workers';
import { OAuthProvider, type OAuthHelpers } from '@cloudflare/workers-oauth-provider';

export interface Env {
  readonly PUBLIC_URL: string;
  readonly UPSTREAM_URL: string;
  readonly OAUTH_PROVIDER: OAuthHelpers;
}

export interface Props {
  [key: string]: unknown;
  readonly accessToken: string;
}

const { PUBLIC_URL } = env as unknown as Env;

const login = {
  async fetch(request: Request, { OAUTH_PROVIDER: provider }: Env): Promise<Response> {
    if (new URL(request.url).pathname !== '/authorize') return new Response('Not found', { status: 404 });
    const authorization = await provider.parseAuthRequest(request);
    const props: Props = { accessToken: 'upstream-token' };
    const userId = `user-${crypto.randomUUID()}`;
    const answer = { request: authorization, userId, metadata: {}, scope: authorization.scope, props };
    const { redirectTo } = await provider.completeAuthorization(answer);
    return Response.redirect(redirectTo);
  },
};

type ApiHandler = { fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> | Response };

export function behindProvider(apiHandler: ApiHandler): OAuthProvider<Env> {
  return new OAuthProvider<Env>({
    apiRoute: '/mcp',
    apiHandler: apiHandler,
    defaultHandler: login,
    authorizeEndpoint: '/authorize',
    tokenEndpoint: '/token',
    clientRegistrationEndpoint: '/register',
    resourceMetadata: { resource: `${PUBLIC_URL}/mcp` },
  });
}
