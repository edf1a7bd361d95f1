// Sealing of a text under a secret that only the person who comes back with it has: AES-256-GCM, with a key derived from
// the secret (HKDF, RFC 5869). Whoever reads the storage alone can't open it. Each secret seals one text per purpose.
import { fromBase64 } from './base64';

const NONCE_BYTES = 12;

/** @param secret at least 128 random bits, which are kept nowhere beside the text */
export async function sealUnder(secret: string, purpose: string, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = await keyFrom(secret, purpose);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new TextEncoder().encode(text));
  return `${iv.toBase64()}.${new Uint8Array(sealed).toBase64()}`;
}

/** @returns undefined when it was sealed under another secret, for another purpose, or has been changed */
export async function openUnder(secret: string, purpose: string, sealed: string): Promise<string | undefined> {
  const [iv, data] = sealed.split('.').map(fromBase64);
  if (iv?.length !== NONCE_BYTES || !data) return undefined;
  try {
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await keyFrom(secret, purpose), data);
    return new TextDecoder().decode(opened);
  } catch {
    return undefined;
  }
}

async function keyFrom(secret: string, purpose: string): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: encoder.encode(purpose) },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}
