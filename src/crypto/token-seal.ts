// Seals a text so that only the holder of a secret opens it: AES-256-GCM under a key that HKDF (RFC 5869) derives from
// the secret, a refresh token or the handle of a form. The secret isn't stored, so the sealed text alone is worthless.
import { fromBase64, toBase64Url } from './base64';

const SALT_BYTES = 16;
const NONCE_BYTES = 12;

/**
 * @param token at least 128 random bits, such as a refresh token
 * @param purpose what is sealed. It is part of the key, so a text that is sealed for one purpose doesn't open for
 * another.
 */
export async function sealByToken(plaintext: string, token: string, purpose: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = await keyOf(token, salt, purpose);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new TextEncoder().encode(plaintext));
  return [salt, iv, new Uint8Array(sealed)].map(toBase64Url).join('.');
}

/** @returns undefined when the token, the purpose or any bit differs */
export async function openByToken(envelope: string, token: string, purpose: string): Promise<string | undefined> {
  const [salt, iv, sealed] = envelope.split('.').map(fromBase64);
  if (!salt || !iv || !sealed) return undefined;
  try {
    const key = await keyOf(token, salt, purpose);
    return new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed));
  } catch {
    return undefined;
  }
}

async function keyOf(token: string, salt: Uint8Array<ArrayBuffer>, purpose: string): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey('raw', encoder.encode(token), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt, info: encoder.encode(purpose) };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}
