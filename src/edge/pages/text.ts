// Text that strangers choose (a client's name, a host) made fit to be read by a person. It does not escape HTML:
// the `html` template does that. It cannot tell an imitation made of look-alike letters of one alphabet.
import { visible } from '../../define/text';

/** What {@link visible} keeps and no page can show: lone surrogates, private use, and the empty Braille pattern. */
const unreadable = /[\p{Cs}\p{Co}\u2800]/gu;

/** More combining marks on one letter than any living script needs, which would paint over neighbouring lines. */
const stackedMarks = /(\p{M}{3})\p{M}+/gu;

/** One line without invisible, control or direction-changing characters; at most `limit` code points. */
export function plainText(value: string, limit: number): string {
  const line = visible(value.normalize('NFC').replaceAll(unreadable, ''))
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(stackedMarks, '$1')
    .trim();
  const points = Array.from(line);
  return points.length > limit
    ? `${points
        .slice(0, limit - 1)
        .join('')
        .trimEnd()}…`
    : line;
}

/** Latin letters beside look-alikes of Cyrillic, Greek, Armenian or Cherokee: how one name is made to pass for another. */
export function mixesAlphabets(value: string): boolean {
  return (
    /\p{Script=Latin}/u.test(value) &&
    /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(value)
  );
}
