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
import { parametersIn, repeatedIn } from '../shared/parameters';
import { refuseExchange } from '../session/authority';
import { fingerprint } from '../session/client-authentication';
import { sessionAt } from '../session/face';
import type { AuthorizationServers } from '../session/settings';
import { REGISTER_PATH, TOKEN_PATH } from './authorization-server';
import { AUTHORIZATION_SERVER_METADATA_PATH, withDocumentClients } from './discovery';
import { refusedRegistration } from './registration';

/** A token request is a short form, a registration a page of JSON; no RFC sets a bound, so this one is generous. */
const MAX_BODY_BYTES = 64 * 1024;

const NOT_UTF8 = 'The body is not UTF-8.';

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
  const withBody = (text: string): Request => {
    const headers = new Headers(request.headers);
    headers.delete('Content-Length');
    return new Request(request.url, { method: 'POST', headers, body: text });
  };
  if (pathname !== TOKEN_PATH) {
    // What a registration says is stored and shown. Its reader puts U+FFFD for bytes that don't decode.
    if (body.includes('\uFFFD')) return oauthError(400, 'invalid_client_metadata', NOT_UTF8);
    return atEdge(withBody(body), scope);
  }
  // What isn't a form the library refuses.
  if (!isForm(request)) return atEdge(withBody(body), scope);
  const form = parametersIn(body);
  if (form === undefined) return oauthError(400, 'invalid_request', NOT_UTF8);
  if (repeatedIn(form).length > 0) return oauthError(400, 'invalid_request', 'A parameter is given more than once.');
  // As everybody behind reads it: without what has no value.
  body = form.toString();
  const copy = withBody(body);
  const sessionId = sessionOf(form, scope.config);
  const authorization = request.headers.get('Authorization');
  const clientId = clientOf(form, authorization);
  if (sessionId !== undefined) {
    const refreshToken = form.get('grant_type') === 'refresh_token' ? form.get('refresh_token') : null;
    return sessionAt(scope.bindings, sessionId).tokenEndpoint(copy, scope.ids, {
      clientId,
      asserted: form.has('client_assertion'),
      refreshToken: refreshToken ?? undefined,
      fingerprint: fingerprint('sent', `${authorization}\0${body}`),
    });
  }
  // Looking up a client may mean a fetch to wherever its id points; an invented code is not worth one.
  return clientId !== undefined && isMetadataUrl(clientId) ? neverIssued() : atEdge(copy, scope, form.get('resource'));
}

function isForm({ headers }: Request): boolean {
  const type = headers.get('Content-Type') ?? '';
  return type.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
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
