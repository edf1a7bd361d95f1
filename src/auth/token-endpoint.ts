// Routes what the authorization server serves: a request about a grant goes to the object of that grant's session,
// everything else (discovery, registration, and codes or tokens this gateway never issued) is answered at the edge.
import type { RequestIds } from '../audit/event';
import { claimedClient } from '../clients/assertion';
import { clientDirectory } from '../clients/directory';
import { KEEP_SECONDS } from '../clients/documents';
import { isMetadataUrl } from '../clients/public-url';
import type { Bindings, Config } from '../config';
import { fromBase64 } from '../crypto/base64';
import { sessionIdOf } from '../crypto/subject';
import { FetchError, readBounded } from '../shared/bounded-fetch';
import { oauthError } from '../shared/oauth-error';
import { refuseExchange } from '../session/authority';
import { sessionAt } from '../session/face';
import { presentedBy } from '../session/presented';
import type { AuthorizationServers } from '../session/settings';
import { REGISTER_PATH, TOKEN_PATH } from './authorization-server';
import { AUTHORIZATION_SERVER_METADATA_PATH, withDocumentClients } from './discovery';
import { refusedRegistration } from './registration';

/** A token request is a short form, a registration a page of JSON; no RFC sets a bound, so this one is generous. */
const MAX_BODY_BYTES = 64 * 1024;

export interface AuthorizationServerRequest {
  readonly bindings: Bindings;
  readonly config: Config;
  readonly servers: AuthorizationServers;
  readonly ids: RequestIds;
  readonly ctx: ExecutionContext;
}

/** Serves every endpoint of the authorization server but the authorization endpoint itself. */
export async function serveAuthorizationServer(request: Request, scope: AuthorizationServerRequest): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === REGISTER_PATH && request.method === 'POST') {
    const refused = await refusedRegistration(request, scope.config, scope.bindings);
    if (refused) return refused;
  }
  if (pathname === AUTHORIZATION_SERVER_METADATA_PATH && request.method === 'GET')
    return withDocumentClients(await atEdge(request, scope));
  if (request.method !== 'POST') return atEdge(request, scope);
  let body: string;
  try {
    body = await readBounded(request, MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof FetchError && error.reason === 'too_large') return bodyTooLarge();
    throw error;
  }
  const copy = new Request(request.url, { method: 'POST', headers: request.headers, body });
  if (pathname !== TOKEN_PATH) return atEdge(copy, scope);
  const form = new URLSearchParams(body);
  const sessionId = sessionOf(form, scope.config);
  const clientId = clientOf(form, request.headers.get('Authorization'));
  if (sessionId !== undefined) {
    const presented = presentedBy(form, request.headers, clientId);
    return readable(request, await sessionAt(scope.bindings, sessionId).tokenEndpoint(copy, scope.ids, presented));
  }
  // Looking up a client may mean a fetch to wherever its id points; an invented code is not worth one.
  return clientId !== undefined && isMetadataUrl(clientId) ? neverIssued() : atEdge(copy, scope, form.get('resource'));
}

/** Where the answer isn't the library's, which says so itself: a page of an origin that is let in may read it (CORS). */
function readable(request: Request, response: Response): Response {
  const origin = request.headers.get('Origin');
  if (origin === null || response.headers.has('Access-Control-Allow-Origin')) return response;
  const answer = new Response(response.body, response);
  answer.headers.set('Access-Control-Allow-Origin', origin);
  answer.headers.append('Vary', 'Origin');
  return answer;
}

/** Whom a token request says that it is from, in the order in which the library looks. */
function clientOf(form: URLSearchParams, authorization: string | null): string | undefined {
  const named = form.getAll('client_id').find((value) => value !== '');
  return named ?? basicUser(authorization) ?? claimedClient(form.get('client_assertion') ?? '');
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

function atEdge(
  request: Request,
  { servers, bindings, config, ctx }: AuthorizationServerRequest,
  indicator: string | null = null,
): Promise<Response> {
  return servers(config, indicator).fetch(
    request,
    { OAUTH_KV: clientDirectory(bindings, config, KEEP_SECONDS.signIn).store, exchange: refuseExchange },
    ctx,
  );
}

function neverIssued(): Response {
  return oauthError(400, 'invalid_grant', 'The code or token is not one of this authorization server.');
}

function bodyTooLarge(): Response {
  return oauthError(413, 'invalid_request', `The request is larger than ${MAX_BODY_BYTES} bytes.`);
}
