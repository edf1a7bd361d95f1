// The digest under which a code or token is stored: SHA-256 in hex, as the OAuth library names its records.
import { createHash } from 'node:crypto';

export function digestOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
