// Input fields that several tools share. Each is bounded, and one-line fields take no line breaks or control
// characters: some of them end up in the headers of an e-mail.
import * as z from 'zod';
import { NotFoundError, ToolInputError } from '../define/errors';

/** The longest slug of an article. */
export const SLUG_LIMIT = 128;

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

/** The id in a resource's URI, held to the same as in a tool's input: what is no id is no record's. */
export function idIn(variables: Readonly<Record<string, string>>, name: string, max?: number): string {
  const { data, error } = id(name, max).safeParse(variables[name]);
  if (error) throw new NotFoundError();
  return data;
}

export function email(description: string): z.ZodEmail {
  return z.email().max(254).describe(description);
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

/** The text filter of every search. */
export const query = line(200).describe('Words to look for; part of a word is enough, case does not matter').optional();
