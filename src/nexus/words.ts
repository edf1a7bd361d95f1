// Words that are shown to a person as plain text, outside a conversation: questions before a call, suggestions, errors.
// The values in them come from a model or from other people, who must not be able to pass them off as our own words.
// Nothing here is cut: a question holds the whole of what will be sent, or the call is refused (mcp/calls/confirmation.ts).
import type { Labels } from '../define/markdown';
import { shorten, visible } from '../define/text';

/** One visible line of a text that others wrote. */
export function plain(value: string, max = Infinity): string {
  return shorten(visible(value).replace(/\s+/g, ' ').trim(), max);
}

/** By number: one such character in the bundle, outside of a string, doubles what V8 keeps of all of it. */
const QUOTATION_MARKS = /["\u201C\u201D\u201E\u201F]/g;

/** A name that others gave, on one line in quotation marks, which a quotation mark inside can't end. */
export function quoted(value: string): string {
  return `“${plain(value).replace(QUOTATION_MARKS, "'")}”`;
}

/** What will be sent, to the letter. Where a quotation mark inside could end the quotation, on lines of its own. */
export function exactly(value: string): string {
  return value.search(QUOTATION_MARKS) >= 0 || value.includes('\n') ? `\n${quotedText(value)}` : `“${value}”`;
}

/** A text that will be sent, to the letter, each of its lines marked as quoted. */
export function quotedText(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
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
      return `- ${words[key] ?? key}: ${typeof old === 'string' ? `${quoted(old)} → ` : ''}${exactly(value)}`;
    })
    .join('\n');
}
