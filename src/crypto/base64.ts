// base64url without padding (RFC 4648 §5), and decoding of configured keys.

export function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** Decodes base64 or base64url, padded or not. @returns undefined for anything else, also where it holds white space */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w+/-]*={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text.replaceAll('-', '+').replaceAll('_', '/').replaceAll('=', ''));
  } catch {
    return undefined;
  }
}
