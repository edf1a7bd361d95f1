// All clients of the authorization server: the operator's own (OAUTH_CLIENTS), which have precedence; those that
// registered themselves; and those whose id is the URL of a metadata document. The OAuth library sees all of them as
// records in its store, and fetches nothing itself.
import type { Bindings, Config, PreregisteredClient } from '../../config';
import { edgeStore, type OAuthStore } from '../store/kv-store';
import { refusedAssertion, type AssertionAudience } from './assertion';
import { DocumentError } from './document-error';
import { Documents } from './documents';
import { METADATA } from './metadata';
import { compareWithDocument, recordOf } from './operators-clients';
import { isMetadataUrl } from './public-url';

export interface ClientDirectory {
  /**
   * All records of the library except a session's own grant and tokens. Looking up a client may throw DocumentError.
   */
  readonly store: OAuthStore;
  /**
   * Verifies a client assertion (RFC 7523 §2.2) and marks it as used.
   * @returns the reason to refuse it; undefined when the client is who it claims to be
   * @throws DocumentError
   */
  refuseAssertion(clientId: string, assertion: string, audience: AssertionAudience): Promise<string | undefined>;
}

type DirectoryBindings = Pick<Bindings, 'OAUTH_KV' | 'OAUTH_RECORDS'>;

/** @param keepSeconds how long copies of metadata documents are kept (documents.ts) */
export function clientDirectory(bindings: DirectoryBindings, config: Config, keepSeconds: number): ClientDirectory {
  const documents = new Documents(bindings, keepSeconds);
  const preregistered = new Map(config.clients.map((client) => [client.clientId, client]));
  const compared = new Set<string>();
  const byOperator = async (client: PreregisteredClient): Promise<object> => {
    if (isMetadataUrl(client.clientId) && !compared.has(client.clientId)) {
      compared.add(client.clientId);
      await compareWithDocument(client, documents);
    }
    return recordOf(client);
  };
  return {
    store: edgeStore(bindings, async (clientId) => {
      const client = preregistered.get(clientId);
      if (client) return byOperator(client);
      return isMetadataUrl(clientId) ? ((await documents.load(clientId, METADATA))?.record ?? null) : undefined;
    }),
    refuseAssertion: async (clientId, assertion, audience) => {
      // The operator gave this client a secret instead of keys.
      if (preregistered.get(clientId)?.clientSecret !== undefined) return 'no_keys';
      const client = isMetadataUrl(clientId) ? await documents.load(clientId, METADATA) : null;
      // `no_keys` would tell the client that it was deleted, although only its document is out of reach.
      if (client?.pinned) throw new DocumentError('unreachable', 'a shipped pin holds no keys');
      if (!client?.keys) return 'no_keys';
      return refusedAssertion(assertion, clientId, client.keys, audience, documents, bindings);
    },
  };
}
