// Text that other people wrote into the upstream, made fit for a model and a terminal: only what a person would see
// in it is kept, and its length is bounded. It is still data of unknown intent: markdown.ts escapes it for display.
import * as z from 'zod';

// CSI and OSC sequences go as a whole, so that no "[31m" is left behind; a lone ESC goes with the control characters.
// oxlint-disable-next-line no-control-regex -- terminal escapes are control characters
const TERMINAL_ESCAPES = /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)/g;
const LINE_BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
// Default_Ignorable_Code_Point: zero-width characters, bidi overrides and isolates, tag characters and variation
// selectors. All of them can carry instructions that a model reads and a person doesn't see.
const INVISIBLE = /[^\P{Cc}\n\t]|\p{Default_Ignorable_Code_Point}|[\uFFF9-\uFFFB]/gu;

/** What most texts are; nothing in it is replaced by any of the above. */
const PLAIN = /^[\n\t -~]*$/;

/** Keeps what a person would see: no control, zero-width, bidi or tag characters; every line break becomes `\n`. */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.toWellFormed().replace(TERMINAL_ESCAPES, '').replace(LINE_BREAKS, '\n').replace(INVISIBLE, '');
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
 * The schema of a text field in an upstream's answer: {@link visible} and {@link clip} to `max`. A text that is too
 * long is shortened, not refused, so that one long record doesn't fail a whole list.
 */
export function upstreamText(max: number): z.ZodString {
  return z.string().overwrite((text) => clip(visible(text), max));
}
