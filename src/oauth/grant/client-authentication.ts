// Who sends a token request, as far as it can be said before the OAuth library takes the request. The library knows
// `none` and client secrets. What it doesn't know is `private_key_jwt` (RFC 7523 §2.2): such a request is checked here,
// and handed on as one by the client that it proved to be from, without the assertion; the library then sees a client
// without authentication, for this one request.
import type { RequestIds } from '../../audit/event';
import { ASSERTION_TYPE } from '../clients/assertion';
import type { ClientDirectory } from '../clients/directory';
import { documentProblem, type DocumentProblem } from '../clients/document-error';
import { REST_MS } from '../clients/documents';
import { isMetadataUrl } from '../clients/public-url';
import type { Config } from '../../config';
import { createLog } from '../../shared/log';
import { oauthError } from '../../shared/oauth-error';
import { formOf } from '../../shared/parameters';
import type { Presented } from '../../session/stub';

/** The client's authentication where an assertion proved it; every other is a digest. */
const PROVEN = 'private_key_jwt';

export interface AuthenticatedRequest {
  readonly request: Request;
  readonly presented: Presented;
  /** The client that has proved by an assertion who it is. */
  readonly proven?: string | undefined;
}

/** What it takes to check an assertion, once there is one to check. */
export interface AuthenticationParts {
  readonly config: Pick<Config, 'issuer'>;
  readonly clients: Pick<ClientDirectory, 'refuseAssertion'>;
}

/**
 * Turns away a client whose id is the URL of a metadata document, and which isn't the session's own (RFC 6749 §5.2), and
 * one whose assertion doesn't hold: before the queue of token requests, and the foreign one before anything is loaded,
 * since a stranger's slow host must hold up nobody.
 */
export async function authenticateClient(
  request: Request,
  presented: Presented,
  own: string | undefined,
  parts: () => AuthenticationParts,
  ids: RequestIds,
): Promise<AuthenticatedRequest | Response> {
  const { clientId } = presented;
  const log = createLog({}, { ...ids });
  if (clientId !== undefined && isMetadataUrl(clientId) && clientId !== own) {
    log.warn('oauth.refused', { error: 'invalid_grant', reason: 'issued_to_another_client' });
    return oauthError(400, 'invalid_grant', 'This was issued to another client.');
  }
  if (!presented.asserted || clientId === undefined) return { request, presented };
  const form = await formOf(request);
  if (request.headers.has('Authorization') || form.get('client_secret'))
    return oauthError(400, 'invalid_request', 'Client must not use multiple authentication methods');
  let why: string | undefined;
  try {
    why = await refusedAssertion(form, clientId, new URL(request.url).pathname, parts);
  } catch (error) {
    return unknownClient(error, clientId, ids);
  }
  if (why !== undefined) {
    log.warn('oauth.refused', { error: 'invalid_client', category: 'client-authentication', reason: why });
    return oauthError(401, 'invalid_client', 'Client authentication failed');
  }
  form.delete('client_assertion');
  form.delete('client_assertion_type');
  form.set('client_id', clientId);
  const body = form.toString();
  return {
    request: new Request(request.url, { method: 'POST', headers: request.headers, body }),
    // No two assertions are the same, and what they prove is.
    presented: { ...presented, authentication: PROVEN },
    proven: clientId,
  };
}

async function refusedAssertion(
  form: URLSearchParams,
  clientId: string,
  tokenPath: string,
  parts: () => AuthenticationParts,
): Promise<string | undefined> {
  // Whoever registers gets a secret or none; keys stand in metadata documents.
  if (!isMetadataUrl(clientId)) return 'no_keys';
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) return 'unsupported_assertion_type';
  const { config, clients } = parts();
  const audience = { issuer: config.issuer, tokenEndpoint: config.issuer + tokenPath };
  return clients.refuseAssertion(clientId, form.get('client_assertion') ?? '', audience);
}

/**
 * The answer where a client couldn't be looked up. `invalid_client` would have a client take itself for deleted and
 * register anew, so that is for a document that isn't valid; one that can't be loaded may be back in a moment, and the
 * code or refresh token is still good then.
 * @throws the error itself when it is of another kind
 */
export function unknownClient(error: unknown, clientId: string | undefined, ids: RequestIds): Response {
  const problem: DocumentProblem | undefined = documentProblem(error);
  if (problem === undefined) throw error;
  createLog({}).warn('client.metadata_refused', { clientId, failure: `client_${problem}`, problem: error, ...ids });
  return problem === 'invalid'
    ? oauthError(401, 'invalid_client', 'The client metadata document is not valid.')
    : oauthError(503, 'temporarily_unavailable', 'The client metadata document could not be loaded.', {
        'Retry-After': String(REST_MS / 1000),
      });
}
