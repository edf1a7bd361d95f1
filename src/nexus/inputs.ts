// Input fields that several tools share. Each is bounded, and one-line fields take no line breaks or control
// characters: some of them end up in the headers of an e-mail.
import * as z from 'zod';
import { NotFoundError, ToolInputError } from '../define/errors';
import { hiddenMessage, isOneLine, unseen } from '../define/text';

/** The longest slug of an article. */
export const SLUG_LIMIT = 128;

// What people read later holds nothing that they wouldn't see: one line, or many, of 1 to `max` characters.
export { shownLine as line, shownText as prose } from '../define/text';

/** The id of a record as Nexus hands it out; a value that could be anything else of a URL is refused. */
export function id(description: string, max = 64): z.ZodString {
  return z
    .string()
    .max(max)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'Must be an id as returned by a search')
    .describe(description);
}

/** The id in a resource's URI, held to the same as in a tool's input: what is no id is no record's. */
export function idIn(variables: Readonly<Record<string, string>>, name: string, max?: number): string {
  const { data, error } = id(name, max).safeParse(variables[name]);
  if (error) throw new NotFoundError();
  return data;
}

/**
 * Any address that a mailbox can have without quotes (RFC 5322 dot-atom, RFC 6531 beyond ASCII); whether there is one,
 * Nexus knows. `z.email()` refuses `a&b@…` and every domain beyond ASCII.
 */
const ADDRESS = /^[^\s@"(),:;<>[\\\]]+@[^\s@"(),:;<>[\\\]]+$/;

export const address = z
  .string()
  .max(254)
  .regex(ADDRESS, 'Must be an email address')
  .refine((text) => unseen(text) === undefined, { error: ({ input }) => hiddenMessage(String(input)) });

export function email(description: string): z.ZodString {
  return address.describe(description);
}

/** Whether a change changes anything. */
export function changesSomething(change: Readonly<Record<string, unknown>>): boolean {
  return Object.values(change).some((value) => value !== undefined);
}

/** @throws ToolInputError where none of the `fields` is given */
export function requireChange(
  change: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, unknown>>,
): void {
  if (!changesSomething(change))
    throw new ToolInputError('input', `Give at least one field to change: ${Object.keys(fields).join(', ')}.`);
}

export function usd(description: string): z.ZodInt {
  return z.int().min(0).max(1_000_000_000_000).describe(description);
}

/** The text filter of every search. Nobody reads it, so it may hold what was copied along with a word. */
export const query = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine(isOneLine, 'Must be one line without control characters')
  .describe('Words to look for; part of a word is enough, case does not matter')
  .optional();
