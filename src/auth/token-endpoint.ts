// Routes what the authorization server serves: a request about a grant goes to the object of that grant's session,
// everything else (discovery, registration, and codes or tokens this gateway never issued) is answered at the edge.
import { createHash } from 'node:crypto';
import type { RequestIds } from '../audit/event';
import type { Bindings, Config } from '../config';
import { fromBase64 } from '../crypto/base64';
import { sessionIdOf } from '../crypto/subject';
import { FetchError, readBounded } from '../shared/bounded-fetch';
import { refuseExchange } from '../session/authority';
import { sessionAt } from '../session/face';
import type { AuthorizationServer } from '../session/settings';
import { edgeStore } from '../storage/oauth-store';
import { TOKEN_PATH } from './authorization-server';

/** A token request is a short form, a registration a page of JSON; no RFC sets a bound, so this one is generous. */
const MAX_BODY_BYTES = 64 * 1024;

export interface AuthorizationServerRequest {
  readonly bindings: Bindings;
  readonly config: Config;
  readonly server: AuthorizationServer;
  readonly ids: RequestIds;
  readonly ctx: ExecutionContext;
}

/** Serves every endpoint of the authorization server but the authorization endpoint itself. */
export async function serveAuthorizationServer(request: Request, scope: AuthorizationServerRequest): Promise<Response> {
  if (request.method !== 'POST') return atEdge(request, scope);
  let body: string;
  try {
    body = await readBounded(request, MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof FetchError && error.reason === 'too_large') return bodyTooLarge();
    throw error;
  }
  const copy = new Request(request.url, { method: 'POST', headers: request.headers, body });
  if (new URL(request.url).pathname !== TOKEN_PATH) return atEdge(copy, scope);
  const form = new URLSearchParams(body);
  const sessionId = sessionOf(form, scope.config);
  const clientId = form.get('client_id') ?? basicUser(request.headers.get('Authorization'));
  if (sessionId !== undefined) {
    const refreshToken = form.get('grant_type') === 'refresh_token' ? form.get('refresh_token') : null;
    const fingerprint = createHash('sha256')
      .update(`${request.headers.get('Authorization')}\0${body}`)
      .digest('hex');
    const presented = { clientId, refreshToken: refreshToken ?? undefined, fingerprint };
    return sessionAt(scope.bindings, sessionId).tokenEndpoint(copy, scope.ids, presented);
  }
  // Looking up a client may mean a fetch to wherever its id points; an invented code is not worth one.
  return clientId?.startsWith('https:') ? neverIssued() : atEdge(copy, scope);
}

/** The client id of HTTP Basic client authentication (RFC 6749 §2.3.1), if that is what the header holds. */
function basicUser(authorization: string | null): string | undefined {
  const encoded = /^Basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  const decoded = fromBase64(encoded ?? '');
  const user = decoded && new TextDecoder().decode(decoded).split(':')[0];
  try {
    return user === undefined || user === '' ? undefined : decodeURIComponent(user.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
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

function neverIssued(): Response {
  return refusal(400, 'invalid_grant', 'The code or token is not one of this authorization server.');
}

function bodyTooLarge(): Response {
  return refusal(413, 'invalid_request', `The request is larger than ${MAX_BODY_BYTES} bytes.`);
}

function refusal(status: number, error: string, error_description: string): Response {
  return Response.json({ error, error_description }, { status, headers: { 'Cache-Control': 'no-store' } });
}
