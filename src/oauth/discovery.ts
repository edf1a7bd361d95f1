// The authorization server's metadata (RFC 8414) comes from the OAuth library. This file adds what the gateway
// implements itself (clients/): client ids that are metadata documents, and clients that sign assertions with their own
// keys.
import { ASSERTION_ALGORITHMS } from './clients/metadata';

interface ServerMetadata {
  readonly token_endpoint_auth_methods_supported: readonly string[];
}

/** @param response the library's answer at AUTHORIZATION_SERVER_METADATA_PATH */
export async function withDocumentClients(response: Response): Promise<Response> {
  if (response.status !== 200 || !response.body) return response;
  const metadata = await response.json<ServerMetadata>();
  const announced = {
    ...metadata,
    token_endpoint_auth_methods_supported: [...metadata.token_endpoint_auth_methods_supported, 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    client_id_metadata_document_supported: true,
  };
  return Response.json(announced, { headers: response.headers });
}
