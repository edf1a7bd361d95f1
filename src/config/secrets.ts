// Rules for keys and secrets beside their length: none is one byte repeated, like a placeholder, and no two are the
// same. Whoever learns a secret that is used twice can act in both roles: a backend that knows its admin token could
// make session MACs. Messages here never repeat a value.
import * as z from 'zod';
import { fromBase64, toBase64Url } from '../crypto/base64';
import { ConfigError } from '../shared/errors';

/** 256 bits: AES-256 takes exactly that many, and HMAC-SHA-256 gains nothing by more. */
export const KEY_BYTES = 32;
/** Fewer characters can be guessed, even random ones. */
const MIN_SECRET_CHARACTERS = 16;

export const NOT_RANDOM = 'is one byte repeated, which is no secret; npm run setup generates one';

export function isOneByteRepeated(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === bytes[0]);
}

/** The identity provider chooses the length of this secret. */
export const providerSecret = z
  .string()
  .min(1)
  .refine((value) => !readings(value).some(isOneByteRepeated), 'is one byte repeated, which is no secret');

export const secret = z
  .string()
  .min(MIN_SECRET_CHARACTERS, `must have at least ${MIN_SECRET_CHARACTERS} characters; npm run setup generates one`)
  .refine((value) => !readings(value).some(isOneByteRepeated), NOT_RANDOM);

export const key = z.string().transform((value, context) => {
  const bytes = fromBase64(value);
  if (!bytes || bytes.length < KEY_BYTES)
    context.addIssue(`must be at least ${KEY_BYTES} random bytes in base64; npm run setup generates one`);
  else if (isOneByteRepeated(bytes)) context.addIssue(NOT_RANDOM);
  return bytes ?? new Uint8Array();
});

/**
 * @param secrets each with its variable; the value is the bytes or the text of the secret
 * @throws ConfigError for the second of two equal secrets, whatever their encodings
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

/** The byte strings that a text can mean: its characters, and what they are the base64 of. */
function readings(value: string): Uint8Array[] {
  const decoded = fromBase64(value);
  return [new TextEncoder().encode(value), ...(decoded ? [decoded] : [])];
}
