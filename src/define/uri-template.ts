// URI templates of the one form that resources use (RFC 6570 level 1): literal text and `{variable}`, where a variable is
// exactly one path segment. Matching is strict, since what a variable yields goes into an upstream's path.

export interface UriTemplate {
  readonly template: string;
  /** In the order of the template. */
  readonly variables: readonly string[];
  /** The variables of a URI, percent-decoded; undefined when it isn't of this template. */
  match(uri: string): Readonly<Record<string, string>> | undefined;
}

/** Longer than any URI that a template here expands to; what is longer isn't looked at. */
const MAX_URI = 2_048;
const EXPRESSION = /\{([^{}]*)\}/g;
const VARIABLE = /^[A-Za-z][A-Za-z0-9_]*$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** @throws TypeError saying what is wrong with it */
export function parseUriTemplate(template: string): UriTemplate {
  if (!SCHEME.test(template)) throw new TypeError('it must begin with a scheme, like nexus://leads/{id}');
  const variables = [...template.matchAll(EXPRESSION)].map(([, name = '']) => name);
  for (const name of variables)
    if (!VARIABLE.test(name)) throw new TypeError(`{${name}} is not a plain variable: letters, digits and _ only`);
  if (variables.length === 0) throw new TypeError('it has no variable: a fixed URI belongs to a resource');
  if (new Set(variables).size !== variables.length) throw new TypeError('a variable stands in it twice');
  const literals = template.split(EXPRESSION).filter((_part, index) => index % 2 === 0);
  if (literals.some((literal) => /[{}\s]/.test(literal))) throw new TypeError('its braces do not match');
  // A variable is a whole segment: beside other text, it could not be told where the value ends.
  const whole = literals.every(
    (literal, index) =>
      (index === 0 || literal === '' || literal.startsWith('/')) &&
      (index === literals.length - 1 || literal.endsWith('/')),
  );
  if (!whole || literals.slice(1, -1).includes(''))
    throw new TypeError('each variable must be a whole path segment, between slashes');
  const pattern = new RegExp(`^${literals.map((literal) => RegExp.escape(literal)).join('([^/?#]+)')}$`);

  return {
    template,
    variables,
    match(uri) {
      if (uri.length > MAX_URI) return undefined;
      const found = pattern.exec(uri);
      if (!found) return undefined;
      const values = found.slice(1).map(decodeSegment);
      if (values.some((value) => value === undefined)) return undefined;
      return Object.fromEntries(variables.map((name, index) => [name, values[index] ?? '']));
    },
  };
}

/**
 * One segment, decoded. None at all for a dot segment, for a slash in disguise, for a control character, and for what
 * isn't UTF-8: nobody's id has them, and upstreams and their proxies read them in different ways.
 */
function decodeSegment(segment: string): string | undefined {
  try {
    const value = decodeURIComponent(segment);
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    return value === '.' || value === '..' || /[/\\\u0000-\u001F\u007F]/.test(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
