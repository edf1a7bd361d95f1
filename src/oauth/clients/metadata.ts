// Reads a client metadata document (draft-ietf-oauth-client-id-metadata-document-00 §4) into a client. A document is
// written for many authorization servers, so what this server doesn't support is left out. A document that contradicts
// itself, or contains something that must not be public, is refused.
import type { JSONWebKeySet } from 'jose';
import * as z from 'zod';
import { DocumentError } from './document-error';
import { KEEP_SECONDS, type DocumentKind } from './documents';
import { PINNED_CLIENTS, pinEnds } from './pinned-clients';
import { refusedUrl } from './public-url';

/** Algorithms for client assertions (RFC 7523 §2.2): those that every JWT library has, and nothing symmetric. */
export const ASSERTION_ALGORITHMS = ['ES256', 'RS256'];

export interface AssertionKeys {
  readonly from: { readonly jwks: JSONWebKeySet } | { readonly jwksUri: string };
  readonly algorithms: readonly string[];
}

export interface DocumentClient {
  /**
   * The OAuth library's record of a client. Its method is `private_key_jwt` only when the document doesn't offer
   * `none`: the client then gets no token without an assertion.
   */
  readonly record: {
    readonly clientId: string;
    readonly clientName: string;
    readonly redirectUris: readonly string[];
    readonly grantTypes: readonly string[];
    readonly responseTypes: readonly string[];
    readonly tokenEndpointAuthMethod: 'none' | 'private_key_jwt';
  };
  /** Present when the client may authenticate with an assertion. */
  readonly keys?: AssertionKeys | undefined;
  /** The client is known by its pin, which contains no keys. */
  readonly pinned?: true;
}

/** The longest name of any client: a page has to show it. */
export const MAX_CLIENT_NAME = 200;
/** Grant types that a client may use here. Others that it offers are left out of its record. */
export const SERVED_GRANT_TYPES = ['authorization_code', 'refresh_token'];
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const publicKey = z
  .looseObject({ kty: z.string() })
  .refine((key) => PRIVATE_MEMBERS.every((member) => !(member in key)), 'holds a private or symmetric key');
const publicKeys = z.looseObject({ keys: z.array(publicKey).min(1) });

const document = z
  .looseObject({
    client_id: z.string(),
    client_name: z.string().max(MAX_CLIENT_NAME).regex(/\S/),
    // A document may list any scheme. The authorization endpoint applies OAuth 2.1's policy to the one that a request
    // uses.
    redirect_uris: z.array(z.string().refine((uri) => URL.canParse(uri))).min(1),
    grant_types: z.array(z.string()).default(['authorization_code']),
    response_types: z.array(z.string()).default(['code']),
    token_endpoint_auth_method: z.string().optional(),
    token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
    token_endpoint_auth_signing_alg: z.string().optional(),
    jwks: publicKeys.optional(),
    jwks_uri: z.string().optional(),
  })
  .refine((said) => !('client_secret' in said || 'client_secret_expires_at' in said), 'holds a client secret');

/** The draft's own limit (§6). */
export const MAX_METADATA_BYTES = 5 * 1024;

export const METADATA: DocumentKind<DocumentClient> = {
  name: 'metadata',
  maxBytes: MAX_METADATA_BYTES,
  maxKeepSeconds: KEEP_SECONDS.session,
  read: readMetadata,
  pinned: pinnedClient,
};
/** The document itself and never its pin, for a comparison with the document. */
export const METADATA_ALONE: DocumentKind<DocumentClient> = {
  ...METADATA,
  unpinned: true,
  // The comparison decides nothing, so it must not delay a client that waits for its token.
  timeoutMs: 1_000,
};

export const KEYS: DocumentKind<JSONWebKeySet> = {
  name: 'keys',
  /** A few keys, some with their certificates. */
  maxBytes: 32 * 1024,
  /** The owner removes a stolen key from the set. A host that fails must not keep it valid for long. */
  maxKeepSeconds: 86_400,
  read: readKeys,
};

function pinnedClient(url: string): { result: DocumentClient; endsAt: number } | undefined {
  const pin = PINNED_CLIENTS.find(({ clientId }) => clientId === url);
  if (!pin || pinEnds(pin) <= Date.now()) return undefined;
  const { clientId, clientName, redirectUris, tokenEndpointAuthMethod } = pin;
  const grantTypes = [...SERVED_GRANT_TYPES];
  const record = { clientId, clientName, redirectUris, grantTypes, responseTypes: ['code'], tokenEndpointAuthMethod };
  return { result: { record, pinned: true }, endsAt: pinEnds(pin) };
}

function readMetadata(value: unknown, url: string): DocumentClient {
  const parsed = document.safeParse(value);
  if (!parsed.success) throw invalid(reason(parsed.error));
  const said = parsed.data;
  if (said.client_id !== url) throw invalid('it names another client_id');
  if (!said.grant_types.includes('authorization_code') || !said.response_types.includes('code'))
    throw invalid('it does not offer the authorization code grant');
  const preferred = said.token_endpoint_auth_method;
  const offered = said.token_endpoint_auth_methods_supported ?? [preferred ?? 'none'];
  if (preferred !== undefined && !offered.includes(preferred)) throw invalid('its authentication methods disagree');
  if (preferred?.startsWith('client_secret_')) throw invalid('it asks for a client secret, which it cannot keep');
  const keys = offered.includes('private_key_jwt') ? assertionKeys(said) : undefined;
  const open = offered.includes('none');
  if (!open && !keys) throw invalid('it offers neither none nor private_key_jwt');
  if (!open && typeof keys === 'string') throw invalid(keys);
  return {
    record: {
      clientId: url,
      clientName: said.client_name,
      redirectUris: said.redirect_uris,
      grantTypes: said.grant_types.filter((type) => SERVED_GRANT_TYPES.includes(type)),
      responseTypes: ['code'],
      tokenEndpointAuthMethod: open ? 'none' : 'private_key_jwt',
    },
    keys: typeof keys === 'string' ? undefined : keys,
  };
}

function readKeys(value: unknown): JSONWebKeySet {
  const parsed = publicKeys.safeParse(value);
  if (!parsed.success) throw invalid(reason(parsed.error));
  return parsed.data;
}

/** The keys for `private_key_jwt`, or the reason why they can't be used. */
function assertionKeys(said: z.output<typeof document>): AssertionKeys | string {
  const { jwks, jwks_uri: jwksUri, token_endpoint_auth_signing_alg: algorithm } = said;
  const algorithms = ASSERTION_ALGORITHMS.filter((known) => algorithm === undefined || known === algorithm);
  if (algorithms.length === 0)
    return `its token_endpoint_auth_signing_alg is not one of ${ASSERTION_ALGORITHMS.join()}`;
  if (jwks && jwksUri !== undefined) return 'it has both jwks and jwks_uri';
  if (jwks) return { from: { jwks }, algorithms };
  if (jwksUri === undefined) return 'it has no keys for private_key_jwt';
  const refusal = refusedUrl(jwksUri);
  return refusal === undefined ? { from: { jwksUri }, algorithms } : `its jwks_uri is ${refusal}`;
}

function reason(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'malformed'}`;
}

function invalid(why: string): DocumentError {
  return new DocumentError('invalid', why);
}
