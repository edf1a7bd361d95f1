// Whether a client accepts a media type, by the media ranges of its Accept header (RFC 9110 §12.5.1). Parameters of a
// range other than its weight are passed over: `application/json;charset=utf-8` accepts our JSON.

export const JSON_TYPE = 'application/json';
export const EVENT_STREAM_TYPE = 'text/event-stream';

/**
 * @param accept the header's value; null where there is none, which accepts everything, and so does an empty one
 * @param type a media type in lower case, without parameters
 */
export function accepts(accept: string | null, type: string): boolean {
  if (accept === null || accept.trim() === '') return true;
  const [main = ''] = type.split('/');
  // The most specific range that covers the type decides, wherever it stands.
  const ranges = [type, `${main}/*`, '*/*', '*'];
  const weights = new Map<string, number>();
  for (const part of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (ranges.includes(range)) weights.set(range, Math.max(weights.get(range) ?? 0, weightOf(parameters)));
  }
  const decisive = ranges.find((range) => weights.has(range));
  return decisive !== undefined && (weights.get(decisive) ?? 0) > 0;
}

/** A weight that can't be read counts as none given, which is 1. */
function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => /^q\s*=/.test(parameter));
  const weight = given === undefined ? 1 : Number(given.slice(given.indexOf('=') + 1).trim() || 1);
  return Number.isNaN(weight) ? 1 : weight;
}
