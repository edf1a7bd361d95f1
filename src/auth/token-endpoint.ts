// Routes what the authorization server serves: a request about a grant goes to the object of that grant's session,
// everything else (discovery, registration, and codes or tokens this gateway never issued) is answered at the edge.
import type { RequestIds } from '../audit/event';
import type { Bindings, Config } from '../config';
import { sessionIdOf } from '../crypto/subject';
import { FetchError, readBounded } from '../shared/bounded-fetch';
import { refuseExchange } from '../session/authority';
import { sessionAt } from '../session/face';
import type { AuthorizationServer } from '../session/settings';
import { edgeStore } from '../storage/oauth-store';
import { TOKEN_PATH } from './authorization-server';

/** A token request is a short form; RFC 6749 sets no bound, so this one is generous. */
const MAX_FORM_BYTES = 64 * 1024;

export interface AuthorizationServerRequest {
  readonly bindings: Bindings;
  readonly config: Config;
  readonly server: AuthorizationServer;
  readonly ids: RequestIds;
  readonly ctx: ExecutionContext;
}

/** Serves every endpoint of the authorization server but the authorization endpoint itself. */
export async function serveAuthorizationServer(request: Request, scope: AuthorizationServerRequest): Promise<Response> {
  if (request.method !== 'POST' || new URL(request.url).pathname !== TOKEN_PATH) return atEdge(request, scope);
  let form: string;
  try {
    form = await readBounded(request, MAX_FORM_BYTES);
  } catch (error) {
    if (error instanceof FetchError && error.reason === 'too_large') return formTooLarge();
    throw error;
  }
  const copy = new Request(request.url, { method: 'POST', headers: request.headers, body: form });
  const sessionId = sessionOf(new URLSearchParams(form), scope.config);
  return sessionId === undefined
    ? atEdge(copy, scope)
    : sessionAt(scope.bindings, sessionId).tokenEndpoint(copy, scope.ids);
}

/** The session that the request is about: only the field that its grant type is read from counts, so a stray one can't lead astray. */
function sessionOf(form: URLSearchParams, config: Config): string | undefined {
  const grantType = form.get('grant_type');
  const field = grantType === 'authorization_code' ? 'code' : grantType ? 'refresh_token' : 'token';
  return sessionIdOf(form.get(field) ?? '', config.sessionKey);
}

function atEdge(request: Request, { server, bindings, config, ctx }: AuthorizationServerRequest): Promise<Response> {
  return server.fetch(
    request,
    { OAUTH_KV: edgeStore(bindings.OAUTH_KV, config.clients), exchange: refuseExchange },
    ctx,
  );
}

function formTooLarge(): Response {
  return Response.json(
    { error: 'invalid_request', error_description: `The request is larger than ${MAX_FORM_BYTES} bytes.` },
    { status: 413, headers: { 'Cache-Control': 'no-store' } },
  );
}
