// Seals upstream credentials with AES-256-GCM and a fresh random 96-bit nonce (NIST SP 800-38D §8.2.2). The additional
// data binds an envelope to its tenant, owner and upstream, so a ciphertext that is copied to another row doesn't
// open. The envelope names its key. The first key seals and every key opens, so keys can be rotated. With random
// nonces, one key should seal at most 2^32 envelopes; rotate it long before that.
import { GatewayError } from '../shared/errors';
import { fromBase64, toBase64Url } from './base64';

export interface CredentialKey {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What an envelope belongs to. */
export interface SealContext {
  readonly tenantId: string;
  /** The owner of the credential. An id is unique among the owners of one kind. */
  readonly owner: { readonly kind: 'session' | 'person' | 'tenant'; readonly id: string };
  readonly upstream: string;
}

export interface Keyring {
  /** @returns `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two base64url */
  seal(plaintext: string, context: SealContext): Promise<string>;
  /** @throws GatewayError `envelope_unopenable` for another context, an unknown key, or a changed bit */
  open(envelope: string, context: SealContext): Promise<string>;
}

const NONCE_BYTES = 12;
/** An envelope that doesn't open may contain anything in place of a key id. */
const MAX_LOGGED_ID = 32;

/** @param keys at least one; ids are unique (checked by the configuration) */
export function createKeyring(keys: readonly [CredentialKey, ...CredentialKey[]]): Keyring {
  const imported = new Map<string, Promise<CryptoKey>>();
  const importKey = (key: CredentialKey): Promise<CryptoKey> => {
    const existing = imported.get(key.id);
    if (existing) return existing;
    const created = crypto.subtle.importKey('raw', key.bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
    imported.set(key.id, created);
    return created;
  };

  return {
    async seal(plaintext, context) {
      const [key] = keys;
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: additionalData(key.id, context) };
      const sealed = await crypto.subtle.encrypt(algorithm, await importKey(key), new TextEncoder().encode(plaintext));
      return `v1.${key.id}.${toBase64Url(nonce)}.${toBase64Url(new Uint8Array(sealed))}`;
    },

    async open(envelope, context) {
      const [version, keyId, nonceText, sealedText, ...rest] = envelope.split('.');
      const key = keys.find((candidate) => candidate.id === keyId);
      const nonce = canonical(nonceText);
      const sealed = canonical(sealedText);
      if (version !== 'v1' || !key || nonce?.length !== NONCE_BYTES || !sealed || rest.length > 0)
        throw unopenable(keyId);
      const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: additionalData(key.id, context) };
      try {
        return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, await importKey(key), sealed));
      } catch {
        throw unopenable(keyId);
      }
    },
  };
}

/**
 * Decodes only the spelling that `seal` writes. One value has several base64 spellings, because of spare bits and
 * padding.
 */
function canonical(text = ''): Uint8Array<ArrayBuffer> | undefined {
  const bytes = fromBase64(text);
  return bytes && toBase64Url(bytes) === text ? bytes : undefined;
}

/** JSON keeps the parts apart, whatever characters they contain. */
function additionalData(keyId: string, { tenantId, owner, upstream }: SealContext): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify(['v1', keyId, 'credential', tenantId, owner.kind, owner.id, upstream]),
  );
}

function unopenable(keyId: string | undefined): GatewayError {
  return new GatewayError(
    'envelope_unopenable',
    'A stored credential could not be opened.',
    `sealed credential does not open (key id ${keyId?.slice(0, MAX_LOGGED_ID) ?? 'none'})`,
  );
}
