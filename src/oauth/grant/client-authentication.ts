// Authenticates the client of a token request, as far as that happens before the OAuth library takes the request. The
// library knows `none` and client secrets, but not `private_key_jwt` (RFC 7523 §2.2). An assertion is checked here, and the
// request is handed on without it; for this one request the library then sees a public client.
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

/** Stands for the authentication of a client that an assertion has proved. Any other authentication is a digest. */
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
 * Turns away two kinds of client before the queue of token requests: a client that isn't the session's own (RFC 6749 §5.2)
 * and whose id is the URL of a metadata document, and a client whose assertion doesn't hold. The first is turned away before
 * its document is loaded, so that a stranger's slow host holds up nobody.
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
    // No two assertions are the same, but all of them prove the same.
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
  // A registered client has a secret or none. Only a metadata document can name keys.
  if (!isMetadataUrl(clientId)) return 'no_keys';
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) return 'unsupported_assertion_type';
  const { config, clients } = parts();
  const audience = { issuer: config.issuer, tokenEndpoint: config.issuer + tokenPath };
  return clients.refuseAssertion(clientId, form.get('client_assertion') ?? '', audience);
}

/**
 * The answer when a client couldn't be looked up. On `invalid_client` a client takes itself for deleted and registers again,
 * so that is only for a document that isn't valid. A document that can't be loaded may be back in a moment, and the code or
 * refresh token is still good then.
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
