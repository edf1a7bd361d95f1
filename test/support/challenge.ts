// The challenge of an answer (RFC 6750 §3), read as a client reads it.

/** Its parameters; none where there is no challenge. */
export function challengeOf({ headers }: { readonly headers: Headers }): Record<string, string> {
  const header = headers.get('WWW-Authenticate') ?? '';
  return Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}
