// A browser's cookie jar, as far as localhost goes: by host name (ports share cookies, RFC 6265 §8.5) and path.
// Secure cookies are sent on http://localhost too, as browsers do for trustworthy origins.

interface Cookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

export class CookieJar {
  #cookies: Cookie[] = [];

  /** Takes the Set-Cookie headers of a response; a lifetime that is over removes the cookie. */
  store(url: URL, response: Response): void {
    for (const header of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
      const given = new Map(attributes.map((attribute) => split(attribute.toLowerCase(), '=')));
      const [name, value] = split(pair, '=');
      const path = given.get('path')?.startsWith('/') ? (split(caseOf(attributes, 'path'), '=')[1] ?? '/') : '/';
      const cookie = { host: url.hostname, path, name, value };
      this.#cookies = this.#cookies.filter(
        (old) => !(old.name === name && old.host === cookie.host && old.path === path),
      );
      if (!isOver(given)) this.#cookies.push(cookie);
    }
  }

  /** The Cookie header for a request, longest path first; empty where there is none to send. */
  header(url: URL): string {
    return this.#cookies
      .filter((cookie) => cookie.host === url.hostname && covers(cookie.path, url.pathname))
      .toSorted((a, b) => b.path.length - a.path.length)
      .map((cookie) => `${cookie.name}=${cookie.value}`)
      .join('; ');
  }
}

const caseOf = (attributes: readonly string[], name: string): string =>
  attributes.find((attribute) => attribute.toLowerCase().startsWith(`${name}=`)) ?? '';

const isOver = (given: ReadonlyMap<string, string>): boolean => {
  const maxAge = given.get('max-age');
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = given.get('expires');
  return expires !== undefined && Date.parse(expires) <= Date.now();
};

const covers = (path: string, requested: string): boolean =>
  requested === path || requested.startsWith(path.endsWith('/') ? path : `${path}/`);

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)];
}
