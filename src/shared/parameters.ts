// The parameters of an OAuth request, in a query or a form (RFC 6749 §3.1, §3.2, Appendix B). Each appears once, one
// without a value counts as absent, and all are UTF-8. A repeated parameter is an attack: one reader checks the first
// value, and another reader acts on the second.

/** A client may name several resources, each in a parameter of its own (RFC 8707 §2). */
const MAY_REPEAT = new Set(['resource']);

/**
 * The parameters of a form that the edge has checked and written again (oauth/routes.ts). Not by `request.text()`:
 * workerd warns that a form "does not appear to be text".
 */
export async function formOf(request: Request): Promise<URLSearchParams> {
  return new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
}

/** The parameters that have a value; undefined when one isn't UTF-8. */
export function parametersIn(text: string): URLSearchParams | undefined {
  if (!isUtf8(text)) return undefined;
  return new URLSearchParams([...new URLSearchParams(text)].filter(([, value]) => value !== ''));
}

/** Names that appear more than once although they must not. */
export function repeatedIn(parameters: URLSearchParams): string[] {
  const names = [...parameters.keys()];
  return [...new Set(names.filter((name, index) => !MAY_REPEAT.has(name) && names.indexOf(name) !== index))];
}

/**
 * Whether a form is UTF-8. The decoder puts U+FFFD in place of bytes that don't decode. A form that really contains
 * U+FFFD has it percent-encoded, like everything beyond ASCII.
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

/**
 * The URL with `%20` for each blank in its query. `+` means a blank only to those who decode the query as a form, and
 * not all clients do.
 */
export function withPercentBlanks(url: string): string {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(url) ?? [];
  return query === '' ? url : path + query.replaceAll('+', '%20') + fragment;
}
