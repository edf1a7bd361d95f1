// Decides whether a client accepts a media type, by the media ranges of its Accept header (RFC 9110 §12.5.1).
// Parameters of a range other than its weight are ignored: `application/json;charset=utf-8` accepts our JSON.

export const JSON_TYPE = 'application/json';
export const EVENT_STREAM_TYPE = 'text/event-stream';

/**
 * @param accept the header's value; null when there is none. Without a value, a client accepts everything.
 * @param type a media type in lower case, without parameters
 */
export function accepts(accept: string | null, type: string): boolean {
  if (accept === null || accept.trim() === '') return true;
  const [main = ''] = type.split('/');
  // The most specific range that covers the type decides, at any position in the header.
  const ranges = [type, `${main}/*`, '*/*', '*'];
  const weights = new Map<string, number>();
  for (const part of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (ranges.includes(range)) weights.set(range, Math.max(weights.get(range) ?? 0, weightOf(parameters)));
  }
  const decisive = ranges.find((range) => weights.has(range));
  return decisive !== undefined && (weights.get(decisive) ?? 0) > 0;
}

/** An unreadable weight counts as 1, like an absent one. */
function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => /^q\s*=/.test(parameter));
  const weight = given === undefined ? 1 : Number(given.slice(given.indexOf('=') + 1).trim() || 1);
  return Number.isNaN(weight) ? 1 : weight;
}
