// Text that other people wrote into the upstream, made fit for a model and a terminal: only what a person would see
// in it is kept, and its length is bounded. It is still data of unknown intent: markdown.ts escapes it for display.
// The other way round, text that people are asked about or will read is refused where it hides something from them.
import * as z from 'zod';
import { SEEN_IN_CONTEXT } from './joiners';

// CSI and OSC sequences go as a whole, so that no "[31m" is left behind; a lone ESC goes with the control characters.
// oxlint-disable-next-line no-control-regex -- terminal escapes are control characters
const TERMINAL_ESCAPES = /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)/g;
const LINE_BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
/** Line breaks that a terminal or a program takes for something else: a lone CR lets a line overwrite itself. */
const ODD_LINE_BREAKS = /\r(?!\n)|[\v\f\u0085]/g;
// Controls, formats and Default_Ignorable_Code_Point: zero-width characters, bidi overrides and isolates, tag characters
// and variation selectors. All of them can carry instructions that a model reads and a person doesn't see. What is taken
// out again are the formats that are drawn (Prepended_Concatenation_Mark).
const HIDDEN =
  /[[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]--[\n\r\t\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}]]/gv;
const IN_CONTEXT = new RegExp(SEEN_IN_CONTEXT, 'uy');
/** Beyond what is hidden: line breaks that only some programs know, blanks that are no spaces, and what has no picture. */
const NOT_AS_IT_IS = /[\r\u2028\u2029\u2800\p{Private_Use}\p{Surrogate}\p{Noncharacter_Code_Point}]/u;

/** What most texts are; nothing in it is replaced by any of the above. */
const PLAIN = /^[\n\t -~]*$/;

/** Keeps what a person would see: no control, zero-width, bidi or tag characters; every line break becomes `\n`. */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return withoutHidden(text.toWellFormed().replace(TERMINAL_ESCAPES, '').replace(LINE_BREAKS, '\n'));
}

/** As {@link visible}, for data that a program works with: line breaks that everybody knows stay as they are. */
export function harmless(text: string): string {
  if (PLAIN.test(text)) return text;
  return withoutHidden(text.toWellFormed().replace(TERMINAL_ESCAPES, '').replace(ODD_LINE_BREAKS, '\n'));
}

function withoutHidden(text: string): string {
  return text.replace(HIDDEN, (character, index: number) => (isSeenAt(text, index) ? character : ''));
}

/** Whether a joiner, selector or tag changes what a person sees, where it stands. */
function isSeenAt(text: string, index: number): boolean {
  IN_CONTEXT.lastIndex = index;
  return IN_CONTEXT.test(text);
}

/** {@link harmless} for every string of a JSON value, names of members included; itself where nothing changes. */
export function harmlessData<Value>(value: Value): Value;
export function harmlessData(value: unknown): unknown {
  if (typeof value === 'string') return harmless(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    const cleaned = items.map((item) => harmlessData(item));
    return cleaned.some((item, index) => item !== items[index]) ? cleaned : value;
  }
  // What is no plain object (a Date) says itself what it is in JSON.
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.entries(value);
  const cleaned = members.map(([name, member]) => [harmless(name), harmlessData(member)] as const);
  const changed = cleaned.some(
    ([name, member], index) => name !== members[index]?.[0] || member !== members[index]?.[1],
  );
  return changed ? Object.fromEntries(cleaned) : value;
}

/**
 * What of a text a person would not see as it is, in words; undefined where there is nothing. A CRLF is seen as the line
 * break that it is; any other CR is not.
 */
export function unseen(text: string): string | undefined {
  if (PLAIN.test(text)) return undefined;
  const lines = text.replaceAll('\r\n', '\n');
  for (const { 0: character, index } of lines.matchAll(HIDDEN))
    if (!isSeenAt(lines, index)) return named(character, index);
  const other = NOT_AS_IT_IS.exec(lines);
  return other ? named(other[0], other.index) : undefined;
}

function named(character: string, index: number): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${code} at position ${index + 1}`;
}

/** The schema of an input of many lines that people will read: nothing in it is hidden from them. */
export function shownText(max: number): z.ZodString {
  return z
    .string()
    .overwrite((text) => text.replaceAll('\r\n', '\n').trim())
    .min(1)
    .max(max)
    .refine((text) => unseen(text) === undefined, { error: ({ input }) => hiddenMessage(String(input)) });
}

/** The same for an input of one line. */
export function shownLine(max: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine(isOneLine, 'Must be one line without control characters')
    .refine((text) => unseen(text) === undefined, { error: ({ input }) => hiddenMessage(String(input)) });
}

export function isOneLine(text: string): boolean {
  return !/[\p{Cc}\u2028\u2029]/u.test(text);
}

/** What a caller is told of a text with something {@link unseen} in it. */
export function hiddenMessage(text: string): string {
  return `Must hold nothing that a person doesn't see: leave out ${unseen(text) ?? 'hidden characters'}`;
}

/** At most `max` UTF-16 code units, never half a character; a cut is marked with `…`. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${head(text, max - 1)}…`;
}

/** Room for the mark of a cut; below four times this, the short mark of {@link shorten} serves. */
const MARK = 50;

/** At most `max` code units, mark included; a cut is marked with `… (truncated, N more characters)`. */
export function clip(text: string, max: number): string {
  if (text.length <= max || max < 4 * MARK) return shorten(text, max);
  const kept = head(text, max - MARK);
  return `${kept}… (truncated, ${text.length - kept.length} more characters)`;
}

function head(text: string, length: number): string {
  const cut = text.slice(0, length);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

/**
 * The schema of a text field in an upstream's answer: {@link harmless} and {@link clip} to `max`. A text that is too
 * long is shortened, not refused, so that one long record doesn't fail a whole list.
 */
export function upstreamText(max: number): z.ZodString {
  return z.string().overwrite((text) => clip(harmless(text), max));
}
