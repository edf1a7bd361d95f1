// The upstream API as a tool sees it: typed requests as the signed-in user. A tool never holds a token,
// a host or a tenant id; those come from the request's context inside the gateway.
import type * as z from 'zod';

declare const encodedPath: unique symbol;

/** A path built by {@link path}: every value in it is one encoded path segment. */
export type ApiPath = string & { readonly [encodedPath]: true };

/**
 * Builds a path below the upstream's base URL: path`/v1/leads/${id}`.
 * Each value is encoded as exactly one segment, so an id can never reach another resource.
 * @throws RangeError for an empty value, `.` or `..`, which URL parsers resolve away even when encoded, and for a path
 * that doesn't begin with a slash: put after a base URL, it could name another host.
 */
export function path(literals: TemplateStringsArray, ...values: readonly (string | number)[]): ApiPath {
  if (!literals[0]?.startsWith('/')) throw new RangeError('a path begins with a slash');
  const segments = values.map((value) => {
    const text = String(value);
    if (text === '' || text === '.' || text === '..') throw new RangeError('a path segment is empty or a dot segment');
    return encodeURIComponent(text);
  });
  return literals.map((literal, index) => literal + (segments[index] ?? '')).join('') as ApiPath;
}

/** Query parameters; an undefined value is left out. */
export type ApiQuery = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Requests to the tool's upstream as the signed-in user. Each answer is checked against `schema`, so that a field
 * the schema doesn't name never reaches a model. Failures throw an UpstreamError whose public message is
 * safe to show; a tool lets it pass and doesn't catch it.
 */
export interface ApiClient {
  /** Safe and repeated on 429/502/503/504 within the bounds of the upstream client. */
  get<Schema extends z.ZodType>(path: ApiPath, schema: Schema, query?: ApiQuery): Promise<z.output<Schema>>;
  /** Sent once, and again only after a 401, which says that it was not acted upon. */
  post<Schema extends z.ZodType>(path: ApiPath, schema: Schema, body: unknown): Promise<z.output<Schema>>;
  /** Sent once, and again only after a 401, which says that it was not acted upon. */
  patch<Schema extends z.ZodType>(path: ApiPath, schema: Schema, body: unknown): Promise<z.output<Schema>>;
}
