// Routes what the authorization server serves: a request about a grant goes to the object of that grant's session,
// everything else (discovery, registration, and codes or tokens this gateway never issued) is answered at the edge.
import type { RequestIds } from '../audit/event';
import { claimedClient } from './clients/assertion';
import { clientDirectory } from './clients/directory';
import { KEEP_SECONDS } from './clients/documents';
import { isMetadataUrl } from './clients/public-url';
import type { Bindings, Config } from '../config';
import { sessionIdOf } from '../crypto/subject';
import { FetchError, readBounded } from '../shared/bounded-fetch';
import { oauthError } from '../shared/oauth-error';
import { parametersIn, repeatedIn } from '../shared/parameters';
import { refuseExchange } from './grant/server';
import { sessionAt } from '../session/stub';
import { presentedBy } from './grant/presented-token';
import type { AuthorizationServers } from '../session/settings';
import { AUTHORIZATION_SERVER_METADATA_PATH, REGISTER_PATH, TOKEN_PATH } from './server';
import { basicUser, isBasic, withoutRepeatedId } from './basic-client';
import { withDocumentClients } from './discovery';
import { boundedRegistration, refusedRegistration } from './registration';

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
    if (error instanceof FetchError && error.reason === 'not_utf8')
      return notUtf8(pathname === REGISTER_PATH ? 'invalid_client_metadata' : 'invalid_request');
    throw error;
  }
  const withBody = (text: string): Request => {
    const headers = new Headers(request.headers);
    headers.delete('Content-Length');
    return new Request(request.url, { method: 'POST', headers, body: text });
  };
  if (pathname === REGISTER_PATH) {
    const registration = boundedRegistration(body);
    return registration instanceof Response ? registration : atEdge(withBody(registration), scope);
  }
  // The library refuses what is no form.
  if (pathname !== TOKEN_PATH || !isForm(request)) return atEdge(withBody(body), scope);
  const given = parametersIn(body);
  if (given === undefined) return notUtf8('invalid_request');
  if (repeatedIn(given).length > 0) return oauthError(400, 'invalid_request', 'A parameter is given more than once.');
  const authorization = request.headers.get('Authorization');
  if (isBasic(authorization) && basicUser(authorization) === undefined) return unreadableClient();
  const form = withoutRepeatedId(given, authorization);
  if (form instanceof Response) return form;
  // As everybody behind reads it: without what has no value.
  body = form.toString();
  const copy = withBody(body);
  const sessionId = sessionOf(form, scope.config);
  const clientId = clientOf(form, authorization);
  if (clientId === undefined && form.has('client_assertion')) return unreadableClient();
  if (sessionId !== undefined) {
    const presented = presentedBy(form, request.headers, clientId);
    return readable(request, await sessionAt(scope.bindings, sessionId).tokenEndpoint(copy, scope.ids, presented));
  }
  // Looking up a client may mean a fetch to wherever its id points; an invented code is not worth one.
  return clientId !== undefined && isMetadataUrl(clientId) ? neverIssued() : atEdge(copy, scope, form.get('resource'));
}

function isForm({ headers }: Request): boolean {
  const type = headers.get('Content-Type') ?? '';
  return type.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
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

/** The library reads more loosely. It would look up whom we can't read, and so fetch a document for a stranger. */
function unreadableClient(): Response {
  return oauthError(401, 'invalid_client', 'Client authentication failed', {
    'WWW-Authenticate': 'Basic realm="OAuth"',
  });
}

function neverIssued(): Response {
  return oauthError(400, 'invalid_grant', 'The code or token is not one of this authorization server.');
}

function notUtf8(code: 'invalid_request' | 'invalid_client_metadata'): Response {
  return oauthError(400, code, 'The request is not UTF-8.');
}

function bodyTooLarge(): Response {
  return oauthError(413, 'invalid_request', `The request is larger than ${MAX_BODY_BYTES} bytes.`);
}
