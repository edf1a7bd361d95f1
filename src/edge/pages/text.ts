// Prepares text that strangers choose (a client's name, a host) for people to read. It doesn't escape HTML: Hono's JSX
// does. It can't detect an imitation made of look-alike letters of one alphabet.
import { visible } from '../../define/text';

/**
 * What {@link visible} keeps although a page can't show it: lone surrogates, private use, the empty Braille pattern.
 */
const unreadable = /[\p{Cs}\p{Co}\u2800]/gu;

/** More combining marks on one letter than any living script needs. They would cover the lines above and below. */
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

/**
 * Whether Latin letters stand beside look-alikes of Cyrillic, Greek, Armenian or Cherokee, as in a name that imitates
 * another.
 */
export function mixesAlphabets(value: string): boolean {
  return (
    /\p{Script=Latin}/u.test(value) &&
    /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(value)
  );
}
