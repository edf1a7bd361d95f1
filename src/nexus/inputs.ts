// Input fields that several tools share. Each is bounded, and one-line fields take no line breaks or control
// characters: some of them end up in the headers of an e-mail.
import * as z from 'zod';

function oneLine(text: string): boolean {
  return !/[\p{Cc}\u2028\u2029]/u.test(text);
}

/** Text of one line, 1 to `max` characters. */
export function line(max: number): z.ZodString {
  return z.string().trim().min(1).max(max).refine(oneLine, 'Must be one line without control characters');
}

/** Text of many lines, 1 to `max` characters. */
export function prose(max: number): z.ZodString {
  return z.string().trim().min(1).max(max);
}

/** The id of a record as Nexus hands it out; a value that could be anything else of a URL is refused. */
export function id(description: string, max = 64): z.ZodString {
  return z
    .string()
    .max(max)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'Must be an id as returned by a search')
    .describe(description);
}

export function email(description: string): z.ZodEmail {
  return z.email().max(254).describe(description);
}

export function usd(description: string): z.ZodInt {
  return z.int().min(0).max(1_000_000_000_000).describe(description);
}

/** The text filter of every search. */
export const query = line(200).describe('Words to look for; part of a word is enough, case does not matter').optional();
