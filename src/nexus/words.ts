// Words that are shown to a person as plain text, outside a conversation: questions before a call, suggestions, errors.
// The values in them come from a model or from other people, who must not be able to pass them off as our own words.
import type { Labels } from '../define/markdown';
import { clip, shorten, visible } from '../define/text';

/** A name or a value is recognised by far less; a dialog has little room. */
const VALUE_LIMIT = 200;
/** The longest text that a tool sends: whole, so that nobody approves a text for its beginning. */
const TEXT_LIMIT = 5_000;

/** One visible line. */
export function plain(value: string, max = VALUE_LIMIT): string {
  return shorten(visible(value).replace(/\s+/g, ' ').trim(), max);
}

/** By number: one such character in the bundle, outside of a string, doubles what V8 keeps of all of it. */
const QUOTATION_MARKS = /["\u201C\u201D\u201E\u201F]/g;

/** One line in quotation marks, which a quotation mark inside can't end. */
export function quoted(value: string, max = VALUE_LIMIT): string {
  return `“${plain(value, max).replace(QUOTATION_MARKS, "'")}”`;
}

/** A text of several lines, each of them marked as quoted. */
export function quotedText(text: string): string {
  const lines = clip(visible(text).trim(), TEXT_LIMIT).split('\n');
  return lines.map((line) => `> ${line}`).join('\n');
}

/** A line for each field that changes: what it is now, and what it will be. */
export function changeLines<Row extends object>(
  now: Row,
  change: { readonly [Key in keyof Row]?: string | undefined },
  labels: Labels<Row>,
): string {
  const words: Readonly<Record<string, string | undefined>> = labels;
  const before = new Map<string, unknown>(Object.entries(now));
  return Object.entries<string | undefined>(change)
    .flatMap(([key, value]) => {
      if (value === undefined) return [];
      const old = before.get(key);
      return `- ${words[key] ?? key}: ${typeof old === 'string' ? `${quoted(old)} → ` : ''}${quoted(value)}`;
    })
    .join('\n');
}
