// What a key or secret must be beside long: not one byte repeated, as a placeholder is, and not the same as another.
// One value in two places lets whoever learns it in one act in the other: a backend that knows its admin token could
// make session MACs. Messages here never repeat a value.
import * as z from 'zod';
import { fromBase64, toBase64Url } from '../crypto/base64';
import { ConfigError } from '../shared/errors';

export const NOT_RANDOM = 'is one byte repeated, which is no secret; npm run setup generates one';

export function isOneByteRepeated(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === bytes[0]);
}

/** As long as the identity provider makes it. */
export const providerSecret = z
  .string()
  .min(1)
  .refine((value) => !readings(value).some(isOneByteRepeated), 'is one byte repeated, which is no secret');

export const secret = z
  .string()
  .min(16, 'must have at least 16 characters; npm run setup generates one')
  .refine((value) => !readings(value).some(isOneByteRepeated), NOT_RANDOM);

export const key = z.string().transform((value, context) => {
  const bytes = fromBase64(value);
  if (!bytes || bytes.length < 32)
    context.addIssue('must be at least 32 random bytes in base64; npm run setup generates one');
  else if (isOneByteRepeated(bytes)) context.addIssue(NOT_RANDOM);
  return bytes ?? new Uint8Array();
});

/**
 * @param secrets each with the variable that holds it: its bytes, or its text
 * @throws ConfigError for the second of two that are the same, in whatever encoding
 */
export function requireDistinct(secrets: readonly (readonly [variable: string, value: Uint8Array | string])[]): void {
  const holders = new Map<string, string>();
  for (const [variable, value] of secrets) {
    const own = new Set((typeof value === 'string' ? readings(value) : [value]).map(toBase64Url));
    for (const reading of own) {
      const holder = holders.get(reading);
      if (holder !== undefined)
        throw new ConfigError(variable, `is the same secret as another (${holder}); npm run setup generates each`);
    }
    for (const reading of own) holders.set(reading, variable);
  }
}

/** What a text can stand for: its characters, and the bytes that it is the base64 of. */
function readings(value: string): Uint8Array[] {
  const decoded = fromBase64(value);
  return [new TextEncoder().encode(value), ...(decoded ? [decoded] : [])];
}
