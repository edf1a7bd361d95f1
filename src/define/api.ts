// The upstream API as a tool sees it: typed requests as the signed-in user. A tool never holds a token, a host or a
// tenant id; those come from the request's context inside the gateway. What each HTTP method means is one row here.
import * as z from 'zod';

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

/** What the gateway does about a method. */
export interface MethodRules {
  /**
   * RFC 9110 §9.2.1: it changes nothing. A safe request may be sent while the session is still being asked; every other
   * one waits for the session's yes. After an unsafe request without a proper answer, the model is told to check first.
   */
  readonly safe: boolean;
  /** The API client sends it again after 429, 502, 503 and 504. */
  readonly repeated: boolean;
  /** It carries an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), the same when it is sent again. */
  readonly idempotencyKey: boolean;
}

/**
 * The methods that a tool may use. PUT and DELETE are idempotent (RFC 9110 §9.2.2) and still not repeated: the first one
 * may have been carried out, and then a second PUT overwrites a change that somebody made in between, and a second
 * DELETE is answered with 404, as if there had been nothing to delete.
 */
export const apiMethods = {
  GET: { safe: true, repeated: true, idempotencyKey: false },
  HEAD: { safe: true, repeated: true, idempotencyKey: false },
  POST: { safe: false, repeated: false, idempotencyKey: true },
  PUT: { safe: false, repeated: false, idempotencyKey: false },
  PATCH: { safe: false, repeated: false, idempotencyKey: true },
  DELETE: { safe: false, repeated: false, idempotencyKey: false },
} as const satisfies Readonly<Record<string, MethodRules>>;

export type ApiMethod = keyof typeof apiMethods;

type QueryValue = string | number | boolean;

/** Query parameters. An undefined value is left out; a list repeats the parameter, once for each value. */
export type ApiQuery = Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>;

/** Request headers. An undefined value is left out. Some names are the gateway's own: see headers.ts. */
export type ApiHeaders = Readonly<Record<string, string | undefined>>;

export interface ApiOptions {
  readonly query?: ApiQuery | undefined;
  readonly headers?: ApiHeaders | undefined;
  /** Sent as JSON; undefined for a request without a body. */
  readonly body?: unknown;
}

/**
 * Sends one request. The answer is checked against `schema`, so that a field the schema doesn't name never reaches a
 * model. An answer without a body (204, or HEAD) is `undefined` to the schema.
 * @throws UpstreamError with a public message that is safe to show; tools don't need to catch it
 * @throws TypeError for a header that a tool may not set
 */
export type ApiRequest = <Schema extends z.ZodType>(
  method: ApiMethod,
  path: ApiPath,
  schema: Schema,
  options?: ApiOptions,
) => Promise<z.output<Schema>>;

/** Requests to the tool's upstream as the signed-in user: `request`, and a short form of each usual method. */
export interface ApiClient {
  readonly request: ApiRequest;
  /** Repeated on 429, 502, 503 and 504 within the bounds of the upstream client. */
  get<Schema extends z.ZodType>(path: ApiPath, schema: Schema, query?: ApiQuery): Promise<z.output<Schema>>;
  // Each of these is sent once, and again only after a 401, which says that it was not acted upon.
  post<Schema extends z.ZodType>(path: ApiPath, schema: Schema, body: unknown): Promise<z.output<Schema>>;
  put<Schema extends z.ZodType>(path: ApiPath, schema: Schema, body: unknown): Promise<z.output<Schema>>;
  patch<Schema extends z.ZodType>(path: ApiPath, schema: Schema, body: unknown): Promise<z.output<Schema>>;
  /** What the upstream answers is not read; to read it, use `request` with a schema. */
  delete(path: ApiPath): Promise<void>;
}

/** Accepts any answer, for a request whose answer is not used. */
export const anyAnswer = z.unknown().transform(() => undefined);

/** A client with all short forms over one function. */
export function apiClient(request: ApiRequest): ApiClient {
  return {
    request,
    get: (path, schema, query) => request('GET', path, schema, { query }),
    post: (path, schema, body) => request('POST', path, schema, { body }),
    put: (path, schema, body) => request('PUT', path, schema, { body }),
    patch: (path, schema, body) => request('PATCH', path, schema, { body }),
    delete: (path) => request('DELETE', path, anyAnswer),
  };
}
