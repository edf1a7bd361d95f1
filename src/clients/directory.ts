// Who the clients are: the operator's own (OAUTH_CLIENTS), those that have registered, and those whose id is the URL of
// their metadata document. The OAuth library sees all three as records in its store, and fetches nothing by itself.
import { createHash } from 'node:crypto';
import type { Bindings, Config, PreregisteredClient } from '../config';
import { edgeStore, type OAuthStore } from '../storage/oauth-store';
import { refusedAssertion, type AssertionAudience } from './assertion';
import { Documents } from './documents';
import { METADATA } from './metadata';
import { isMetadataUrl } from './public-url';

export interface ClientDirectory {
  /** What the library keeps and looks up, a session's own grant and tokens apart. A lookup may throw DocumentError. */
  readonly store: OAuthStore;
  /**
   * Checks and spends a client assertion (RFC 7523 §2.2).
   * @returns why it is refused; undefined when the client is who it says
   * @throws DocumentError
   */
  refuseAssertion(clientId: string, assertion: string, audience: AssertionAudience): Promise<string | undefined>;
}

export type DirectoryBindings = Pick<Bindings, 'OAUTH_KV' | 'OAUTH_RECORDS'>;

/** @param keepSeconds for how long metadata documents are to be kept (documents.ts) */
export function clientDirectory(bindings: DirectoryBindings, config: Config, keepSeconds: number): ClientDirectory {
  const documents = new Documents(bindings, keepSeconds);
  const byDocument = (url: string) => documents.load(url, METADATA);
  const preregistered = new Map(config.clients.map((client) => [client.clientId, recordOf(client)]));
  return {
    store: edgeStore(bindings, async (clientId) =>
      isMetadataUrl(clientId) ? ((await byDocument(clientId))?.record ?? null) : preregistered.get(clientId),
    ),
    refuseAssertion: async (clientId, assertion, audience) => {
      const client = isMetadataUrl(clientId) ? await byDocument(clientId) : null;
      if (!client?.keys) return 'no_keys';
      return refusedAssertion(assertion, clientId, client.keys, audience, documents, bindings);
    },
  };
}

/** The library's own record of a client; a secret is kept as the SHA-256 it compares with. */
function recordOf(client: PreregisteredClient): object {
  const secret = client.clientSecret;
  return {
    clientId: client.clientId,
    clientName: client.clientName,
    redirectUris: client.redirectUris,
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: ['code'],
    tokenEndpointAuthMethod: secret === undefined ? 'none' : 'client_secret_basic',
    ...(secret === undefined ? {} : { clientSecret: createHash('sha256').update(secret).digest('hex') }),
  };
}
