// The operator's own clients (OAUTH_CLIENTS). Such an entry has precedence over the client's document, so an operator
// can admit a client whose document is blocked or broken. When the two differ, a warning tells the operator, because
// the client may have moved.
import { createHash } from 'node:crypto';
import type { PreregisteredClient } from '../../config';
import { createLog, currentLog } from '../../shared/log';
import { DocumentError } from './document-error';
import type { Documents } from './documents';
import { METADATA_ALONE, SERVED_GRANT_TYPES, type DocumentClient } from './metadata';

/** The library's record of a client. It contains the SHA-256 of the secret, which the library compares. */
export function recordOf(client: PreregisteredClient): object {
  const secret = client.clientSecret;
  return {
    clientId: client.clientId,
    clientName: client.clientName,
    redirectUris: client.redirectUris,
    grantTypes: SERVED_GRANT_TYPES,
    responseTypes: ['code'],
    tokenEndpointAuthMethod: methodOf(client),
    ...(secret === undefined ? {} : { clientSecret: createHash('sha256').update(secret).digest('hex') }),
  };
}

/** Warns when a client's document differs from the operator's entry. A document that can't be loaded is ignored. */
export async function compareWithDocument(client: PreregisteredClient, documents: Documents): Promise<void> {
  let said: DocumentClient | null;
  try {
    said = await documents.load(client.clientId, METADATA_ALONE);
  } catch (error) {
    if (error instanceof DocumentError) return;
    throw error;
  }
  const differs = said === null ? ['client_id'] : differences(client, said);
  if (differs.length > 0)
    currentLog(createLog({})).warn('client.document_differs', { clientId: client.clientId, differs });
}

/** The members that differ, under their names in a document. */
function differences(client: PreregisteredClient, { record }: DocumentClient): string[] {
  const uris = (list: readonly string[]): string => [...list].sort().join('\n');
  return [
    ...(client.clientName === record.clientName ? [] : ['client_name']),
    ...(uris(client.redirectUris) === uris(record.redirectUris) ? [] : ['redirect_uris']),
    ...(methodOf(client) === record.tokenEndpointAuthMethod ? [] : ['token_endpoint_auth_method']),
  ];
}

function methodOf({ clientSecret }: PreregisteredClient): 'none' | 'client_secret_basic' {
  return clientSecret === undefined ? 'none' : 'client_secret_basic';
}
