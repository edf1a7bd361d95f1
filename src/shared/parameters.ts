// The parameters of an OAuth request, in a query or a form (RFC 6749 §3.1, §3.2, Appendix B): each stands there once, one
// without a value counts as absent, and all of them are UTF-8. Whoever reads only the first of two takes for decided what
// another reader decides by the second.

/** A client may name several resources by several parameters (RFC 8707 §2). */
const MAY_REPEAT = new Set(['resource']);

/**
 * The parameters of a form that the edge has checked and written anew (oauth/routes.ts). Not by `request.text()`: workerd
 * warns that a form "does not appear to be text".
 */
export async function formOf(request: Request): Promise<URLSearchParams> {
  return new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
}

/** The parameters with a value; undefined where the bytes of one are not UTF-8. */
export function parametersIn(text: string): URLSearchParams | undefined {
  if (!isUtf8(text)) return undefined;
  return new URLSearchParams([...new URLSearchParams(text)].filter(([, value]) => value !== ''));
}

/** The names that stand there more than once, though they may not. */
export function repeatedIn(parameters: URLSearchParams): string[] {
  const names = [...parameters.keys()];
  return [...new Set(names.filter((name, index) => !MAY_REPEAT.has(name) && names.indexOf(name) !== index))];
}

/**
 * Whether a form was written in UTF-8. Its reader puts U+FFFD for bytes that don't decode; a form that really holds one
 * has it percent-encoded, as everything beyond ASCII.
 */
export function isUtf8(form: string): boolean {
  if (form.includes('\uFFFD')) return false;
  try {
    for (const [escapes] of form.matchAll(/(?:%[0-9a-f]{2})+/gi)) decodeURIComponent(escapes);
    return true;
  } catch {
    return false;
  }
}

/** A URL whose query has `%20` for a blank: `+` is one only to those who decode it as a form, which not all clients do. */
export function withPercentBlanks(url: string): string {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(url) ?? [];
  return query === '' ? url : path + query.replaceAll('+', '%20') + fragment;
}
