// The operator's own clients (OAUTH_CLIENTS). Their word beats a client's document, so that an operator can let a client
// in whose document is blocked or broken. Where the two differ the operator is told: a client may have moved.
import { createHash } from 'node:crypto';
import type { PreregisteredClient } from '../../config';
import { createLog, currentLog } from '../../shared/log';
import { DocumentError } from './document-error';
import type { Documents } from './documents';
import { METADATA_ALONE, SERVED_GRANT_TYPES, type DocumentClient } from './metadata';

/** The library's own record of a client; a secret is kept as the SHA-256 it compares with. */
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

/** Warns where a client's document says otherwise than the operator. A document that can't be had says nothing. */
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

/** The members, by their names in a document. */
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
